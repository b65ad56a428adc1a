# What the signals of a batch system and of limits do to a run: it is saved, says so, and goes on to the same bits.
. tests/e2e/lib.sh

mlprun tests/e2e/pictures.lua "$work/photos" 12
ok "the test's pictures are made" status_is 0
tiny="--data=$work/photos --image_size=8 --epochs=3 --patience=0 --batch_size=16 --seeds=2 --augment --keep=all --no-pictures"

cat >"$work/net.lua" <<'L'
-- What does a signal leave?
local ml = require "mlprun"
local sys = require("mlprun.core").sys
local nn, optim = ml.nn, ml.optim
local activity = ml.experiment { name = "net" }
local first = sys.pid()
activity:trial("a", function(run)
  run.model = nn.Sequential { nn.Flatten(), nn.Linear(run.in_features, 8), nn.ReLU(), nn.Linear(8, run.num_classes) }
  run.optimizer = optim.Adam(run.model:parameters(), { lr = 0.01 })
  local steps, at = 0, tonumber(os.getenv("AT"))
  local kept = os.getenv("UNSAVED") and run:keep("kept", {})
  if kept and run.seed ~= 42 then at = nil end
  run:on("step", function()
    steps = steps + 1
    if kept and steps == at then kept.wrong = print end -- which cannot be saved
    if steps == at then os.execute(("kill -%s %d"):format(os.getenv("SIGNAL"), os.getenv("PARENT") and first or sys.pid())) end
  end)
  run:on("epoch", function(epoch)
    if not os.getenv("FULL_LOG") or epoch ~= 1 then return end
    run.writer:add_text("notes", ("word "):rep(40000)) -- 200 KB, of which no more is allowed from here on
    os.execute(("prlimit --fsize=100000 --pid=%d"):format(sys.pid()))
  end)
  run:fit()
end)
activity:report()
L
# Runs the script with variables of its environment: try "AT=3 SIGNAL=USR1" OPTION...
try() {
    variables=$1
    shift
    # shellcheck disable=SC2086
    env $variables "$MLPRUN" "$work/net.lua" $tiny "$@" >"$work/out" 2>"$work/err"
    status=$?
}
rows() { sed 's/"seconds":[0-9.e-]*,*//' "$1/metrics.jsonl"; }
same() { # same FOLDER: as the whole one
    for seed in 42 43; do
        a=$work/whole/net/a/seed-$seed b=$1/net/a/seed-$seed
        cmp "$a/best.safetensors" "$b/best.safetensors" && cmp "$a/predictions.npz" "$b/predictions.npz" &&
            [ "$(rows "$a")" = "$(rows "$b")" ] || return 1
    done
}
try "" --out="$work/whole"
ok "a run that is not stopped ends well" status_is 0

# ---- SIGUSR1: the time is nearly up ----

for jobs in 1 2; do
    try "AT=3 SIGNAL=USR1 PARENT=1" --out="$work/usr1-$jobs" --jobs=$jobs
    ok "SIGUSR1 ends runs with status 75 (--jobs=$jobs)" status_is 75
    ok "and says that they are saved (--jobs=$jobs)" eval 'out_has "Stopped by SIGUSR1" && out_has "--resume goes on"'
    while [ -n "$(pgrep -f "out=$work/usr1-$jobs")" ]; do sleep 0.05; done
    try "" --out="$work/usr1-$jobs" --resume --jobs=$jobs
    ok "they go on to the same (--jobs=$jobs)" eval 'status_is 0 && same "$work/usr1-$jobs"'
done

# ---- what cannot be saved then ----

for jobs in 1 2; do
    try "UNSAVED=1 AT=3 SIGNAL=USR1 PARENT=1" --out="$work/unsaved-$jobs" --jobs=$jobs --epochs=100000
    ok "a run that cannot be saved is told, with the reason and the table (--jobs=$jobs)" \
        eval 'status_is 75 && err_has "a, seed 42: ended with an error when it was asked to stop" && err_has "a function cannot be saved" && out_has "What was reached is saved, but of 1 run only what it had saved before the error"'
    ok "it was stopped, its manifest has the reason, too (--jobs=$jobs)" eval 'grep -q "\"status\": \"stopped\"" "$work/unsaved-$jobs/net/a/seed-42/manifest.json" && grep -q "\"reason\": .*a function cannot be saved" "$work/unsaved-$jobs/net/a/seed-42/manifest.json"'
    try "UNSAVED=1 AT=3 SIGNAL=USR1 PARENT=1" --out="$work/unsaved-$jobs" --jobs=$jobs --epochs=100000 --no-keep_going
    ok "so it is where an error ends all (--jobs=$jobs)" eval 'status_is 75 && err_has "a function cannot be saved" && ! out_has "is saved;"'
done
try "UNSAVED=1 AT=3 SIGNAL=USR1" --out="$work/unsaved-part" --epochs=100000 --runs=1
ok "and within a part of the runs" eval 'status_is 75 && out_has "1 failed. What was reached is saved, but of 1 run only"'

mlprun -e 'for i = 1, 3 do os.execute("kill -USR1 $PPID") end while true do end'
ok "SIGUSR1 where nothing is trained: status 75, said" eval 'status_is 75 && err_has "stopped by SIGUSR1"'
(trap '' USR1 && exec "$MLPRUN" -e 'os.execute("kill -USR1 $PPID") print("on")') >"$work/out" 2>"$work/err"
status=$?
ok "a signal that was ignored before stays so" eval 'status_is 0 && out_has on'

# ---- SIGXFSZ: ulimit -f ----

limited() { # limited BLOCKS OPTION...: files of at most so many blocks of 512 bytes
    blocks=$1
    shift
    # shellcheck disable=SC2086
    (ulimit -f "$blocks" && exec "$MLPRUN" "$work/net.lua" $tiny "$@") >"$work/out" 2>"$work/err"
    status=$?
}
limited 1 --out="$work/limit" # an event file reaches it first
ok "a file at its limit ends a run with a message" eval 'status_is 1 && err_has "File too large"'
ok "it names the file" err_has "$work/limit/net"
limited 12 --out="$work/limit"
ok "weights that reach the limit are named" eval 'status_is 1 && err_has "safetensors" && err_has "File too large"'
try "" --out="$work/limit" --resume
ok "without the limit it goes on to the same" eval 'status_is 0 && same "$work/limit"'
try "" --image_size=32 --out="$work/large"
best=$(stat -c %s "$(find "$work/large/net" -name best.safetensors | head -1)")
limited $((best * 2 / 512)) --image_size=32 --out="$work/last" # a thread writes the last state, which is larger
ok "so is a last state" eval 'status_is 1 && err_has "last.safetensors" && err_has "File too large"'
ok "its runs have not finished" [ "$(cat "$work"/last/net/*/*/manifest.json | grep -c '"status": "failed"')" -eq 2 ]
ok "and leave no part of it" [ -z "$(find "$work/last" -name "last.safetensors*")" ]

if command -v prlimit >/dev/null; then
    try "FULL_LOG=1" --out="$work/log"
    ok "a log that reaches the limit ends the run, which is saved" \
        eval 'status_is 1 && err_has "tfevents" && err_has "File too large" && err_has "the run is saved: --resume goes on in epoch 2"'
    try "" --out="$work/log" --resume
    ok "it goes on in that epoch" err_has "goes on in epoch 2, with its validation"
    ok "to the same" eval 'status_is 0 && same "$work/log"'
else
    skip "a log that reaches the limit ends the run, which is saved" "there is no prlimit"
fi

finish
