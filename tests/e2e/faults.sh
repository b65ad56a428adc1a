# Memory that runs out and system calls that fail, at places all over a run: an error with its reason, nothing leaks, nothing
# is lost. tests/faults/faults.c is preloaded for it. The places are drawn by MLP_SEED (1); MLP_FAULTS=N tries N of
# each kind, MLP_FAULTS=all each place where a part of the library or a call fails, and 500 where an allocation of a whole run
# does, which takes hours.
. tests/e2e/lib.sh

shim=$work/faults.so
if ! faults_library "$shim"; then
    skip "failing allocations and calls" "$why"
    finish
    exit
fi
seed=${MLP_SEED:-1}
few=2 some=7 calls=4 # places in CI: of a part of the library, of a whole run's allocations, of its calls
case ${MLP_FAULTS:-} in
"") ;;
all) few=all some=500 calls=all ;;
*) few=$MLP_FAULTS some=$MLP_FAULTS calls=$MLP_FAULTS ;;
esac
echo "# places drawn with MLP_SEED=$seed"

# ---- memory, in one process: each part of the library ----

LD_PRELOAD=$shim MALLOC_PERTURB_=165 "$MLPRUN" tests/faults/allocations.lua "$work" $few "$seed" >"$work/out" 2>"$work/err"
status=$?
ok "an allocation that fails in any part of the library is an error, and nothing leaks" status_is 0
tail -n 1 "$work/out" | sed 's/^/# /'

# ---- calls, in one process: whatever reads files ----

mkdir -p "$work/read"
LD_PRELOAD=$shim "$MLPRUN" tests/faults/calls.lua "$work/read" >"$work/out" 2>"$work/err"
status=$?
ok "what cannot be read now is neither absent nor empty: it is an error with the path and the reason" status_is 0
tail -n 1 "$work/out" | sed 's/^/# /'

# ---- whole runs ----

mlprun tests/e2e/pictures.lua "$work/photos" 12
cat >"$work/net.lua" <<'L'
-- What is left when something fails?
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim
require("mlprun.experiment.checkpoint").EVERY = 0
local activity = ml.experiment { name = "net" }
activity:trial("a", function(run)
  run.model = nn.Sequential { nn.Flatten(), nn.Linear(run.in_features, 8), nn.ReLU(), nn.Linear(8, run.num_classes) }
  run.optimizer = optim.Adam(run.model:parameters(), { lr = 0.01 })
  run:fit()
end)
activity:report()
L
tiny="--data=$work/photos --image_size=8 --epochs=2 --patience=0 --batch_size=16 --seeds=1 --augment --workers=0 --threads=1
    --no-pictures"
# try FAULTS OPTION...: a run of at most two minutes with these faults; $hit is the name of the call that failed
try() {
    faults=$1
    shift
    : >"$work/log"
    # shellcheck disable=SC2086
    timeout 120 env LD_PRELOAD="$shim" FAULTS="$faults" FAULTS_LOG="$work/log" "$MLPRUN" "$work/net.lua" $tiny "$@" \
        >"$work/out" 2>"$work/err"
    status=$?
}
# places FAULTS N: N numbers of allocations or calls, out of those that a run without a fault has
places() {
    rm -rf "$work/count"
    try "$1" --out="$work/count"
    all=$(sort -n "$work/log" | tail -n 1 | cut -d' ' -f1)
    awk -v n="$all" -v seed="$seed" -v want="$2" 'BEGIN {
        srand(seed)
        if (want == "all" || want >= n) { for (k = 1; k <= n; k++) print k }
        else for (i = 0; i < want; i++) print 1 + int((i + rand()) * n / want) # one of each part of the run
    }'
}
same() { # same FOLDER: the weights and answers of the whole run
    cmp "$work/whole/net/a/seed-42/best.safetensors" "$1/net/a/seed-42/best.safetensors" &&
        cmp "$work/whole/net/a/seed-42/predictions.npz" "$1/net/a/seed-42/predictions.npz"
}
# left FOLDER: all that a run left, but for times, its place on the disk and the records that have them
left() (
    cd "$1/net" || exit
    find . -type f ! -name '*.tfevents.*' ! -name last.safetensors ! -name '*.csv' ! -name '*.json*' ! -name '*.md' \
        ! -name '*.html' -exec cksum {} + | sort -k 3
    sed -E -e "s|$1||g" -e 's/"--(out=[^"]*|resume)",?//g; s/"?(seconds|started|ended|made)"?:? ?("[^"]*"|[0-9.e-]+)//g' \
        -e 's/[0-9.]+ m?s//g; s/"seconds">[0-9.]+//g; s/[0-9-]+[T ][0-9:]{5,8}(Z| UTC)?//g' \
        results.md results.json report.html a/seed-42/manifest.json a/seed-42/metrics.jsonl
    echo ./*.csv a/seed-42/last.safetensors
    ls a/seed-42/*.tfevents.* | wc -l
)
wrong_at() { # wrong_at K WHAT: one more place
    wrong="$wrong $1:$2"
    { echo "$faults: $2"; cat "$work/log"; tail -n 5 "$work/err"; } >>"$work/wrong"
}
none_wrong() {
    mv "$work/wrong" "$work/err" 2>/dev/null
    : >"$work/out"
    [ -z "$wrong" ] && [ "$tried" -ge "$1" ]
}
try "" --out="$work/whole"
ok "a run without faults ends well" status_is 0
left "$work/whole" >"$work/whole_left"

# exhausted MODE: memory is out for one allocation, or from it on. Status 0 (Lua collects and tries again) or 1 with a message;
# no abort, no signal, no hang at the end.
exhausted() {
    wrong="" tried=0
    for k in $(places "memory 0 on" $some); do
        rm -rf "$work/at"
        try "memory $k $1" --out="$work/at"
        case $status in
        0) same "$work/at" >/dev/null 2>&1 || wrong_at "$k" differs ;;
        1) grep -qi "memory\|temporarily" "$work/err" || wrong_at "$k" silent ;;
        *) wrong_at "$k" "$status" ;;
        esac
        tried=$((tried + 1))
    done
    echo "# memory is out $1, at $tried places:$wrong"
}
exhausted once
ok "an allocation that fails once leaves the run as it is, or ends it with a message" none_wrong 5
exhausted on
ok "memory that is out from any place on ends a run with a message" none_wrong 5

# failing ERROR PLACES: a call fails once. Either the run goes on to the same weights and answers, and what else it leaves is the
# same or the reason is said; or it ends with the reason. Afterwards --resume goes on to the same.
failing() {
    wrong="" tried=0
    case $1 in
    EIO) reason="Input/output error" ;;
    ENOSPC) reason="No space left on device" ;;
    EINTR) reason="Interrupted system call" ;;
    short) reason="No space left on device" ;; # what a short write tells
    esac
    # Lua's print and cairo do not hand the number of an error on; one picture that cannot be read is one that is not there
    reason="$reason|standard output could not be written|out of memory, or a font could not be read|or could not all be read"
    for k in $(places "calls 0 $1 once" "$2"); do
        rm -rf "$work/at"
        try "calls $k $1 once" --out="$work/at"
        tried=$((tried + 1))
        case $status in
        0)
            if ! same "$work/at" >/dev/null 2>&1; then
                wrong_at "$k" differs
            elif ! left "$work/at" 2>&1 | cmp -s - "$work/whole_left"; then
                grep -Eq "$reason" "$work/out" "$work/err" "$work/at/net/report.html" || wrong_at "$k" "silent: $(left "$work/at" 2>&1 | diff - "$work/whole_left")"
            fi
            ;;
        1 | 2) grep -Eq "$reason" "$work/err" || wrong_at "$k" silent ;;
        *) wrong_at "$k" "$status" ;;
        esac
        first="$status, $(cat "$work/log")"
        try "" --out="$work/at" --resume
        if [ "$status" -ne 0 ] || ! same "$work/at" >/dev/null 2>&1; then wrong_at "$k" "$first: $status with --resume"; fi
    done
    echo "# a call fails ($1), at $tried places:$wrong"
}
for error in EIO ENOSPC EINTR short; do
    failing $error $calls
    ok "a system call that fails once ($error): the run goes on, or says it, and --resume ends the same" none_wrong 4
done

finish
