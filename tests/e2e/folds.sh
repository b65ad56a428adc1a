# --folds: every picture is for validation once in each deal; compared, said, kept, and with a test.
. tests/e2e/lib.sh

mlprun tests/e2e/pictures.lua "$work/photos" 20
ok "the test's pictures are made" status_is 0
tiny="--image_size=8 --epochs=2 --seeds=2 --batch_size=16"

cat >"$work/net.lua" <<'L2'
-- Which fold is whose?
local ml = require "mlprun"
local activity = ml.experiment { name = "net", options = { own = false, out_of = 0, stop_at = 0 } }
for _, name in ipairs { "one", "two" } do
  activity:trial(name, function(run)
    local o = run.options
    if o.own then -- a split of the script's own, another one for each seed
      run.train, run.val = activity.data.all:split { val = 0.2, seed = run.seed }
    end
    run.model = ml.nn.Sequential { ml.nn.Flatten(), ml.nn.Linear(run.in_features, run.num_classes) }
    run.optimizer = ml.optim.SGD(run.model:parameters(), { lr = name == "one" and 0.1 or 0.01 })
    if o.stop_at == run.seed and name == "two" then error("on purpose") end
    run:fit()
    local list, learnt = run.val:samples():tolist(), {}
    table.sort(list)
    for _, sample in ipairs(run.train:samples():tolist()) do learnt[sample] = true end
    for _, sample in ipairs(list) do assert(not learnt[sample], "a picture on both sides") end
    print(("%s %d: %d and %s"):format(name, run.seed, #run.train, table.concat(list, " ")))
  end)
end
activity:report()
L2
# shellcheck disable=SC2086
try() { mlprun "$work/net.lua" $tiny --data="$work/photos" --out="$work/runs" "$@"; }
# The pictures of the lines that match, each on a line of its own.
pictures() { sed -n "s/^$1: [0-9]* and //p" "$work/out" | tr ' ' '\n'; }

try --folds=3
ok "the deal is said" eval 'status_is 0 && out_has "60 in 3 folds, each for validation once in each of 2 deals" && out_has "6 runs of each trial"'
ok "each deal has every picture once" eval '[ "$(pictures "one 4[234]" | sort -n | uniq -c | grep -c "^ *1 ")" -eq 60 ] && [ "$(pictures "one 4[567]" | sort -un | wc -l)" -eq 60 ]'
ok "deals differ" eval '[ "$(pictures "one 42")" != "$(pictures "one 45")" ]'
ok "trials have the same folds" eval '[ "$(pictures "one 4.")" = "$(pictures "two 4.")" ]'
ok "what was compared is said" out_has "trials compared in pairs, on the same 60 pictures in 3 folds, dealt out 2 times"
ok "the notes are about folds" eval 'out_has "on the fold that it did not learn from" && out_has "Each of the 60 pictures has one answer in every deal." && ! out_has "the same 20"'
ok "results.csv tells the folds" eval 'head -n 1 "$work/runs/net/results.csv" | grep -q ",fold,deal" && [ "$(grep -c "^one," "$work/runs/net/results.csv")" -eq 6 ]'
ok "so does the manifest" eval 'grep -q "\"deal\": 2" "$work/runs/net/one/seed-46/manifest.json" && grep -q "\"fold\": 2" "$work/runs/net/one/seed-46/manifest.json"'
table() { sed -n '/^trial  *\(test\|valid\)/,/^Conclusion/p' "$work/out"; }
table >"$work/table"
cp "$work/out" "$work/before"
mlprun report "$work/runs"
ok "mlprun report says the same" eval 'table | cmp - "$work/table" && out_has "Data: $work/photos, 60 pictures in 3 classes; 60 in 3 folds"'
rm "$work/runs/net/results.json"
mlprun report "$work/runs"
ok "and finds it in the runs alone" eval 'table | grep -v "^Conclusion" >"$work/again"; grep -v "^Conclusion" "$work/table" | cmp - "$work/again"'
try --folds=3 --resume
ok "--resume takes all of them over" eval '[ "$(grep -c "taken over" "$work/err")" -eq 12 ] && table | cmp - "$work/table"'
try --folds=3 --jobs=2
ok "--jobs changes nothing" \
    eval '[ "$(grep -E "^(one|two) 4" "$work/out")" = "$(grep -E "^(one|two) 4" "$work/before")" ] && table | sed "s/ *[0-9.]* s$//" >"$work/jobs"; sed "s/ *[0-9.]* s$//" "$work/table" | cmp - "$work/jobs"'
try --folds=3 --seeds=3 --resume
ok "a third deal is added to two" eval '[ "$(grep -c "taken over" "$work/err")" -eq 12 ] && out_has "dealt out 3 times"'
try --folds=3 --seeds=1
ok "one deal has several runs" eval 'out_has "on the same 60 pictures in 3 folds):" && ! out_has "There is one seed only"'
try --folds=5 --resume
ok "--resume begins anew for other folds" err_has "begins anew"
try --folds=3 --seeds=1 --split_seed=42
try --folds=3 --seeds=1 --split_seed=42 --seed=43 --no-train
ok "--no-train takes no run of another fold" \
    eval 'status_is 1 && out_has "6 of 6 runs have no result" && out_has "run 1 (one, seed 43): the pictures were others" && out_has "run 2 (one, seed 44): the pictures were others"'

try --folds=3 --test=0.2
ok "a test is left out of the deal" eval 'out_has "48 in 3 folds, 12 for the test, each for validation once" && out_has "on the same 12 test pictures and 6 runs each"'
ok "how far the choice flatters is said of all pictures" out_has "on the 48 validation pictures, which chose them, than on the 12 test pictures (mean of 12 runs,"
try --folds=4 --group='(%d%d)%.png$' --test=0.2
numbers() { sed -n "s/^one 42: [0-9]* and //p" "$work/out" | tr ' ' '\n' | while read -r n; do echo $(((n - 1) % 20)); done | sort -u | wc -l; }
ok "groups stay whole" eval 'status_is 0 && [ "$(pictures "one 42" | wc -l)" -eq 12 ] && [ "$(numbers)" -eq 4 ]'

try --folds=3 --stop_at=43
ok "a deal without one of its folds is not compared" eval 'out_has "on the same 60 pictures in 3 folds" && ! out_has "dealt out 2 times" && out_has "(1 of 6 runs failed)" && out_has "two, deal 1: seeds 42 and 44"'
try --own --seeds=3
ok "a script's own split for each seed is said to be that" \
    eval 'out_has "on the same 3 seeds, each with other validation pictures" && ! out_has "the same 12 validation pictures"'
for bad in 1 -2 x; do
    try --folds=$bad
    ok "--folds=$bad is refused" eval 'status_is 2 && err_has "--folds is $bad, expected" || err_has "--folds is '"'$bad'"', expected"'
done
try --folds=21
ok "more folds than the largest class has pictures are refused at once" \
    eval 'status_is 1 && err_has "--folds is 21, but the largest class has 20 pictures" && ! out_has "training"'

finish
