# A sweep in parts: planned, trained here and there, gathered; the bits of one that was trained in one go.
. tests/e2e/lib.sh

mlprun tests/e2e/pictures.lua "$work/photos" 20
cat >"$work/says.lua" <<'L'
local ml = require "mlprun"
local nn = ml.nn
local activity = ml.experiment { name = "says", options = { p = { 0, 0.3 }, fail = false } }
local offset = ml.randn(1):item() -- drawn before any run: the same for all of them
for _, p in ipairs(activity.options.p) do
  activity:trial("p=" .. p, function(run)
    run.model = nn.Sequential { nn.Flatten(), nn.Dropout(p), nn.Linear(run.in_features, run.num_classes) }
    run.optimizer = ml.optim.Adam(run.model:parameters(), { lr = 0.01 })
    if activity.options.fail and run.seed == 43 then error("on purpose") end
    if os.getenv("SIGNAL") then os.execute("kill -USR1 " .. require("mlprun.core").sys.pid()) end
    run:fit()
    run:record("offset", offset)
  end)
end
activity:report()
L
says() { # says OUT [OPTION...]
    to=$1
    shift
    mlprun "$work/says.lua" "--data=$work/photos" --image_size=8 --epochs=3 --keep=all "--out=$work/$to" "$@"
}
weights() { # weights A B RUN... : the same bits in both
    a=$1 b=$2
    shift 2
    for run in "$@"; do cmp "$work/$a/says/$run/best.safetensors" "$work/$b/says/$run/best.safetensors" || return 1; done
}
all="p=0/seed-42 p=0/seed-43 p=0/seed-44 p=0.3/seed-42 p=0.3/seed-43 p=0.3/seed-44"
offsets() { # what the script drew, as results.csv has it
    awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "offset") c = i } NR > 1 { print $c }' "$work/$1/says/results.csv" | sort -u
}
table() { # what the report says, without times and places
    sed -n '/^trial /,/^results .*report/p' "$work/out" | sed -e 's/[0-9.]* s / T /g' -e '/^results/,$d'
}

says whole
table >"$work/whole.txt"

says parts --plan
ok "--plan writes a line for each run and trains none" \
    eval 'status_is 0 && out_has "plan.jsonl: 6 runs" && [ "$(wc -l <"$work/parts/says/plan.jsonl")" -eq 6 ] && [ "$(ls "$work/parts/says")" = plan.jsonl ]'
mlprun -e 'local json, n = require("mlprun.core").json, 0
  for line in io.lines(arg[1]) do
    local run = json.decode(line)
    n = n + 1
    assert(run.number == n and run.trial == (n < 4 and "p=0" or "p=0.3") and run.seed == 42 + (n - 1) % 3)
    assert(run.folder == ("%s/seed-%d"):format(run.trial, run.seed) and #run.hash == 64 and run.data.fingerprint)
    assert(run.build and run.cpu and run.blas)
  end' "$work/parts/says/plan.jsonl"
ok "with number, trial, seed, folder, hash, data, build and kind of CPU" eval 'status_is 0 && silent'

says parts --no-train
ok "gathering where nothing was trained says so, with status 1" \
    eval 'status_is 1 && out_has "6 of 6 runs have no result; --runs=1-6 --resume" && [ ! -e "$work/parts/says/report.html" ]'
says parts --runs=2,4-5
ok "--runs trains those and no others, without a report" \
    eval 'status_is 0 && out_has "3 of 6 runs (--runs=2,4-5): 3 finished" && [ "$(ls "$work"/parts/says/*/*/manifest.json | wc -l)" -eq 3 ] && [ ! -e "$work/parts/says/report.html" ]'
ok "which are the second, the fourth and the fifth" eval '[ -e "$work/parts/says/p=0/seed-43/manifest.json" ] && [ -e "$work/parts/says/p=0.3/seed-42/manifest.json" ]'
says parts --no-train
ok "--no-train names what is missing, with status 1" \
    eval 'status_is 1 && out_has "3 of 6 runs have no result; --runs=1,3,6 --resume in place of --no-train trains them" && out_has "run 3 (p=0, seed 44): it has not begun" && out_has "(2 of 3 runs missing)"'
for k in 1 2; do
    says parts --shard=$k/2 --resume --jobs=$k
    ok "shard $k of 2 trains the other runs of its half" eval 'status_is 0 && out_has "3 of 6 runs (--shard=$k/2)"'
done
says parts --no-train
ok "then all are there" eval 'status_is 0 && ! out_has "no result" && [ -s "$work/parts/says/report.html" ]'
table >"$work/parts.txt"
ok "with the table of one call" diff "$work/whole.txt" "$work/parts.txt"
# shellcheck disable=SC2086
ok "and its bits" weights whole parts $all
mlprun report "$work/parts/says"
ok "and the page is made again from them" eval 'status_is 0 && out_has "p=0.3"'

says alone --seed=43 --seeds=1 --split_seed=42
ok "a seed and its split alone train the second run to its bits" weights whole alone p=0/seed-43 p=0.3/seed-43
ok "with what the script drew before its runs" eval '[ -n "$(offsets alone)" ] && [ "$(offsets alone)" = "$(offsets whole)" ]'
says alone --resume
ok "they count among those of three seeds" eval '[ "$(grep -c "taken over" "$work/err")" -eq 2 ]'
says alone --resume --seed=43 --seeds=1
ok "runs of another split do not" err_has "p=0, seed 43: begins anew: --split_seed was another"

says fails --runs=1-3 --fail
ok "a run that fails is recorded and the next begins" \
    eval 'status_is 1 && out_has "3 of 6 runs (--runs=1-3): 2 finished, 1 failed" && grep -q "\"status\": \"failed\"" "$work/fails/says/p=0/seed-43/manifest.json"'
says fails --no-train --fail
ok "and gathered with its reason" eval 'status_is 1 && out_has "run 2 (p=0, seed 43): it ended with an error" && out_has "(1 of 3 runs failed)"'
ok "which the table's sentences have, too, and its time" \
    eval 'out_has "are compared with nothing: p=0, seed 43: $work/says.lua:9: on purpose" && ! awk "/^p=0 /" "$work/out" | grep -q " -$" && grep "^p=0,43,failed" "$work/fails/says/results.csv" | cut -d, -f8 | grep -q "[0-9]"'

if [ "$(uname -m)" = x86_64 ]; then
    says kernels --runs=1-3 --cpu=prescott
    says kernels --runs=4-6
    ok "--cpu fixes the kernels, and the manifest names them" \
        eval 'grep -q "\"blas\": \"Prescott\"" "$work/kernels/says/p=0/seed-42/manifest.json" && grep -q "\"level\": \"plain\"" "$work/kernels/says/p=0/seed-42/manifest.json"'
    OPENBLAS_CORETYPE=Prescott says named --runs=1
    ok "OPENBLAS_CORETYPE has the last word about those of BLAS" \
        grep -q '"blas": "Prescott"' "$work/named/says/p=0/seed-42/manifest.json"
    says kernels --no-train
    ok "gathering says which runs were computed by others" eval 'status_is 0 && out_has "3 runs by those of Prescott (plain)"'
    says kernels --resume
    ok "and so does taking them over" err_has "p=0, seed 42: taken over, validation"
    ok "with the kernels of both" err_has "the kernels were those of Prescott (plain) and are those of"
    says again --runs=1-3 --cpu=prescott --jobs=2
    ok "the same kernels give the same bits" weights kernels again p=0/seed-42 p=0/seed-43 p=0/seed-44
    says parts --cpu=abacus
    ok "a processor that nobody knows has status 2" eval 'status_is 2 && err_has "--cpu is '"'abacus'"', expected fastest, prescott"'
else
    skip "kernels of several processors" "this is no x86-64"
fi

export SIGNAL=1
for n in 0 1 2 3 4; do
    says stuck --runs=2-3 --resume --task=7_1 --restarts=$n
    ok "start $n of a task that is stopped before it gets on" eval 'status_is 75 && err_has "stopped by SIGUSR1"'
done
says stuck --runs=2 --resume --task=7_1 --restarts=5
ok "the fifth time without progress it is given up, with the reason" \
    eval 'status_is 1 && err_has "it was started again 5 times and is still at its beginning" && grep -q "it is given up" "$work/stuck/says/p=0/seed-43/manifest.json"'
unset SIGNAL
says stuck --runs=2 --resume --task=8_1
ok "another task tries again" eval '[ ! -e "$work/stuck/says/p=0/seed-43.old" ] && status_is 0 && weights whole stuck p=0/seed-43 && [ ! -e "$work/stuck/says/p=0/seed-43/restarts.json" ]'

says parts --runs=1 --epochs=4
ok "a run that is not as planned is not trained" eval 'status_is 1 && err_has "run 1 is of another script or of other options in $work/parts/says/plan.jsonl"'
says parts --no-train --epochs=4
ok "nor gathered" eval 'status_is 1 && out_has "run 1 (p=0, seed 42): --epochs was another"'
cp "$work/parts/says/plan.jsonl" "$work/plan.jsonl"
{ head -n 1 "$work/plan.jsonl"; echo '{'; } >"$work/parts/says/plan.jsonl"
says parts --runs=2
ok "a plan that is damaged is named" eval 'status_is 1 && err_has "line 2 of $work/parts/says/plan.jsonl is no run of a plan"'
mlprun runs "$work/parts"
ok "and does not keep runs from being listed" eval 'status_is 0 && err_has "line 2 of $work/parts/says/plan.jsonl is no run of a plan" && [ "$(grep -c " finished " "$work/out")" -eq 6 ]'
cp "$work/plan.jsonl" "$work/parts/says/plan.jsonl"
says parts --runs=7
ok "a number that no run has is an error" eval 'status_is 1 && err_has "--runs names run 7, but there are 6 runs"'
for wrong in --runs=0 --runs=3-1 --runs=a --runs=1, --shard=0/2 --shard=3/2 --shard=2; do
    says parts $wrong
    ok "$wrong has status 2" eval 'status_is 2 && err_has "expected"'
done
says parts --runs=1 --no-train
ok "and so has what contradicts itself" eval 'status_is 2 && err_has "but --no-train trains none"'
for with in --runs=1 --shard=1/2 --no-train; do
    says parts --plan $with
    ok "--plan with $with, too" eval 'status_is 2 && err_has "but --plan writes all runs down"'
done
says parts --runs=1 --restarts=2
ok "and restarts of no task" eval 'status_is 2 && err_has "but --task does not say what was started again"'

# Gathering many runs: twice as many take twice as long, and each leaves little in memory. Counted, not timed.
for trials in 25 50 100; do
    mlprun tests/bench/gather.lua "$work/sweep$trials" $trials 2
    mlprun tests/e2e/gather_counted.lua "$work/sweep$trials" $trials 2
    sed -n 's/^counted //p' "$work/err"
done >"$work/counted"
growth() { # growth WORD TEST: of the differences between the three
    awk "{ v[NR] = \$$1 } END { a = v[2] - v[1]; b = v[3] - v[2]; print \"# \" a, b; exit !(NR == 3 && a > 0 && $2) }" "$work/counted"
}
ok "gathering twice as many runs takes twice as long" growth 1 "b < 2.1 * a"
ok "and no more than 9,000 bytes a run" growth 2 "b < 9000 * 100"

finish
