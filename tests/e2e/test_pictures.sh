# --test: pictures that choose nothing and judge at the end: split, said, kept, taken over, and never learnt from.
. tests/e2e/lib.sh

mlprun tests/e2e/pictures.lua "$work/photos" 20
ok "the test's pictures are made" status_is 0
tiny="--image_size=8 --epochs=2 --seeds=2 --batch_size=16"

cat >"$work/net.lua" <<'L2'
-- Do the test pictures judge?
local ml = require "mlprun"
local io_ = require("mlprun.core").io
local activity = ml.experiment { name = "net", options = { take = "" } }
local take = activity.options.take
for _, name in ipairs { "one", "two" } do
  activity:trial(name, function(run)
    if take == "all" then run.train = activity.data.all end
    if take == "two" then run.train, run.val = run.train:select_classes(2), run.val:select_classes(2) end
    run.model = ml.nn.Sequential { ml.nn.Flatten(), ml.nn.Linear(run.in_features, run.num_classes) }
    run.optimizer = ml.optim.SGD(run.model:parameters(), { lr = name == "one" and 0.1 or 0.01 })
    run:fit()
    local list = run.answers.samples:tolist()
    table.sort(list)
    print(("%s %d judged by: %s"):format(name, run.seed, table.concat(list, " ")))
    local saved = io_.npz_load(run.folder .. "/predictions.npz")
    local right = saved.test_labels and saved.test_labels:eq(saved.test_predictions):float():mean():item()
    if right then print(math.abs(right - run.answers.accuracy) < 1e-6, #saved.labels, #saved.test_labels) end
  end)
end
activity:report()
L2
# shellcheck disable=SC2086
try() { mlprun "$work/net.lua" $tiny --data="$work/photos" --out="$work/runs" "$@"; }

try --test=0.2
ok "--test=0.2 is said at the beginning" eval 'status_is 0 && out_has "36 for training, 12 for validation, 12 for the test, the same ones in every run"'
ok "the table and the comparison are about the test pictures" \
    eval 'grep -qE "^trial +test +interval +validation +training" "$work/out" && out_has "on the same 12 test pictures and 2" && out_has "has the highest mean test accuracy"'
ok "how far the choice flatters is said" eval 'tr -s "\n " " " <"$work/out" | grep -q "points \(better\|worse\) on the 12 validation pictures, which chose them, than on the 12 test pictures (mean of 4 runs,"'
ok "the notes say what the columns are" eval 'tr -s "\n " " " <"$work/out" | grep -q "kept weights on 12 test pictures, which chose nothing: they are looked at when a run has ended"'
ok "predictions.npz has both, and the accuracy is that of the test" eval '[ "$(grep -c "^true	12	12$" "$work/out")" -eq 4 ]'
ok "results.csv has the test accuracy" eval 'head -n 1 "$work/runs/net/results.csv" | grep -q ",test_accuracy,test_loss"'
ok "every seed is judged by the same pictures" eval '[ "$(sed -n "s/.* judged by: //p" "$work/out" | sort -u | wc -l)" -eq 1 ]'
ok "each run tells both" eval '[ "$(grep -c "validation .*, test .* %, " "$work/err")" -eq 4 ]'
ok "the page has the table and the runs' test accuracies" eval '[ "$(grep -c "<th>test</th>" "$work/runs/net/report.html")" -ge 2 ]'
table() { sed -n '/^trial  *test/,/^two/p' "$1"; }
table "$work/out" >"$work/table"
sed -n '/^How far choosing/,/^Conclusion/p' "$work/out" >"$work/flattery"
mlprun report "$work/runs"
ok "mlprun report says the same" eval 'table "$work/out" | cmp - "$work/table" && sed -n "/^How far choosing/,/^Conclusion/p" "$work/out" | cmp - "$work/flattery"'
rm "$work/runs/net/results.json"
mlprun report "$work/runs"
ok "mlprun report finds the same in the runs alone" eval 'table "$work/out" | cmp - "$work/table"'
try --test=0.2 --resume
ok "--resume takes runs over with their test" eval 'err_has "one, seed 42: taken over" && table "$work/out" | cmp - "$work/table"'
try --resume --seeds=1
ok "--resume begins anew where there is no test" err_has "begins anew"
ok "without a test, validation judges, and nothing is said of flattery" eval 'out_has "48 for training, 12 for validation, the same" && ! out_has "flatters"'
ok "the validation pictures are then those of --test=no" eval 'sed -n "s/one 42 judged by: //p" "$work/out" >"$work/before"; try --test=no --seeds=1; sed -n "s/one 42 judged by: //p" "$work/out" | cmp - "$work/before"'

try --test=0.2 --monitor=train_loss --seeds=1
ok "where training pictures chose the epoch, validation flatters nobody" eval 'out_has "the same on the validation pictures, which did not choose the epoch." && ! out_has "flatters"'
rm "$work/runs/net/results.json"
mlprun report "$work/runs"
ok "so it is for mlprun report" eval 'status_is 0 && ! out_has "flatters"'

try --test=0.2 --group='(%d%d)%.png$'
ok "groups stay whole" eval 'tr -s "\n " " " <"$work/out" | grep -qF "split by group: 20 groups (--group=(%d%d)%.png$), 12 for training, 4 for validation, 4 for the test"'
try --test=7
ok "--test can be how many" eval 'status_is 0 && out_has " for the test"'
try --test=0.2 --take=all
ok "what is learnt from cannot judge" err_has "12 pictures of run.test are in run.train too, so it would be no test"
try --test=0.2 --take=two
ok "nor can other classes" err_has "run.test has 3 classes and run.train 2 classes: set run.test too"
for bad in none 0 1.5 -1 x; do
    try --test=$bad
    ok "--test=$bad is refused" eval 'status_is 2 && err_has "--test is $bad, expected a share between 0 and 1"'
done

# A test part of the folder.
mkdir -p "$work/parts/train" "$work/parts/test"
for class in apple banana plum; do
    mkdir "$work/parts/train/$class" "$work/parts/test/$class"
    for i in 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15; do cp "$work/photos/$class/$i.png" "$work/parts/train/$class/"; done
    for i in 16 17 18 19 20; do cp "$work/photos/$class/$i.png" "$work/parts/test/$class/"; done
done
try --data="$work/parts" --seeds=1
ok "a test part judges unasked" eval 'out_has "36 for training, 9 for validation, 15 for the test" && grep -qE "^trial +test " "$work/out"'
try --data="$work/parts" --seeds=1 --test=no
ok "--test=no leaves it alone" eval 'out_has "36 for training, 9 for validation, the same" && grep -qE "^trial +validation " "$work/out"'
try --data="$work/parts" --test=0.2
ok "a share beside a test part is refused" err_has "has a test part, of 15 pictures: leave --test out to use it, or pass --test=no"

finish
