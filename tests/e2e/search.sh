# activity:search: trials that are looked for, pruned, resumed and shared; then the best one and the baseline again.
. tests/e2e/lib.sh

mlprun tests/e2e/pictures.lua "$work/photos" 12
cat >"$work/net.lua" <<'L'
local ml = require "mlprun"
local nn, optim, search, core = ml.nn, ml.optim, ml.search, require "mlprun.core"
local activity = ml.experiment { name = "net", options = { epochs = 9, patience = 0, image_size = 8, seeds = 2, trials = 9,
  method = "tpe", prune = "asha", budget = "", tries = 1, wrong = 0, slow = 0.0 } }
local o = activity.options
local function train(run, values)
  local deaths = os.getenv("DEATHS") -- a file with a line for each
  if o.wrong > 0 and values.width == o.wrong and not deaths then error("a width that cannot be") end
  if o.wrong > 0 and values.width == o.wrong and #core.sys.read_file(deaths) < 10 then
    assert(io.open(deaths, "a")):write("x\n"):close()
    os.execute("kill -9 " .. core.sys.pid())
  end
  run.model = nn.Sequential {
    nn.Flatten(), nn.Linear(run.in_features, values.width), values.act == "relu" and nn.ReLU() or nn.Tanh(),
    nn.Linear(values.width, run.num_classes),
  }
  run.optimizer = optim.SGD(run.model:parameters(), { lr = values.lr, momentum = 0.9 })
  if o.slow > 0 then run:on("epoch", function() os.execute("sleep " .. o.slow) end) end
  run:fit()
end
local lr = os.getenv("LR")
if lr then activity:trial("alone", function(run) train(run, { lr = tonumber(lr), width = 4, act = "relu" }) end)
else
  activity:search {
    space = { lr = search.log_uniform(1e-3, 1), width = search.int(2, 16), act = search.choice { "relu", "tanh" } },
    trials = o.trials, method = o.method, prune = o.prune, budget = o.budget, seeds = o.tries,
    baseline = { lr = 0.01, width = 4, act = "relu" }, train = train,
  }
end
activity:report()
L

# run FOLDER OPTION...
run() {
    out=$1
    shift
    mlprun "$work/net.lua" --data="$work/photos" --out="$work/$out" "$@"
}

# What a search came to, without times.
facts() {
    for trial in "$work/$1"/net/search/[0-9]*; do
        cat "$trial/values.json"
        for seed in "$trial"/seed-[0-9][0-9]; do
            basename "$seed"
            grep -o '"status": "[a-z]*"' "$seed/manifest.json"
            sed -E 's/"seconds":[^,}]*//' "$seed/metrics.jsonl"
        done
    done
}
same() { [ "$(facts "$1")" = "$(facts "$2")" ]; }

# Every epoch of a run is there once, in order.
once() {
    for f in "$work/$1"/net/search/*/seed-[0-9][0-9]/metrics.jsonl; do
        [ "$(grep -o '"epoch":[0-9]*' "$f" | cut -d: -f2 | tr '\n' ' ')" = "$(seq -s ' ' 1 "$(wc -l <"$f")") " ] || return 1
    done
}

run whole
ok "a search ends with its best trial and the baseline trained again" eval 'status_is 0 && out_has "search    9 trials by tpe; one of 3 goes on after 1 and 3 epochs" && out_has "The best is trial" && out_has "trained again with 2 fresh seeds" && out_has "best of 9 against baseline"'
ok "what is called luck of the choice is called an estimate" eval 'tr -s " \n" " " <"$work/out" | grep -Eq "trained again with 2 fresh seeds it has [0-9.]+ % on the same pictures(\.|: [0-9.]+ points worse, a rough estimate of what was luck of the choice\.)"'
run rung --trials=2
ok "a best one that was left at a rung is told beside the fresh seeds after as many epochs" eval 'tr -s " \n" " " <"$work/out" | grep -Eq "Chosen as the best of 2 it had [0-9.]+ % after 1 epoch; trained again with 2 fresh seeds it has [0-9.]+ % on the same pictures after as many"'
# That mean is the one of the first lines of metrics.jsonl.
first=$(cat "$work"/rung/net/best*/seed-4[0-9]/metrics.jsonl | grep '"epoch":1,' | grep -o '"val_accuracy":[0-9.e-]*' | cut -d: -f2 | awk '{ s += $1 } END { printf "%.1f", 100 * s / NR }')
ok "which is the mean of their accuracies there" out_has "it has $first %"
ok "and says that the table's pictures chose the values" out_has "--test=0.2 keeps pictures apart"
ok "most trials wait after one epoch" eval '[ "$(grep -l "\"status\": \"paused\"" "$work"/whole/net/search/*/seed-42/manifest.json | wc -l)" -ge 5 ]'
ok "no epoch is trained twice" once whole
ok "search.csv has a line for each trial" eval '[ "$(wc -l <"$work/whole/net/search.csv")" -eq 10 ] && head -1 "$work/whole/net/search.csv" | grep -q "^number,state,val_accuracy,epochs,seconds,act,lr,width,path$"'

page=$work/whole/net/report.html
ok "the page shows the search: in words, as lines, its history, and each hyperparameter" eval 'grep -q ">The search<" "$page" && grep -q "<p>The best is trial" "$page" && grep -q "History of the best" "$page" && grep -q "the best fifth" "$page" && [ "$(ls "$work"/whole/net/search_value_[123].svg | wc -l)" -eq 3 ]'
cp "$page" "$work/page.html"
mlprun report "$work/whole"
ok "and the page that is made later is the same, without the trials as other calls" eval 'status_is 0 && cmp -s "$page" "$work/page.html" && out_has "The best is trial" && ! out_has "of other calls" && [ ! -e "$work/whole/net/search/report.html" ]'

run again
ok "one worker's search is a function of the seed" same whole again
run other --seed=43 --split_seed=42
ok "another seed is another search" eval '! same whole other'

# A promoted trial went on from its exact state: the same values in a run that nothing interrupted.
best=$(for t in "$work"/whole/net/search/[0-9]*; do [ "$(wc -l <"$t/seed-42/metrics.jsonl")" -eq 9 ] && echo "$t" && break; done)
cat >"$work/alone.lua" <<L
local text = io.open("$work/net.lua"):read("a")
local values = require("mlprun.core").json.decode(io.open("$best/values.json"):read("a")).values
text = text:gsub("{ lr = tonumber%(lr%), width = 4, act = \"relu\" }", function()
  return ("{ lr = %.17g, width = %d, act = %q }"):format(values.lr, values.width, values.act)
end)
io.open("$work/alone_net.lua", "w"):write(text)
L
mlprun "$work/alone.lua"
LR=1 "$MLPRUN" "$work/alone_net.lua" --data="$work/photos" --out="$work/alone" --seeds=1 >"$work/out" 2>&1
ok "a trial that was promoted has the epochs of a run that never waited" eval '[ -n "$best" ] && [ "$(sed -E "s/\"seconds\":[^,}]*//" "$best/seed-42/metrics.jsonl")" = "$(sed -E "s/\"seconds\":[^,}]*//" "$work/alone/net/alone/seed-42/metrics.jsonl")" ]'

run whole --resume
ok "a finished search is taken over" eval 'status_is 0 && [ "$(grep -c "goes on in epoch" "$work/err")" -eq 0 ] && same whole again'

# Killed at some moments, it goes on to the same search.
for k in 1 3 5 7; do
    rm -rf "$work/killed"
    "$MLPRUN" "$work/net.lua" --data="$work/photos" --out="$work/killed" >/dev/null 2>&1 &
    sleep "0.${k}5"
    kill -9 $! 2>/dev/null
    wait $! 2>/dev/null
    run killed --resume
    { [ "$status" -eq 0 ] && same whole killed; } || break
done
ok "a search that was killed goes on to the same trials and epochs" eval 'status_is 0 && same whole killed && once killed'

run jobs --jobs=2
ok "trials side by side: as many, no epoch twice" eval 'status_is 0 && once jobs && [ "$(ls "$work/jobs/net/search" | grep -c "^[0-9]")" -eq 9 ]'

# Two processes share one search.
"$MLPRUN" "$work/net.lua" --data="$work/photos" --out="$work/shared" --slow=0.05 >"$work/first" 2>&1 &
first=$!
n=0
while [ ! -s "$work/shared/net/search/0001/seed-42/metrics.jsonl" ] && [ $n -lt 200 ]; do
    sleep 0.05
    n=$((n + 1))
done
ok "who takes part says so between two runs, too" [ -s "$(echo "$work"/shared/net/search/processes/*-$first/claim.json)" ]
run shared --slow=0.05
ok "a second process does not begin a search anew" eval 'status_is 1 && err_has "is at work on a search in" && err_has "with --resume this process takes part in it"'
run shared --slow=0.05 --resume
wait $first
firsts=$?
ok "and nobody does afterwards" [ -z "$(ls "$work/shared/net/search/processes")" ]
ok "with --resume it takes part" eval '[ $firsts -le 1 ] && once shared && [ "$(ls "$work/shared/net/search" | grep -c "^[0-9]")" -eq 9 ] && grep -q "best of 9" "$work/first" "$work/out"'

# Five that begin at the same moment, in a folder with another search: one moves it aside, for all of them.
run crowd --epochs=1 --trials=1
fifth() { "$MLPRUN" "$work/net.lua" --data="$work/photos" --out="$work/crowd" --epochs=2 --trials=3 --seeds=1 --inspect=0 --resume; }
for k in 1 2 3 4 5; do fifth >"$work/crowd_$k.out" 2>"$work/crowd_$k.err" & done
wait
ok "processes that begin together begin one search" eval '! grep -h "mlprun: " "$work"/crowd_?.err && [ "$(cat "$work"/crowd_?.err | grep -c "asked for something else")" -eq 1 ] && [ "$(ls -d "$work"/crowd/net/search* | grep -c "old")" -eq 1 ] && once crowd'
# what one of them was about to write in a folder that another moved aside may stay there
ok "and leave no claim" [ -z "$(find "$work/crowd" -name claim.json -o -name "claim.json*" ! -path "*.old*")" ]

for method in random grid tpe; do
    for prune in hyperband median none; do
        run "$method-$prune" --method=$method --prune=$prune --epochs=4 --trials=8
        ok "$method with $prune" eval 'status_is 0 && once "$method-$prune" && out_has "Conclusion: "'
    done
done
run tries --tries=2 --epochs=3 --trials=4
ok "trials of two runs each" eval 'status_is 0 && [ "$(ls -d "$work"/tries/net/search/*/seed-43 | wc -l)" -eq 4 ] && out_has ", mean of its runs"'
ok "one rung is one epoch" eval 'grep -q "one of 3 goes on after 1 epoch$" "$work/out"'
run budget --budget=0.001s --prune=none
ok "after the time that it has no trial begins" eval 'status_is 0 && out_has "1 trial by tpe"'

width=$(grep -ho '"width":[0-9]*' "$work/again/net/search/0002/values.json" | cut -d: -f2)
run wrong --wrong="$width" --prune=none --trials=4 --epochs=2
ok "a trial that ends with an error does not end the search" eval 'status_is 1 && out_has "ended with an error" && out_has "a width that cannot be" && out_has "The best is trial"'

width=$(grep -ho '"width":[0-9]*' "$work/random-none/net/search/0003/values.json" | cut -d: -f2)
: >"$work/deaths"
dies() { DEATHS="$work/deaths" run dies --wrong="$width" --method=random --prune=none --trials=4 --epochs=2 --tries=2 --jobs=2 "$@"; }
once_each() { out_has "1 ended with an error" && out_has "trial 3: its process ended by signal 9 before the run did" && [ "$(wc -l <"$work/deaths")" -eq 2 ]; }
dies
ok "a trial whose process dies does not end the search; each of its runs is begun once" eval 'status_is 1 && once_each && out_has "The best is trial"'
dies --resume
ok "nor is it begun again with --resume" once_each
cat >"$work/grid.lua" <<'L'
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim
local activity = ml.experiment { name = "grid", options = { epochs = 4, patience = 0, image_size = 8, seeds = 1 } }
activity:search {
  space = { lr = ml.search.choice { 0.01, 1e37, 1e38, 0.1 } }, method = "grid", baseline = { lr = 0.01 },
  train = function(run, values)
    run.model = nn.Sequential { nn.Flatten(), nn.Linear(run.in_features, run.num_classes) }
    run.optimizer = optim.SGD(run.model:parameters(), { lr = values.lr })
    run.scheduler = optim.lr_scheduler.StepLR(run.optimizer, 3)
    run:fit()
  end,
}
activity:report()
L
# grid FOLDER OPTION...
grid() {
    out=$1
    shift
    mlprun "$work/grid.lua" --data="$work/photos" --out="$work/$out" --batch_size=8 "$@"
}
for jobs in 1 2; do
    grid "grid$jobs" --jobs=$jobs
    ok "what is decided is said for the first trial of a search, --jobs=$jobs" eval 'status_is 0 && err_has "search 1 (lr=0.01): StepLR is stepped after each epoch" && [ "$(grep -c "search .*: StepLR is stepped after" "$work/err")" -eq 1 ]'
done
ok "trials that diverged are none that were trained to the end" eval 'tr -s " \n" " " <"$work/out" | grep -q "4 trials by grid: 2 trained to the end and 2 diverged; 8 epochs of at most 16 were trained"'
ok "nor have they epochs that were not trained, in search.csv and in what the page is made of" eval '[ "$(cut -d, -f1,2,4 "$work/grid1/grid/search.csv" | tail -n +2 | tr "\n" " ")" = "1,finished,4 2,diverged,0 3,diverged,0 4,finished,4 " ] && grep -c "\"state\": \"diverged\"" "$work/grid1/grid/results.json" | grep -qx 2'
ok "where the best is the baseline both are said to set the same" eval 'tr -s " \n" " " <"$work/out" | grep -q "baseline and best of 4 are the same to the last bit in every run: they set the same values, and best of 4 is left out"'
echo "{" >"$work/grid2/grid/results.json"
mlprun report "$work/grid2"
ok "also where that is read from the runs again" eval 'tr -s " \n" " " <"$work/out" | grep -q "they set the same values"'

run asked --method=tpee
ok "an unknown method" eval "status_is 1 && err_has \"activity:search: there is no method 'tpee': did you mean 'tpe'?\""
run asked --prune=median2
ok "an unknown rule" eval "status_is 1 && err_has \"did you mean 'median'?\""
run asked --trials=0
ok "no trials" err_has "activity:search: trials is 0, expected a whole number of at least 1"
run asked --plan
ok "a plan of a search" eval 'status_is 1 && err_has "processes share a search with --resume"'

run asked --folds=3
ok "folds" eval 'status_is 1 && err_has "leave --folds out"'

finish
