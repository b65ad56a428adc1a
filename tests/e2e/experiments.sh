# Experiments as programs: the table at the end, exit statuses, the same bits for any threads and workers, Ctrl-C.
. tests/e2e/lib.sh

mlprun tests/e2e/pictures.lua "$work/photos" 20
ok "the test's pictures are made" status_is 0
tiny="--data=$work/photos --image_size=8 --epochs=3"

# shellcheck disable=SC2086  # $tiny is several words
mlprun experiments/dropout.lua $tiny --seeds=2 --out="$work/runs"
ok "dropout.lua ends with status 0" status_is 0
for p in 0 0.1 0.2 0.5; do
    ok "its table has a row for dropout=$p" grep -qE "^dropout=$p +[0-9]+\.[0-9] %" "$work/out"
done
ok "it says which data it used" out_has "$work/photos: 60 pictures in 3 classes"
ok "it says how to use one's own" out_has "--data=FOLDER"
ok "it says what the data supports" out_has "Differences that the data supports"
ok "it writes the table to files" eval '[ -s "$work/runs/dropout/results.csv" ] && [ -s "$work/runs/dropout/results.md" ]'
ok "it says on standard error how each run went" eval '[ "$(grep -c "seed 4[23]: validation" "$work/err")" -eq 8 ]'
ok "no control signs leave it without a terminal" eval '! grep -q "$(printf "\033")" "$work/err" "$work/out"'
ok "each run has its folder" eval '[ "$(ls "$work"/runs/dropout/*/seed-4[23]/predictions.npz | wc -l)" -eq 8 ]'

# the same bits, whatever computes them
weights() { cat "$1"/dropout/*/seed-42/best.safetensors | cksum; }
i=0
for how in "--threads=1 --workers=0" "--threads=2 --workers=1" "--threads=2 --workers=3"; do
    i=$((i + 1))
    # shellcheck disable=SC2086
    mlprun experiments/dropout.lua $tiny --image_size=40 --p=0.2 --seeds=1 --augment --out="$work/same$i" $how
    ok "with $how it runs" status_is 0
    ok "with $how the weights are the same bits" eval '[ "$(weights "$work/same1")" = "$(weights "$work/same$i")" ]'
done
# shellcheck disable=SC2086
mlprun experiments/dropout.lua $tiny --image_size=40 --p=0.2 --seeds=1 --augment --seed=42 --epochs=2 --lr=0.002 --out="$work/other"
ok "another learning rate gives other weights" eval '[ "$(weights "$work/same1")" != "$(weights "$work/other")" ]'

# options
for script in experiments/dropout.lua experiments/baseline.lua; do
    mlprun $script --help
    ok "$script --help has status 0" eval 'status_is 0 && silent'
    ok "$script --help lists the options with their defaults" eval 'out_has "--epochs=" && out_has "--batch_size=32"'
    mlprun $script --epoch=3
    ok "$script refuses an unknown option with status 2" status_is 2
    ok "$script suggests the right one" err_has "did you mean '--epochs'?"
done
mlprun experiments/dropout.lua --seeds=0
ok "a senseless value has status 2" eval 'status_is 2 && err_has "--seeds is 0, expected a whole number from 1"'
mlprun experiments/dropout.lua --data="$work/nowhere"
ok "a missing folder is one sentence with status 1" eval 'status_is 1 && err_has "there is no file or folder"'

# Ctrl-C: the first one ends the step, keeps the best weights, prints what there is
interrupt() { # interrupt SIGNAL: run for long, send the signal once an epoch has been recorded
    rm -rf "$work/stopped"
    # shellcheck disable=SC2086
    "$MLPRUN" experiments/dropout.lua $tiny --epochs=100000 --patience=0 --out="$work/stopped" >"$work/out" 2>"$work/err" &
    pid=$!
    run=$work/stopped/dropout/dropout=0/seed-42
    n=0
    while [ ! -s "$run/best.safetensors" ] && [ $n -lt 200 ]; do
        sleep 0.1
        n=$((n + 1))
    done
    kill "-$1" $pid
    wait $pid
    status=$?
}
interrupt INT
ok "Ctrl-C has status 130" status_is 130
ok "Ctrl-C marks the run as stopped" grep -q '"status": "stopped"' "$run/manifest.json"
ok "Ctrl-C still prints the table" grep -qE '^dropout=0  \(1 of 1 run stopped\) +[0-9]' "$work/out"
ok "Ctrl-C: what was stopped is named, and nothing is concluded of it" eval '
    out_has "Runs that were stopped before their end, and are compared with nothing" &&
    out_has "Conclusion: nothing is concluded: no run was trained to its end."'
ok "Ctrl-C: an accuracy over training pictures that was not measured is not shown" eval '
    grep -qE "^dropout=0  .1 of 1 run stopped.  .*  +-  +-  +-  +[0-9]" "$work/out" &&
    grep -q "\"trained\": false" "$run/manifest.json" && ! grep -q "\"train_accuracy\"" "$run/manifest.json"'
ok "Ctrl-C leaves whole lines of metrics" eval '[ "$(tail -c 2 "$run/metrics.jsonl" | head -c 1)" = "}" ]'
cat >"$work/load.lua" <<'L2'
local ml = require "mlprun"
local n = 0
for _ in pairs((ml.load_safetensors(arg[1] .. "/best.safetensors"))) do n = n + 1 end
print(n, require("mlprun.core").io.npz_load(arg[1] .. "/predictions.npz").scores.shape[2])
L2
mlprun "$work/load.lua" "$run"
ok "Ctrl-C leaves weights and predictions that load" grep -qx "6	3" "$work/out"
interrupt TERM
ok "SIGTERM ends the same way, with its own status" status_is 143
ok "SIGTERM marks the run as stopped" grep -q '"status": "stopped"' "$run/manifest.json"
interrupt KILL
mlprun "$work/load.lua" "$run"
ok "after a kill the manifest says that it was running" grep -q '"status": "running"' "$run/manifest.json"
cat >"$work/weights.lua" <<'L2'
print(#require("mlprun.core").sys.list(arg[1]), (require("mlprun").load_safetensors(arg[1] .. "/best.safetensors"))["1.bias"].shape[1])
L2
mlprun "$work/weights.lua" "$run"
ok "after a kill the best weights load" eval 'status_is 0 && grep -q "512$" "$work/out"'

# a script that fails in a trial
cat >"$work/fails.lua" <<'L2'
local activity = require("mlprun").experiment { name = "fails" }
activity:trial("one", function() error("on purpose") end)
L2
# shellcheck disable=SC2086
mlprun "$work/fails.lua" $tiny --out="$work/runs"
ok "an error in a trial has status 1 and names the line" eval 'status_is 1 && err_has "fails.lua:2: on purpose"'
ok "an error in a trial is in its manifest" grep -q '"status": "failed"' "$work/runs/fails/one/seed-42/manifest.json"

cat >"$work/one.lua" <<'L2'
local ml = require "mlprun"
local activity = ml.experiment { name = "one" }
for _, name in ipairs { "before", "in training", "behind it", "sound" } do
  activity:trial(name, function(run)
    run.model = ml.nn.Sequential { ml.nn.Flatten(), ml.nn.Linear(run.in_features, run.num_classes) }
    run.optimizer = ml.optim.SGD(run.model:parameters(), { lr = 0.01 })
    if name == "before" then error("too early") end
    run:on("epoch", function(epoch) if name == "in training" and epoch == 2 then error("in the middle") end end)
    run:fit()
    if name == "behind it" then error("too late") end
  end)
end
activity:report()
print("the script goes on")
L2
for jobs in 1 2; do
    # shellcheck disable=SC2086
    mlprun "$work/one.lua" $tiny --seeds=2 --jobs=$jobs --out="$work/one$jobs"
    ok "--jobs=$jobs: trials with errors do not end the sweep, the status is 1" eval 'status_is 1 && out_has "the script goes on"'
    ok "--jobs=$jobs: each is reported with its seed and its line" \
        eval 'err_has "before, seed 43: ended with an error" && err_has "one.lua:7: too early" && err_has "one.lua:10: too late"'
    ok "--jobs=$jobs: the table shows them" \
        eval '[ "$(grep -c "(2 of 2 runs failed)" "$work/out")" -ge 3 ] && grep -qE "^sound +[0-9.]+ %" "$work/out"'
    ok "--jobs=$jobs: results.csv too" eval '[ "$(grep -c ",failed," "$work/one$jobs/one/results.csv")" -eq 6 ]'
done
# shellcheck disable=SC2086
mlprun "$work/one.lua" $tiny --seeds=2 --no-keep_going --out="$work/one"
ok "--no-keep_going: the first one ends all" eval 'status_is 1 && err_has "one.lua:7: too early" && ! out_has "the script goes on"'
cat >"$work/terms.lua" <<'L'
local ml = require "mlprun"
local activity = ml.experiment { name = "terms" }
activity:trial("groups", function(run)
  run.optimizer = ml.optim.SGD({ ml.ones({ 1 }, { requires_grad = true }) })
  print(run.optimizer.param_groups[0].lr)
end)
activity:trial("lines", function() error("one\n  two") end)
activity:trial("self", function() print(self.fc) end)
activity:report()
L
# shellcheck disable=SC2086
mlprun "$work/terms.lua" $tiny --seeds=1 --out="$work/terms"
ok "the list of failed runs has errors in the words that were said" \
    eval 'status_is 1 && out_has "terms.lua:5: places count from 1" && out_has "terms.lua:8: undefined global '"'self': self is there where"'"'
ok "and all lines of a message" eval 'out_has "terms.lua:7: one two"'
cat >"$work/point.lua" <<'L'
local ml = require "mlprun"
local activity = ml.experiment { name = "point" }
activity:trial("a", function(run)
  run.model = ml.nn.Linear(run.in_features, run.num_classes)
  run.model.train()
end)
activity:report()
L
# shellcheck disable=SC2086
mlprun "$work/point.lua" $tiny --seeds=1 --out="$work/point"
ok "an error of a trial is explained, with its line, as any other" \
    eval 'err_has "point.lua:5: methods take a colon" && err_has "  Lua |   run.model:train()"'
ok "and so in the list of what failed" eval 'out_has "seed 42: $work/point.lua:5: methods take a colon"'
cat >"$work/odd.lua" <<'L'
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim
local activity = ml.experiment { name = "odd" }
local function set(run)
  run.model = nn.Sequential { nn.Flatten(), nn.Linear(run.in_features, run.num_classes) }
  run.optimizer = optim.SGD(run.model:parameters(), { lr = 0.01 })
end
activity:trial("table", function() error { code = 3 } end)
activity:trial("nothing", function() error() end)
activity:trial("own", function() error(setmetatable({}, { __tostring = function() return "own words" end })) end)
activity:trial("line", function(run) set(run); run.sheduler = 3; run:fit() end)
activity:trial("fine", function(run) set(run); run:fit() end)
activity:report()
L
# shellcheck disable=SC2086
mlprun "$work/odd.lua" $tiny --seeds=1 --out="$work/odd"
ok "errors that are no texts end their trials, too" eval 'status_is 1 && out_has "table, seed 42: error was called with a table instead of a text" && out_has "nothing, seed 42: error was called with nothing instead of a text" && out_has "own, seed 42: own words" && grep -q "^fine  *[0-9]" "$work/out"'
ok "an error is told as it is, whatever else stands on its line" eval 'out_has "a run has no field" && ! out_has "a training loop is written out"'

# a loss or a gradient that is no number ends the run, and the next one begins
cat >"$work/broken.lua" <<'L2'
local ml = require "mlprun"
local nn = ml.nn
local activity = ml.experiment { name = "broken" }
for _, at in ipairs { "loss", "gradient" } do
  activity:trial(at, function(run)
    run.model = nn.Sequential { nn.Flatten(), nn.Linear(run.in_features, run.num_classes) }
    run.optimizer = ml.optim.SGD(run.model:parameters(), { lr = 0.01 })
    if at == "loss" then
      local plain, breaks = run.criterion, false
      run:on("step", function(epoch) breaks = epoch == 2 end)
      run.criterion = function(output, labels)
        return plain(output, labels) * (breaks and run.model.training and 0 / 0 or 1)
      end
    else
      run:on("backward", function(epoch) if epoch == 2 then run.model[2].bias.grad:fill_(0 / 0) end end)
    end
    run:fit()
  end)
end
activity:report()
L2
# shellcheck disable=SC2086
mlprun "$work/broken.lua" $tiny --epochs=8 --seeds=1 --out="$work/runs"
ok "a broken loss or gradient does not end the sweep" status_is 0
ok "a loss that is NaN is named with its step" err_has "the loss became NaN (not a number) at step"
ok "a gradient that is NaN is named with its parameter and layer" err_has "the gradient of '1.bias' (Linear) was not finite at step 1 of epoch 2"
ok "the reason is under the table" out_has "gradient, seed 42: stopped because the gradient of '1.bias' (Linear) was not finite"
ok "the weights before are kept" eval '[ "$(grep -c "the weights of epoch" "$work/err")" -eq 2 ]'
ok "the table says so" eval '[ "$(grep -c "1 of 1 run diverged" "$work/out")" -ge 2 ]'

# a bad picture is left out and listed
printf 'no picture' >"$work/photos/plum/bad.png"
# shellcheck disable=SC2086
mlprun experiments/dropout.lua $tiny --p=0 --seeds=1 --out="$work/runs"
ok "a bad picture does not end the run" status_is 0
ok "a bad picture is listed at the end" eval 'out_has "1 file could not be read" && out_has "plum/bad.png"'

# the loop written out, on the same folder
here=$PWD
(cd "$work" && "$MLPRUN" "$here/experiments/baseline.lua" --data="$work/photos" --epochs=2 >"$work/out" 2>"$work/err")
status=$?
ok "baseline.lua runs on any class folder" status_is 0
ok "baseline.lua prints each epoch" grep -qE '^epoch  2  train loss [0-9.]+  accuracy [01]\.[0-9]+  val accuracy [01]\.[0-9]+' "$work/out"
ok "baseline.lua ends with its best epoch and an interval" grep -qE "^Conclusion: epoch [12] of 2 is best: [0-9.]+ %.*interval" "$work/out"
ok "baseline.lua leaves an event file" eval 'ls "$work"/runs/baseline/mlp/seed-42/events.out.tfevents.* >/dev/null'

finish
