# Runs side by side: the same results as one after the other, in the same order, also when something goes wrong.
. tests/e2e/lib.sh

mlprun tests/e2e/pictures.lua "$work/photos" 20
ok "the test's pictures are made" status_is 0
tiny="--data=$work/photos --image_size=8 --epochs=3"

cat >"$work/says.lua" <<'L'
-- What does a run leave?
local ml = require "mlprun"
local nn = ml.nn
local activity = ml.experiment { name = "says", options = { p = { 0, 0.3 }, fail = "", long = false } }
for _, p in ipairs(activity.options.p) do
  activity:trial("p=" .. p, function(run)
    run.model = nn.Sequential { nn.Flatten(), nn.Dropout(p), nn.Linear(run.in_features, run.num_classes) }
    run.optimizer = ml.optim.Adam(run.model:parameters(), { lr = 0.01 })
    if activity.options.fail == "error" and p > 0 then error("on purpose") end
    if activity.options.fail == "kill" and p > 0 then os.execute("kill -9 " .. require("mlprun.core").sys.pid()) end
    print("begins", p, run.seed)
    run:fit()
    run:record("the norm", run:norm())
    print("ends", run.history.best.epoch, ("%.17g"):format(run.history.best.val_loss))
  end, activity.options.long and { epochs = 100000, patience = 0 } or nil)
end
activity:report()
L
for n in 1 2 3; do
    # shellcheck disable=SC2086
    mlprun "$work/says.lua" $tiny --seeds=3 --augment --keep=all --jobs=$n --out="$work/runs$n"
    ok "--jobs=$n ends with status 0" status_is 0
    # the same but for the folder, and for the time that it took
    sed -e "s/runs$n/runs/" -e 's/[0-9.]* s /T s /' -e '/^results .*results.md/,$d' "$work/out" >"$work/out$n"
    grep -v ' done; ' "$work/err" | sed 's/, [0-9.]* s$//' | sort >"$work/err$n"
    ok "--jobs=$n prints what one after the other prints" diff "$work/out1" "$work/out$n"
    ok "--jobs=$n says of each run how it went" cmp "$work/err1" "$work/err$n"
    for run in p=0/seed-42 p=0.3/seed-44; do
        ok "--jobs=$n: the weights of $run are the same bits" \
            cmp "$work/runs1/says/$run/best.safetensors" "$work/runs$n/says/$run/best.safetensors"
    done
done
ok "what ran is in the output" eval '[ "$(grep -c "^begins" "$work/out3")" -eq 6 ] && [ "$(wc -l <"$work/err3")" -eq 6 ]'

# shellcheck disable=SC2086
mlprun "$work/says.lua" $tiny --seeds=1 --jobs=2 --fail=error --out="$work/fails"
ok "an error in one run has status 1 and names the line" eval 'status_is 1 && err_has "says.lua:9: on purpose"'
ok "it is in that run's manifest" grep -q '"status": "failed"' "$work/fails/says/p=0.3/seed-42/manifest.json"

# shellcheck disable=SC2086
mlprun "$work/says.lua" $tiny --seeds=1 --jobs=2 --fail=kill --out="$work/killed"
ok "a run whose process is killed is an error that says so" \
    eval 'status_is 1 && err_has "p=0.3, seed 42: its process ended by signal 9"'
ok "the others go on, the table names it once, and its manifest has the reason" \
    eval 'out_has "  p=0.3, seed 42: its process ended by signal 9 before the run did" && grep -q "\"reason\": \"its process ended by signal 9" "$work/killed/says/p=0.3/seed-42/manifest.json" && grep -q "\"status\": \"failed\"" "$work/killed/says/p=0.3/seed-42/manifest.json"'
# shellcheck disable=SC2086
mlprun "$work/says.lua" $tiny --seeds=1 --jobs=2 --fail=kill --out="$work/killed" --resume
ok "with --resume it is tried again, once" eval 'status_is 1 && err_has "p=0, seed 42: taken over" && [ "$(grep -c "begins anew" "$work/err")" -eq 1 ]'

# shellcheck disable=SC2086
mlprun "$work/says.lua" $tiny --jobs=-1
ok "a senseless number has status 2" eval 'status_is 2 && err_has "--jobs is -1"'

# what a run leaves in the background has its output, and is not waited for
cat >"$work/stays.sh" <<'S'
: >>"$1"
n=0
while [ ! -e "$1.over" ] && [ $n -lt 100 ]; do
    sleep 0.1
    n=$((n + 1))
done
[ -e "$1.over" ] || echo "was waited for" >>"$1"
S
sed "s|run:fit()|os.execute('sh $work/stays.sh $work/stays \&') run:fit()|" "$work/says.lua" >"$work/leaves.lua"
# shellcheck disable=SC2086
mlprun "$work/leaves.lua" $tiny --seeds=1 --jobs=2 --out="$work/leaves"
ok "a process that a run leaves in the background is not waited for, what the run printed is there" \
    eval 'status_is 0 && ! grep -q "was waited for" "$work/stays" && [ "$(grep -c "^ends" "$work/out")" -eq 2 ]'
touch "$work/stays.over"

# a signal reaches the runs; what they have is reported; nobody is left behind
interrupt() {
    rm -rf "$work/stopped"
    # shellcheck disable=SC2086
    "$MLPRUN" "$work/says.lua" $tiny --long --keep=all --seeds=2 --jobs=2 --out="$work/stopped" >"$work/out" 2>"$work/err" &
    pid=$!
    n=0
    while [ "$(ls "$work"/stopped/says/p=0/seed-4[23]/best.safetensors 2>/dev/null | wc -l)" -lt 2 ] && [ $n -lt 200 ]; do
        sleep 0.1
        n=$((n + 1))
    done
    children=$(pgrep -P $pid | wc -l)
    kill "-$1" $pid
    wait $pid
    status=$?
}
gone() { # within some seconds no process works in that folder any more
    n=0
    while pgrep -f "out=$work/stopped" >/dev/null && [ $n -lt 100 ]; do
        sleep 0.1
        n=$((n + 1))
    done
    ! pgrep -f "out=$work/stopped" >/dev/null
}
interrupt INT
ok "two runs worked side by side" [ "$children" -eq 2 ]
ok "Ctrl-C has status 130" status_is 130
ok "Ctrl-C marks both runs as stopped" \
    eval '[ "$(grep -l "\"status\": \"stopped\"" "$work"/stopped/says/p=0/seed-*/manifest.json | wc -l)" -eq 2 ]'
ok "Ctrl-C still prints the table" grep -qE '^p=0  \(2 of 2 runs stopped\) +[0-9]' "$work/out"
ok "Ctrl-C leaves no process behind" gone
interrupt KILL
ok "after a kill the runs end by themselves" gone
ok "after a kill they have saved what they had" \
    eval '[ "$(grep -l "\"status\": \"stopped\"" "$work"/stopped/says/p=0/seed-*/manifest.json | wc -l)" -eq 2 ]'

# what is said once is said once, though each run is a process of its own
sed 's/run:fit()/run:on("epoch", function(e) latest = e end) run:fit()/' "$work/says.lua" >"$work/global.lua"
for n in 1 2; do
    # shellcheck disable=SC2086
    mlprun "$work/global.lua" $tiny --seeds=2 --jobs=$n --out="$work/global"
    ok "--jobs=$n: a global that all runs make is said once" eval 'status_is 0 && [ "$(grep -c "'"'latest'"' is a new global" "$work/err")" = 1 ]'
done

finish
