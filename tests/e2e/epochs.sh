# More epochs for runs that have ended, and what stays on disk of runs: --epochs=MORE --resume, --keep, --keep_last.
. tests/e2e/lib.sh

mlprun tests/e2e/pictures.lua "$work/photos" 16
tiny="--data=$work/photos --image_size=8 --batch_size=8 --seeds=1 --augment"
cat >"$work/net.lua" <<'L'
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim
local activity = ml.experiment { name = "net", options = { rates = "none" } }
local at = tonumber(os.getenv("STOP_AT"))
for _, name in ipairs { "one", "two" } do
  activity:trial(name, function(run)
    run.model = nn.Sequential {
      nn.Flatten(), nn.Linear(run.in_features, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, run.num_classes),
    }
    run.optimizer = optim.Adam(run.model:parameters(), { lr = 0.01 })
    local n, s = run.options.epochs, optim.lr_scheduler
    local function cycle() return s.OneCycleLR(run.optimizer, 0.01, { epochs = n, steps_per_epoch = math.ceil(#run.train / 8) }) end
    local make = {
      none = function() end, step = function() return s.StepLR(run.optimizer, 3) end, cycle = cycle,
      plateau = function() return s.ReduceLROnPlateau(run.optimizer, { patience = 0 }) end,
      lambda = function() return s.LambdaLR(run.optimizer, function(e) return 0.9 ^ e end) end,
      falling = function() return s.LambdaLR(run.optimizer, function(e) return 1 - e / n end) end,
      cosine = function() return s.CosineAnnealingLR(run.optimizer, n) end,
      kept = function() local own = run:keep("own", cycle()) run:on("step", function() own:step() end) end,
    }
    run.scheduler = make[run.options.rates]()
    local ema, steps = run:keep("ema", optim.EMA(run.model, { decay = 0.9 })), run:keep("steps", { 0 })
    run:on("step", function()
      ema:update()
      steps[1] = steps[1] + 1
      if steps[1] == at then os.execute("kill -" .. (os.getenv("STOP_BY") or "TERM") .. " " .. require("mlprun.core").sys.pid()) end
    end)
    for _, row in ipairs(run:fit()) do print(row.epoch, ("%.17g %.17g"):format(row.lr, row.val_loss)) end
    ema:apply(function() print("average", ("%.17g"):format(run:norm()), steps[1]) end)
  end)
end
activity:report()
L
try() { # try VARIABLES OPTION...
    variables=$1
    shift
    # shellcheck disable=SC2086
    env $variables "$MLPRUN" "$work/net.lua" $tiny "$@" >"$work/out" 2>"$work/err"
    status=$?
}
lines() { grep -E '^([0-9]|average)' "$work/out"; }
run=net/one/seed-42

for rates in none step plateau lambda; do
    for jobs in 1 $([ $rates != step ] || echo 2); do
        rm -rf "$work/whole" "$work/part"
        try "" --rates=$rates --epochs=6 --patience=0 --out="$work/whole"
        lines >"$work/expected"
        try "" --rates=$rates --epochs=3 --patience=0 --out="$work/part"
        try "" --rates=$rates --epochs=6 --patience=0 --out="$work/part" --resume --jobs=$jobs
        ok "$rates, $jobs jobs: a finished run goes on" eval 'status_is 0 && err_has "one, seed 42: goes on in epoch 4 of 6"'
        ok "$rates, $jobs jobs: to rates, losses and averages of a longer one" eval 'lines | diff - "$work/expected"'
        ok "$rates, $jobs jobs: and to its weights" cmp "$work/whole/$run/best.safetensors" "$work/part/$run/best.safetensors"
        ok "$rates, $jobs jobs: and to its answers" cmp "$work/whole/$run/predictions.npz" "$work/part/$run/predictions.npz"
    done
done
try "" --rates=lambda --epochs=6 --patience=0 --out="$work/part" --resume
ok "then it is taken over" err_has "one, seed 42: taken over"
mlprun report "$work/part/net"
ok "and its page has it" eval 'status_is 0 && ! out_has "of other calls"'
try "" --rates=lambda --epochs=4 --patience=0 --out="$work/part" --resume
ok "fewer epochs begin anew" err_has "one, seed 42: begins anew: --epochs was another"

rm -rf "$work/whole" "$work/part" # a stopped run may have more epochs too
try "" --epochs=6 --patience=0 --out="$work/whole"
lines >"$work/expected"
try "STOP_AT=9" --epochs=3 --patience=0 --out="$work/part"
ok "a run is stopped" status_is 143
try "" --epochs=6 --patience=0 --out="$work/part" --resume
ok "it goes on to more epochs than it was to have" eval 'status_is 0 && lines | diff - "$work/expected"'

# rates that follow the number of epochs: those of the new number, from here on
rate() { sed -n "s/^$1[^0-9]*\([0-9.e-]*\) .*/\1/p" "$2" | head -1; }
for rates in cycle falling cosine kept; do
    rm -rf "$work/whole" "$work/part"
    try "" --rates=$rates --epochs=6 --patience=0 --out="$work/whole"
    lines >"$work/expected"
    try "" --rates=$rates --epochs=3 --patience=0 --out="$work/part"
    try "" --rates=$rates --epochs=6 --patience=0 --out="$work/part" --resume
    lines >"$work/got"
    ok "$rates: what that means is said" err_has "follows the number of epochs, 3 so far: it goes on as the one for 6, the rate from"
    for epoch in 4 5 6; do
        ok "$rates: epoch $epoch has the rate of six" awk -v a="$(rate $epoch "$work/got")" -v b="$(rate $epoch "$work/expected")" \
            'BEGIN { d = a - b; exit !(d < 1e-15 && d > -1e-15) }'
    done
    ok "$rates: epoch 2 had another one" [ "$(rate 2 "$work/got")" != "$(rate 2 "$work/expected")" ]
done

rm -rf "$work/part" # killed before its next checkpoint, which still has the rates of three epochs
try "" --rates=cosine --epochs=6 --patience=0 --out="$work/part"
try "" --rates=cosine --epochs=3 --patience=0 --out="$work/part"
cp -r "$work/part" "$work/killed"
try "" --rates=cosine --epochs=6 --patience=0 --out="$work/part" --resume
lines >"$work/expected"
try "STOP_AT=17 STOP_BY=KILL" --rates=cosine --epochs=6 --patience=0 --out="$work/killed" --resume
ok "a run with more epochs is killed" status_is 137
try "" --rates=cosine --epochs=6 --patience=0 --out="$work/killed" --resume
ok "and has the rates of six again" eval 'err_has "one, seed 42: CosineAnnealingLR follows the number of epochs, 3 so far" && lines | diff - "$work/expected"'

# stopped while the best weights, which are not the last ones, are measured: more epochs go on from the last ones, and so does
# a part of the net that is kept under a name of its own
cat >"$work/last.lua" <<'L'
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim
local activity, calls = ml.experiment { name = "last" }, 0
activity:trial("one", function(run)
  run.model = nn.Sequential { nn.Flatten(), nn.Linear(run.in_features, 8), nn.ReLU(), nn.Linear(8, run.num_classes) }
  run.optimizer = optim.Adam(run.model:parameters(), { lr = 0.05 })
  run.criterion = function(output, labels)
    calls = calls + 1
    if calls == tonumber(os.getenv("STOP_AT")) then os.execute("kill -TERM " .. require("mlprun.core").sys.pid()) end
    return nn.functional.cross_entropy(output, labels)
  end
  if os.getenv("KEPT") then run:keep("head", run.model[4]) end
  run:fit()
  print("calls", calls)
end)
activity:report()
L
last() { # last VARIABLES OPTION...: the first epoch is the best one
    variables=$1
    shift
    # shellcheck disable=SC2086
    env $variables "$MLPRUN" "$work/last.lua" $tiny --patience=0 --min_delta=1 "$@" >"$work/out" 2>"$work/err"
    status=$?
}
losses() { grep -o '"[a-z]*_loss": *[^,}]*' "$1/last/one/seed-42/metrics.jsonl"; }
last "" --epochs=6 --out="$work/six"
for case in "500M " "0 " "500M KEPT=1"; do
    keep=${case% *} kept=${case#* }
    last "$kept" --epochs=3 --out="$work/three" --keep_last=$keep
    calls=$(sed -n 's/^calls[^0-9]*//p' "$work/out")
    rm -rf "$work/part"
    last "$kept STOP_AT=$((calls - 1))" --epochs=3 --out="$work/part" --keep_last=$keep
    ok "--keep_last=$keep $kept: a run is stopped while its best weights are measured" eval 'status_is 143 &&
        grep -q "\"status\": \"stopped\"" "$work"/part/last/one/seed-42/manifest.json &&
        [ "$(wc -l <"$work/part/last/one/seed-42/metrics.jsonl")" -eq 3 ]'
    last "$kept" --epochs=6 --out="$work/part" --keep_last=$keep --resume
    ok "--keep_last=$keep $kept: more epochs go on from its last weights" eval 'status_is 0 && err_has "goes on in epoch 4 of 6" &&
        [ "$(losses "$work/part")" = "$(losses "$work/six")" ] && [ -n "$(losses "$work/six")" ]'
done

rm -rf "$work/part" # patience ended it: more epochs would change nothing
try "" --epochs=20 --patience=1 --min_delta=1 --out="$work/part"
cp "$work/part/$run/best.safetensors" "$work/before"
try "" --epochs=40 --patience=1 --min_delta=1 --out="$work/part" --resume
ok "a run that ended early is taken over" err_has "it ended after epoch 2, before its 20 did"
ok "as it is" cmp "$work/before" "$work/part/$run/best.safetensors"
ok "and belongs to the table" out_has "one"
mlprun report "$work/part/net"
ok "also later" eval 'status_is 0 && ! out_has "of other calls"'
rm -rf "$work/part" # in its last epoch
try "" --epochs=2 --patience=1 --min_delta=1 --out="$work/part"
try "" --epochs=4 --patience=1 --min_delta=1 --out="$work/part" --resume
ok "so is one that ended in its last epoch" err_has "it ended after epoch 2, for a reason of its own (patience: 1 epoch without a better "
rm -rf "$work/part" # more epochs are advised where they go on
try "" --monitor=train_loss --epochs=2 --out="$work/part"
ok "more epochs go on from last states" out_has "More --epochs, with --resume, go on from here."
try "" --monitor=train_loss --epochs=2 --keep_last=0 --out="$work/part"
ok "and begin anew without" out_has "More --epochs begin anew: no last state was kept (--keep_last)."
try "" --monitor=train_loss --epochs=3 --max_steps=12 --out="$work/part"
ok "where a limit ended runs they are not advised" eval 'status_is 0 && ! out_has "More --epochs"'
rm -rf "$work/part"
try "" --rates=cosine --epochs=20 --patience=1 --min_delta=1 --out="$work/part"
try "" --rates=cosine --epochs=40 --patience=1 --min_delta=1 --out="$work/part" --resume
ok "with a schedule it is said what that means" err_has "if CosineAnnealingLR(T_max=20, eta_min=0.0) follows their number, a run of 40 is another one"

# what stays on disk
weights() { (cd "$1/net" && ls ./*/*/best.safetensors 2>/dev/null | wc -l); }
states() { (cd "$1/net" && ls ./*/*/last.safetensors 2>/dev/null | wc -l); }
for keep in best:2 all:6 none:0; do
    rm -rf "$work/part"
    try "" --epochs=2 --seeds=3 --keep="${keep%:*}" --out="$work/part"
    ok "--keep=$keep weights" [ "$(weights "$work/part")" -eq "${keep#*:}" ]
    ok "--keep=$keep says so" out_has "weights of ${keep#*:} of 6 runs, "
    ok "with the last states" eval '[ "$(states "$work/part")" -eq 6 ] && grep -q "last states of 6 runs, [0-9.]* [kM]B" "$work/out"'
    try "" --epochs=3 --seeds=3 --keep="${keep%:*}" --out="$work/part" --resume
    ok "--keep=$keep: they go on all the same" eval '[ "$(grep -c "goes on in epoch 3 of 3" "$work/err")" -eq 6 ] && [ "$(weights "$work/part")" -eq "${keep#*:}" ]'
done
rm -rf "$work/jobs"
try "" --epochs=3 --seeds=3 --jobs=3 --out="$work/jobs"
rm -rf "$work/part"
try "" --epochs=3 --seeds=3 --out="$work/part"
ok "with several jobs the same ones stay" [ "$(cd "$work/jobs" && ls net/*/*/*.safetensors)" = "$(cd "$work/part" && ls net/*/*/*.safetensors)" ]
mlprun predict "$work/part/net" "$work/photos/plum"
ok "predict takes the best run that has weights" status_is 0
without=$(for f in "$work"/part/net/one/*; do [ -e "$f/best.safetensors" ] || echo "$f"; done | head -1)
mlprun predict "$without" "$work/photos/plum"
ok "of one without it says where they are" eval 'status_is 1 && err_has "were not kept: those of its trial"'
mlprun report "$work/part/net"
ok "the page needs no weights" status_is 0
size=$(stat -c %s "$work/part/$run/last.safetensors")
rm -rf "$work/part"
try "" --epochs=2 --keep_last=$((size * 3 / 2)) --out="$work/part"
ok "--keep_last is room for so much" [ "$(states "$work/part")" -eq 1 ]
try "" --epochs=3 --keep_last=$((size * 3 / 2)) --out="$work/part" --resume
ok "a run without goes through all again" eval 'err_has "one, seed 42: goes on in epoch 3 of 3" &&
    err_has "two, seed 42: begins anew: --epochs was another, and there was no room for its last state (--keep_last)"'
try "" --epochs=2 --keep_last=0 --out="$work/none"
ok "0 leaves none" [ "$(states "$work/none")" -eq 0 ]
try "" --keep=some
ok "another word is refused" eval 'status_is 2 && err_has "--keep is some, expected best, all or none"'
try "" --keep_last=many
ok "so is another size" eval 'status_is 2 && err_has "--keep_last is many, expected a size such as 500M or 2G, 0 or all"'

finish
