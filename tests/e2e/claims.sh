# The same command twice at the same time: the second one leaves the first one's runs alone, and says so.
. tests/e2e/lib.sh

mlprun tests/e2e/pictures.lua "$work/photos" 12
cat >"$work/slow.lua" <<'L'
local ml = require "mlprun"
local activity = ml.experiment { name = "slow" }
activity:trial("a", function(run)
  run.model = ml.nn.Sequential { ml.nn.Flatten(), ml.nn.Linear(run.in_features, run.num_classes) }
  run.optimizer = ml.optim.SGD(run.model:parameters(), { lr = 0.01 })
  if os.getenv("SLOW") then run:on("epoch", function() os.execute("sleep 0.3") end) end
  run:fit()
end)
activity:report()
L
options="--data=$work/photos --image_size=8 --epochs=6 --patience=0 --seeds=1"
run=$work/runs/slow/a/seed-42
# shellcheck disable=SC2086
mlprun "$work/slow.lua" $options --out="$work/alone"
cut -d, -f1-7 "$work/alone/slow/results.csv" >"$work/alone.csv"
# shellcheck disable=SC2086
SLOW=1 "$MLPRUN" "$work/slow.lua" $options --out="$work/runs" >/dev/null 2>&1 &
first=$!
n=0
while [ ! -s "$run/metrics.jsonl" ] && [ $n -lt 200 ]; do
    sleep 0.05
    n=$((n + 1))
done
sed 's/activity:report()//' "$work/slow.lua" >"$work/unreported.lua"
# shellcheck disable=SC2086
mlprun "$work/unreported.lua" $options --out="$work/runs"
ok "a script without a report has status 1 too" eval 'status_is 1 && err_has "is at work on it: it is left alone"'
for resume in "" --resume; do
    # shellcheck disable=SC2086
    mlprun "$work/slow.lua" $options --out="$work/runs" $resume
    ok "it leaves the results to the first one, and says so" eval '[ ! -e "$work/runs/slow/results.csv" ] && [ ! -e "$work/runs/slow/report.html" ] && tr "\n" " " <"$work/out" | tr -s " " | grep -q "other processes are at work on 1 run, so report.html, results.md and results.csv are left as they are"'
    ok "the second one $resume leaves it alone, with status 1" eval 'status_is 1 && err_has "a, seed 42: process $first on" && err_has "is at work on it: it is left alone"'
done
wait $first
ok "the first one comes to its end" [ $? -eq 0 ]
ok "to the same weights" cmp "$run/best.safetensors" "$work/alone/slow/a/seed-42/best.safetensors"
ok "and releases its claim" [ ! -e "$run/claim.json" ]
ok "and writes the results" eval '[ -s "$work/runs/slow/results.csv" ] && cut -d, -f1-7 "$work/runs/slow/results.csv" | diff - "$work/alone.csv"'
# shellcheck disable=SC2086
mlprun "$work/slow.lua" $options --out="$work/runs" --resume
ok "then it can be taken over" eval 'status_is 0 && err_has "taken over"'

# two runs: the second process trains the other one meanwhile, finds the first one's ended at its own end, and takes it over
sed 's/activity:report()//' "$work/slow.lua" >"$work/two.lua"
cat >>"$work/two.lua" <<'L'
activity:trial("b", function(run)
  run.model = ml.nn.Sequential { ml.nn.Flatten(), ml.nn.Linear(run.in_features, run.num_classes) }
  run.optimizer = ml.optim.SGD(run.model:parameters(), { lr = 0.01 })
  run:on("end", function()
    local wait = os.getenv("WAIT_FOR")
    while wait and io.open(wait) do os.execute("sleep 0.05") end
  end)
  run:fit()
end)
activity:report()
L
# shellcheck disable=SC2086
SLOW=1 "$MLPRUN" "$work/two.lua" $options --out="$work/both" >/dev/null 2>&1 &
first=$!
n=0
while [ ! -s "$work/both/slow/a/seed-42/metrics.jsonl" ] && [ $n -lt 200 ]; do
    sleep 0.05
    n=$((n + 1))
done
# shellcheck disable=SC2086
WAIT_FOR="$work/both/slow/a/seed-42/claim.json" "$MLPRUN" "$work/two.lua" $options --out="$work/both" >"$work/out" 2>"$work/err"
status=$?
ok "a run that ended meanwhile is taken over, with status 0" eval 'status_is 0 && err_has "a, seed 42: process $first on" && err_has "a, seed 42: has come to its end meanwhile and is taken over"'
ok "then the table is whole" eval '[ "$(grep -c "finished" "$work/both/slow/results.csv")" -eq 2 ]'
wait $first

# a run that is taken over while it trains is its new owner's, and no failure
sed 's/activity:report()//' "$work/slow.lua" >"$work/lost.lua"
cat >>"$work/lost.lua" <<'L'
activity:trial("b", function(run)
  run.model = ml.nn.Sequential { ml.nn.Flatten(), ml.nn.Linear(run.in_features, run.num_classes) }
  run.optimizer = ml.optim.SGD(run.model:parameters(), { lr = 0.01 })
  run:on(os.getenv("LOST_AT"), function()
    local file = assert(io.open(run.folder .. "/claim.json", "w"))
    file:write('{"host":"far","process":7,"began":"1"}'):close()
  end)
  run:fit()
end)
activity:report()
L
for at in epoch end; do
    for jobs in 1 2; do
        # shellcheck disable=SC2086
        LOST_AT=$at mlprun "$work/lost.lua" $options --out="$work/lost-$at-$jobs" --jobs=$jobs
        ok "a run that is taken over at its $at is left to its owner (--jobs=$jobs)" \
            eval 'status_is 1 && err_has "b, seed 42: $work/lost-$at-$jobs/slow/b/seed-42/claim.json: process 7 on far took this run over: it is left to it" && ! err_has "error" && ! out_has "error" && out_has "other processes are at work on 1 run" && grep -q "\"running\"" "$work/lost-$at-$jobs/slow/b/seed-42/manifest.json"'
    done
done

finish
