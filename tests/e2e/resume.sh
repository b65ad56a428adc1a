# Going on: a run that was stopped or killed anywhere, and went on, leaves the bits of one that was never stopped.
. tests/e2e/lib.sh

mlprun tests/e2e/pictures.lua "$work/photos" 20
ok "the test's pictures are made" status_is 0
tiny="--data=$work/photos --image_size=8 --epochs=4 --patience=0 --batch_size=16 --seeds=1 --augment --histograms"

cat >"$work/net.lua" <<'L'
-- What does a run need to go on?
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim
local activity = ml.experiment { name = "net", options = { lr = 0.01 } }
local at, signal = tonumber(os.getenv("STOP_AT")), os.getenv("SIGNAL") or "TERM" -- system() lets no SIGINT through
if os.getenv("EVERY") then require("mlprun.experiment.checkpoint").EVERY = tonumber(os.getenv("EVERY")) end
for _, name in ipairs { "one", "two" } do
  activity:trial(name, function(run)
    run.model = nn.Sequential {
      nn.Flatten(), nn.Linear(run.in_features, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, run.num_classes),
    }
    run.optimizer = optim.Adam(run.model:parameters(), { lr = run.options.lr, amsgrad = name == "two" })
    run.scheduler = optim.lr_scheduler.ReduceLROnPlateau(run.optimizer, { patience = 0 })
    run.batch_transform = ml.data.MixUp { num_classes = run.num_classes }
    run:record("norm before", run:norm())
    local steps = 0
    run:on("step", function()
      steps = steps + 1
      if steps == at then os.execute(("kill -%s %d"):format(signal, require("mlprun.core").sys.pid())) end
    end)
    run:fit()
  end)
end
activity:report()
L
# Runs the script with variables of its environment: try "STOP_AT=3 SIGNAL=KILL" OPTION...
try() {
    variables=$1
    shift
    # shellcheck disable=SC2086
    env $variables "$MLPRUN" "$work/net.lua" $tiny "$@" >"$work/out" 2>"$work/err"
    status=$?
}
rows() { sed 's/"seconds":[0-9.e-]*,*//' "$1/metrics.jsonl"; }
same_run() { # same_run A B: weights, history, answers
    cmp "$1/best.safetensors" "$2/best.safetensors" && [ "$(rows "$1")" = "$(rows "$2")" ] &&
        cmp "$1/predictions.npz" "$2/predictions.npz"
}

try "" --out="$work/whole" --keep_last=0
ok "without room a run that is not stopped leaves no checkpoint" eval 'status_is 0 && [ ! -e "$work/whole/net/one/seed-42/last.safetensors" ]'

# 48 pictures for training: 3 steps each epoch
for at in 1 3 4 8; do
    try "STOP_AT=$at" --out="$work/stop$at"
    ok "stopped at step $at: status 143, says how to go on" eval 'status_is 143 && out_has "--resume"'
    n=0
    while [ "$status" -ne 0 ] && [ $n -lt 9 ]; do # each try comes as far again, in each of the two trials
        try "STOP_AT=$at" --out="$work/stop$at" --resume
        n=$((n + 1))
    done
    if [ "$status" -ne 0 ]; then # with a stop in each step it would not end
        try "" --out="$work/stop$at" --resume
    fi
    ok "stopped at step $at again and again: it comes to an end" status_is 0
    for trial in one two; do
        ok "stopped at step $at: $trial is the same to the bit" same_run "$work/whole/net/$trial/seed-42" "$work/stop$at/net/$trial/seed-42"
    done
done
ok "the table is the same" eval '[ "$(cut -d, -f1-7 "$work/whole/net/results.csv")" = "$(cut -d, -f1-7 "$work/stop8/net/results.csv")" ]'

for at in 2 5 7; do
    try "EVERY=0 SIGNAL=KILL STOP_AT=$at" --out="$work/kill$at"
    ok "killed at step $at" status_is 137
    try "" --out="$work/kill$at" --resume --threads=1 --workers=0 --jobs=2
    ok "killed at step $at: it goes on, also with other threads" eval 'status_is 0 && err_has "one, seed 42: goes on in epoch"'
    for trial in one two; do
        ok "killed at step $at: $trial is the same to the bit" same_run "$work/whole/net/$trial/seed-42" "$work/kill$at/net/$trial/seed-42"
    done
done

# batches of one, some of which are passed over because their picture cannot be read
cp -r "$work/photos" "$work/torn_photos"
for k in 03 08 13; do
    for class in apple banana plum; do echo "no picture" >"$work/torn_photos/$class/$k.png"; done
done
sed -e 's/nn.BatchNorm1d(8), //' -e '/MixUp/d' "$work/net.lua" >"$work/single.lua"
single() { # single VARIABLES OPTION...
    variables=$1
    shift
    # shellcheck disable=SC2086
    env $variables "$MLPRUN" "$work/single.lua" --data="$work/torn_photos" --image_size=8 --epochs=2 --batch_size=1 --seeds=1 \
        --inspect=0 "$@" >"$work/out" 2>"$work/err"
    status=$?
}
single "" --out="$work/skips"
ok "batches whose picture cannot be read are passed over" status_is 0
single "STOP_AT=30" --out="$work/skips30"
ok "stopped behind such batches" status_is 143
single "" --out="$work/skips30" --resume
ok "no batch is trained twice: the run is the same to the bit" same_run "$work/skips/net/one/seed-42" "$work/skips30/net/one/seed-42"

if python_has tensorboard; then
    set -- "$work/whole/net/one/seed-42"
    for run in stop8 kill2 kill5; do set -- "$@" "$work/$run/net/one/seed-42"; done
    "$PYTHON" tests/e2e/events_once.py "$@" >"$work/out" 2>"$work/err"
    status=$?
    ok "TensorBoard shows each step of each curve, picture and histogram once" eval 'status_is 0 && out_has "tags in 4 runs"'
else
    skip "TensorBoard shows each step of each curve, picture and histogram once" "python3 has no tensorboard: PYTHON names one that has"
fi

try "" --out="$work/whole" --resume
ok "finished runs are taken over" eval 'status_is 0 && [ "$(grep -c "seed 42: taken over" "$work/err")" -eq 2 ]'
ok "with the same table" eval '[ "$(cut -d, -f1-7 "$work/whole/net/results.csv")" = "$(cut -d, -f1-7 "$work/stop8/net/results.csv")" ]'
try "" --out="$work/whole" --resume --lr=0.02
ok "another option begins anew, and says why" eval 'status_is 0 && err_has "one, seed 42: begins anew: --lr was another"'
try "" --out="$work/plain" --no-augment
try "" --out="$work/plain" --no-augment --resume
ok "options that are false are the same again" eval 'status_is 0 && [ "$(grep -c "seed 42: taken over" "$work/err")" -eq 2 ]'
try "EVERY=0 SIGNAL=KILL STOP_AT=5" --out="$work/torn"
head -c 700 "$work/torn/net/one/seed-42/last.safetensors" >"$work/part"
mv "$work/part" "$work/torn/net/one/seed-42/last.safetensors"
try "" --out="$work/torn" --resume
ok "a damaged checkpoint begins anew, and says why" eval 'status_is 0 && err_has "one, seed 42: begins anew: " && err_has "last.safetensors"'
ok "it comes to the same" same_run "$work/stop1/net/one/seed-42" "$work/torn/net/one/seed-42"

# a loop of the script's own: it does not look, so the epoch ends before the run does
# shellcheck disable=SC2016  # Lua's words
sed 's/^    model:eval()$/&\n    if epoch == tonumber(os.getenv("STOP_AT")) then os.execute("kill -TERM $PPID") end/' experiments/baseline.lua \
    >"$work/net.lua"
ok "the loop can be stopped" grep -q STOP_AT "$work/net.lua"
try "" --out="$work/own"
try "STOP_AT=2" --out="$work/own2"
ok "stopped in a loop of its own: status 143, the epoch is done" eval 'status_is 143 && [ "$(rows "$work/own2/baseline/mlp/seed-42" | wc -l)" -eq 2 ]'
try "" --out="$work/own2" --resume
ok "it goes on to the same bits" eval 'status_is 0 && err_has "goes on in epoch 3" && same_run "$work/own/baseline/mlp/seed-42" "$work/own2/baseline/mlp/seed-42"'

try "" --out="$work/own4" --epochs=5
try "STOP_AT=4" --out="$work/own3"
ok "stopped in its last epoch: it was trained to its end, and was not measured whole" eval 'status_is 143 &&
    grep -q "\"trained\": true" "$work/own3/baseline/mlp/seed-42/manifest.json" &&
    ! grep -q "\"train_accuracy\"" "$work/own3/baseline/mlp/seed-42/manifest.json"'
try "" --out="$work/own3" --resume
ok "it goes on with its measurements" eval 'status_is 0 && err_has "goes on with the last measurements" &&
    same_run "$work/own/baseline/mlp/seed-42" "$work/own3/baseline/mlp/seed-42"'
try "" --out="$work/own3" --resume --epochs=5
ok "and then with more epochs" eval 'status_is 0 && err_has "goes on in epoch 5 of 5" &&
    same_run "$work/own4/baseline/mlp/seed-42" "$work/own3/baseline/mlp/seed-42"'

# a limit cuts the last epoch short: it is validated, also where the stop came then
cat >"$work/limit.lua" <<'L'
local ml = require "mlprun"
local activity, calls = ml.experiment { name = "limit" }, 0
activity:trial("one", function(run)
  run.model = ml.nn.Sequential { ml.nn.Flatten(), ml.nn.Linear(run.in_features, run.num_classes) }
  run.optimizer = ml.optim.SGD(run.model:parameters(), { lr = 0.1 })
  run.criterion = function(output, labels)
    calls = calls + 1
    if calls == tonumber(os.getenv("STOP_AT")) then os.execute("kill -TERM " .. require("mlprun.core").sys.pid()) end
    return ml.nn.functional.cross_entropy(output, labels)
  end
  run:fit()
  print("calls", calls)
end)
activity:report()
L
limited() { # limited VARIABLES OPTION...
    variables=$1
    shift
    # shellcheck disable=SC2086
    env $variables "$MLPRUN" "$work/limit.lua" $tiny --no-augment --max_steps=5 "$@" >"$work/out" 2>"$work/err"
    status=$?
}
limited "" --out="$work/limit"
calls=$(sed -n 's/^calls[^0-9]*//p' "$work/out")
for at in $(seq 5 "$calls"); do
    rm -rf "$work/cut"
    limited "STOP_AT=$at" --out="$work/cut"
    ok "--max_steps, stopped at $at of $calls: status 143" status_is 143
    limited "" --out="$work/cut" --resume
    ok "--max_steps, stopped at $at of $calls: it goes on to the same bits" eval 'status_is 0 &&
        same_run "$work/limit/limit/one/seed-42" "$work/cut/limit/one/seed-42"'
done
# what is watched was recorded before the stop, in the same epoch
cat >"$work/net.lua" <<'L'
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim
local activity = ml.experiment { name = "net", options = { monitor = "score" } }
activity:trial("a", function(run)
  run.model = nn.Sequential { nn.Flatten(), nn.Linear(run.in_features, run.num_classes) }
  run.optimizer = optim.SGD(run.model:parameters(), { lr = 0.01 })
  run:on("step", function(epoch, step)
    if step == 1 and epoch ~= tonumber(os.getenv("NOT_IN")) then run:record("score", epoch) end
    if ("%d.%d"):format(epoch, step) == os.getenv("STOP_AT") then
      os.execute(("kill -TERM %d"):format(require("mlprun.core").sys.pid()))
    end
  end)
  run:fit()
end)
activity:report()
L
try "" --out="$work/watched"
try "STOP_AT=2.2" --out="$work/watched2"
ok "stopped behind the step that recorded what is watched" status_is 143
try "" --out="$work/watched2" --resume
ok "it goes on, and the epoch has its number" eval 'status_is 0 && err_has "goes on in epoch 2" && same_run "$work/watched/net/a/seed-42" "$work/watched2/net/a/seed-42"'
rm -rf "$work/watched2"
try "STOP_AT=2.2 NOT_IN=2" --out="$work/watched2"
try "NOT_IN=2" --out="$work/watched2" --resume
ok "one that was recorded in the epoch before is not this one's" eval "status_is 1 && err_has \"monitor is 'score', which epoch 2 has not: it was recorded before\""

finish
