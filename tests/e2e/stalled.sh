# Storage that does not answer: a run says what it waits for, and one Ctrl-C is enough. tests/faults/faults.c is preloaded; with
# it a read, a write or an fsync of chosen files never returns, whatever signal comes.
. tests/e2e/lib.sh

if ! faults_library "$work/faults.so"; then
    skip "storage that does not answer" "$why"
    finish
    exit
fi
mlprun tests/e2e/pictures.lua "$work/photos" 40 # more than loaders read ahead
cat >"$work/net.lua" <<'L'
-- What does a run do when a file does not answer?
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim
require("mlprun.experiment.checkpoint").EVERY = 0
local activity = ml.experiment { name = "net" }
activity:trial("a", function(run)
  run.model = nn.Sequential { nn.Flatten(), nn.Linear(run.in_features, 8), nn.ReLU(), nn.Linear(8, run.num_classes) }
  run.optimizer = optim.Adam(run.model:parameters(), { lr = 0.01 })
  local function stall() os.getenv("faults: stall " .. os.getenv("STALL")) end
  if os.getenv("STALL") and os.getenv("AT") == "step" then run:on("step", stall) end
  if os.getenv("STALL") and os.getenv("AT") == "epoch" then
    run:on("epoch", function(epoch) if epoch == 2 then stall() end end)
  end
  run:fit()
end)
activity:report()
L
tiny="--data=$work/photos --image_size=8 --epochs=2 --patience=0 --batch_size=2 --seeds=1 --test=0.3 --no-pictures"
run() { # run VARIABLES OPTION...: in place of the shell, so that a signal reaches it
    variables=$1
    shift
    # shellcheck disable=SC2086
    exec env $variables "$MLPRUN" "$work/net.lua" $tiny "$@"
}
# stalls AT CALL TEXT OPTION...: with a stall of this call; Ctrl-C when the run has said what it waits for
stalls() {
    rm -rf "$work/at"
    run "LD_PRELOAD=$work/faults.so AT=$1" --out="$work/at" "$4" "$5" >"$work/out" 2>"$work/err" &
    pid=$!
    (sleep 30 && kill -KILL $pid) 2>/dev/null &
    guard=$!
    while kill -0 $pid 2>/dev/null && ! grep -q "waiting for '.*$3" "$work/err" "$work/out"; do sleep 0.1; done
    kill -INT $pid
    wait $pid
    status=$?
    kill $guard
}
goes_on() { # to what a run gives that never waited
    (run "AT=" --out="$work/at" --resume) >"$work/out" 2>"$work/err" &&
        cmp "$work/whole/net/a/seed-42/best.safetensors" "$work/at/net/a/seed-42/best.safetensors" &&
        cmp "$work/whole/net/a/seed-42/predictions.npz" "$work/at/net/a/seed-42/predictions.npz"
}
(run "AT=" --out="$work/whole") >"$work/out" 2>"$work/err"

STALL="read photos"
export STALL
stalls step read photos --workers=2 --threads=1
ok "a loader that hangs in a read is left, and the run is saved" eval 'status_is 130 && out_has "Stopped by Ctrl-C" &&
    err_has "stopped before the first epoch was finished"'
ok "a run that was left so goes on to the same" goes_on
stalls epoch read photos --workers=2 --threads=1
ok "measuring that hangs in a read is left, and the run is saved" eval 'status_is 130 && out_has "Stopped by Ctrl-C" &&
    err_has "stopped before the best weights were measured"'
ok "it goes on with its measurements" goes_on
for call in "write tfevents" "fsync safetensors"; do
    STALL=$call
    # shellcheck disable=SC2086
    stalls step $call --workers=0 --threads=1
    ok "a $call that hangs is left with one Ctrl-C" eval 'status_is 130 && err_has "does not answer, so what was not saved"'
    ok "what was saved before the $call goes on to the same" goes_on
done
STALL="fsync safetensors"
rm -rf "$work/at"
run "LD_PRELOAD=$work/faults.so AT=step" --out="$work/at" --jobs=2 --seeds=2 >"$work/out" 2>"$work/err" &
pid=$!
(sleep 30 && kill -KILL $pid) 2>/dev/null &
guard=$!
while kill -0 $pid 2>/dev/null && [ "$(find "$work/at" -name 'last.safetensors.tmp*' 2>/dev/null | wc -l)" -lt 2 ]; do sleep 0.1; done
sleep 1
kill -INT $pid
wait $pid
status=$?
kill $guard
ok "runs side by side that hang are left with one Ctrl-C" eval 'status_is 130 && err_has "does not answer, so what was not saved"'

finish
