# A stop or a kill at any place of a run: it goes on to the weights, answers, rows and table of one that was never stopped.
. tests/e2e/lib.sh

mlprun tests/e2e/pictures.lua "$work/photos" 12
ok "the test's pictures are made" status_is 0
tiny="--data=$work/photos --image_size=8 --epochs=2 --patience=0 --batch_size=16 --seeds=2 --augment --keep=all"

cat >"$work/net.lua" <<'L'
-- What does a run need to go on?
local ml = require "mlprun"
local told = dofile("tests/e2e/boundaries.lua")
local nn, optim = ml.nn, ml.optim
local activity = ml.experiment { name = "net" }
activity:trial("a", function(run)
  run.model = nn.Sequential {
    nn.Flatten(), nn.Linear(run.in_features, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, run.num_classes),
  }
  run.optimizer = optim.Adam(run.model:parameters(), { lr = 0.01 })
  run.scheduler = optim.lr_scheduler.ExponentialLR(run.optimizer, 0.9)
  run:record("norm before", run:norm())
  run:fit()
  run:record("norm behind", run:norm())
end)
activity:report()
told()
L
# Runs the script with variables of its environment: try "AT=3 SIGNAL=KILL" OPTION...
try() {
    variables=$1
    shift
    # shellcheck disable=SC2086
    env $variables "$MLPRUN" "$work/net.lua" $tiny "$@" >"$work/out" 2>"$work/err"
    status=$?
}
rows() { sed 's/"seconds":[0-9.e-]*,*//' "$1/metrics.jsonl"; }
same_run() { # same_run A B: weights, answers, rows
    cmp "$1/best.safetensors" "$2/best.safetensors" && cmp "$1/predictions.npz" "$2/predictions.npz" &&
        [ "$(rows "$1")" = "$(rows "$2")" ]
}
table_of() { cut -d, -f1-6 "$1/net/results.csv"; }
same() { # same FOLDER: as the whole one
    same_run "$work/whole/net/a/seed-42" "$1/net/a/seed-42" && same_run "$work/whole/net/a/seed-43" "$1/net/a/seed-43" &&
        [ "$(table_of "$work/whole")" = "$(table_of "$1")" ]
}

try "" --out="$work/whole"
ok "a run that is not stopped ends well" status_is 0
count=$(sed -n 's/^boundaries: //p' "$work/err")
ok "it has dozens of boundaries" [ "$count" -gt 30 ]

# everywhere SIGNAL STATUS JOBS EACH VARIABLES: stops at each boundary (every EACH-th of them, with sanitizers every third of
# those; with FULL=1 at all), goes on, compares
rarer=1
sanitized && rarer=3
everywhere() {
    wrong=""
    at=1
    while true; do
        rm -rf "$work/at"
        try "AT=$at SIGNAL=$1 $5" --out="$work/at" --jobs="$3"
        grep -q "boundaries: here" "$work/err" || break # the run has no more of them
        [ "$status" -eq "$2" ] || wrong="$wrong $at:status=$status"
        while pgrep -f "out=$work/at" >/dev/null; do sleep 0.05; done
        try "AT=0" --out="$work/at" --resume --jobs="$3"
        if [ "$status" -ne 0 ] || ! same "$work/at" >"$work/out" 2>&1; then wrong="$wrong $at"; fi
        if [ -n "${FULL:-}" ]; then at=$((at + 1)); else at=$((at + $4 * rarer)); fi
    done
    echo "wrong at:$wrong" >"$work/err"
    [ -z "$wrong" ] && [ "$at" -gt 10 ]
}
ok "a stop at each boundary goes on to the same" everywhere TERM 143 1 1 "EVERY=30"
ok "a kill at boundaries, with a checkpoint at each step, goes on to the same" everywhere KILL 137 1 3 "EVERY=0"
ok "a stop at boundaries of runs side by side goes on to the same" everywhere TERM 143 2 3 "EVERY=30 TARGET=parent"
ok "a kill of the parent at boundaries of runs side by side goes on to the same" everywhere KILL 137 2 5 "EVERY=0 TARGET=parent"

finish
