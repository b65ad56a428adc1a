# What remains of runs: report.html and charts at the end of an experiment, `mlprun report` and `mlprun runs` afterwards.
. tests/e2e/lib.sh
words_of() { sed "s/<[^>]*>//g" "$1" >"$work/words"; } # a page without its marks

mlprun tests/e2e/pictures.lua "$work/photos" 20
mv "$work/photos/plum" "$work/photos/<b>plum & \"co\""
tiny="--data=$work/photos --image_size=8 --epochs=3 --seeds=2 --patiences=1"

# shellcheck disable=SC2086
mlprun experiments/dropout.lua $tiny --p=0,0.5 --out="$work/runs"
ok "an experiment ends with status 0" status_is 0
ok "it says where the report is" out_has "report.html"
page=$work/runs/dropout/report.html
for file in report.html results.json val_accuracy.png val_loss.svg train_loss.png confusion.png confusion.svg data.png \
    differences.png calibration.svg losses_1.png losses_2.svg; do
    ok "it leaves $file" [ -s "$work/runs/dropout/$file" ]
done
ok "the page has the question, the table and the conclusion" \
    eval 'grep -q "How much dropout does" "$page" && grep -q "<td>dropout=0.5</td>" "$page" && grep -q "class=\"conclusion\">dropout=0" "$page"'
# In this order, with a chart each: differences, data, accuracy, the losses of each trial, confusion, calibration.
ok "the page has its parts in their order" eval '[ "$(grep -o "<h2>[A-Za-z ]*" "$page" | grep -v Cautions | tr "\n" " ")" = "<h2>Which differences are real <h2>Results <h2>The data <h2>How training went <h2>Which classes are confused <h2>Each class <h2>The surest mistakes <h2>Is it as sure as it is right <h2>How it was measured <h2>All runs <h2>How to do it again " ]'
charts=$(grep -c "<svg" "$page")
ok "every chart says what it shows" eval '[ "$charts" -ge 7 ] && [ "$(grep -c "^<title>.\{12,\}</title>" "$page")" -eq $((charts + 1)) ]' # the page has one too
ok "no picture is there twice" eval '[ -z "$(grep -o "data:image/png;base64,[^\"]*" "$page" | sort | uniq -d)" ]'
ok "every run is linked" eval '[ -d "$work/runs/dropout/$(grep -o "href=\"./[^\"]*" "$page" | head -n 1 | sed "s/.*\.\///; s/%3D/=/")" ]'
ok "names of classes stay text" eval 'grep -q "&lt;b&gt;plum &amp; " "$page" && ! grep -q "<b>plum" "$page"'
ok "the page needs nothing else" eval '! grep -qE "<script|src=\"http|href=\"http|@import|url\(" "$page"'

cp "$page" "$work/before.html"
mlprun report "$work/runs"
ok "mlprun report has status 0" eval 'status_is 0 && silent'
ok "mlprun report shows the same table" eval 'grep -E "^dropout=0 " "$work/out" | grep -q "%"'
ok "mlprun report writes the page again" eval 'out_has "report    $page" && cmp "$page" "$work/before.html"'
mlprun report "$work/runs/dropout/dropout=0/seed-42"
ok "a run's folder means its experiment" eval 'status_is 0 && out_has "report    $page" && cmp "$page" "$work/before.html"'
ok "the page has the script's own conclusion and how sure it is" \
    eval 'grep -q "class=\"conclusion\">.*; patience 1 " "$page" && grep -q "<th>patience 1: lost</th>" "$page" && grep -q "? Unclear" "$page"'
# shellcheck disable=SC2086
mlprun experiments/dropout.lua $tiny --p=0.5 --seeds=1 --lr=0 --channels=1 --out="$work/grey"
ok "mistakes are shown with their pictures and files, in grey too" \
    eval 'grep -q "<figure><div class=\"row\"><img alt=\"[^\"]*, taken for [^\"]*\" width=\"[0-9]*\" height=\"[0-9]*\" src=\"data:image/png;base64," "$work/grey/dropout/report.html" && grep -q "<br>[a-z]*/[^<]*\.png" "$work/grey/dropout/report.html"'
small="--data=$work/photos --image_size=8 --epochs=3 --seeds=2"
# shellcheck disable=SC2086
mlprun experiments/errors.lua $small --lr=0.0001 --augment --histograms --out="$work/errors"
ok "what the surest mistakes follow from stands beside them" \
    eval 'wrong=$(grep -c "<br>taken for <b>" "$work/errors/errors/report.html") && [ "$wrong" -gt 0 ] && [ "$(grep -c "<img alt=\"saliency\"" "$work/errors/errors/report.html")" -eq "$wrong" ]'
ok "the verdict is followed by what is confused most" \
    eval 'grep -q "class=\"conclusion\">The best run" "$work/errors/errors/report.html" && grep -q "class=\"also\">Most often confused (mlp, 2 seeds together): " "$work/errors/errors/report.html"'
ok "augmentation is shown, eight draws of each transform" \
    eval '[ "$(grep -o "<figcaption>ShiftScaleRotate.*" "$work/errors/errors/report.html" | grep -o "<img" | wc -l)" -eq 8 ]'
seed=$(sed -n "s/.*The best run (seed \([0-9]*\)).*/\1/p" "$work/errors/errors/report.html")
ok "a number and its unit stay on one line" eval 'grep -q "<p>.*[0-9]&#160;%" "$page" && grep -q "<td[^>]*>[0-9.]*&#160;%</td>" "$page" && ! grep "^<p" "$page" | grep -q "[0-9] %"'
ok "the script and the page speak of the same run" grep -q "The surest mistakes: mlp, seed $seed<" "$work/errors/errors/report.html"
ok "and of the same confusions" eval 'often=$(sed -n "s/.*; most often \(.*\) taken for \(.*\) (\([0-9]* time\).*/\1 was taken for \2 \3/p" "$work/errors/errors/report.html" | head -n 1) && [ -n "$often" ] && grep -q "<li>$often" "$work/errors/errors/report.html"'
# shellcheck disable=SC2086
mlprun experiments/errors.lua $small --augment --no-pictures --inspect=5 --out="$work/private"
ok "no picture leaves its folder with --no-pictures" eval '! grep -q "data:image" "$work/private/errors/report.html" && [ ! -e "$work/private/errors/mistakes.png" ] && ! grep -aq "val/predictions" "$work"/private/errors/mlp/seed-42/events*'
ok "nor a map of one" eval '! grep -q "follows from" "$work/private/errors/report.html"'
ok "which the page says, and that the data were not looked over" eval 'words_of "$work/private/errors/report.html" && grep -q "Pictures are left out (--no-pictures)" "$work/words" && grep -q "(--inspect=5, and there are" "$work/words"'
# shellcheck disable=SC2086
mlprun experiments/dropout.lua $tiny --epochs=1 --p=0,0.2,0.5 --out="$work/values"
ok "options are not broken between two lines" eval 'grep -q "<span class=\"option\">--epochs</span>" "$page"'
ok "on a narrow screen a long table says what each number is" grep -q "<table class=\"many\">" "$page"
ok "where trials are numbers there is a chart of them" eval 'grep -q "<h2>Which value</h2>" "$work/values/dropout/report.html" && [ -s "$work/values/dropout/values.svg" ]'
mlprun tests/e2e/contrast.lua "$page" "$work/errors/errors/report.html" "$work/values/dropout/report.html"
ok "contrast is at least 4.5 for text and 3 for marks, in light and in dark" eval 'status_is 0 && grep -q "^measured: [1-9][0-9]* texts, [1-9][0-9]* marks" "$work/out"'
# A convolutional net whose weights were not kept, and one whose weights were.
for keep in none best; do
    # shellcheck disable=SC2086
    mlprun experiments/mlp_vs_cnn.lua $small --epochs=1 --lr=0.0001 --keep=$keep --out="$work/$keep"
    cp "$work/$keep/mlp_vs_cnn/report.html" "$work/before.html"
    (cd "$work" && "$MLPRUN" report "$keep") >"$work/out" 2>"$work/err"
    ok "--keep=$keep: the page that is made from elsewhere is the same" cmp "$work/before.html" "$work/$keep/mlp_vs_cnn/report.html"
done
ok "without weights the page says why there are no maps" \
    grep -q "No maps of what the answers follow from: the weights of this run were not kept" "$work/none/mlp_vs_cnn/report.html"
mlprun report "$work/nowhere"
ok "a missing folder is one sentence" eval 'status_is 1 && err_has "there is no folder"'
mlprun report "$work/photos"
ok "a folder without runs is one sentence" eval 'status_is 1 && err_has "there are no runs in"'
# What does not belong together is not compared.
cp -r "$work/runs" "$work/other"
# shellcheck disable=SC2086
mlprun experiments/dropout.lua $tiny --p=0,0.2 --out="$work/other"
mlprun report "$work/other"
ok "trials of an earlier call are listed with the option that differs" \
    eval 'status_is 0 && out_has "dropout=0.5, seeds 42 and 43: --p was 0,0.5, not 0,0.2" && ! grep -q "^dropout=0.5 " "$work/out"'
# shellcheck disable=SC2086
mlprun experiments/dropout.lua $tiny --p=0,0.5 --image_size=4 --out="$work/small"
mkdir "$work/both" && cp -r "$work/runs/dropout" "$work/both/large" && cp -r "$work/small/dropout" "$work/both/small"
mlprun report "$work/both"
ok "two folders are two reports" eval 'status_is 0 && [ "$(grep -c "^report  " "$work/out")" -eq 2 ] && out_has "both/large/report.html"'
rm -r "$work/both" && mkdir "$work/both" && cp -r "$work/runs/dropout" "$work/both/one"
rm -r "$work/both/one/dropout=0" && cp -r "$work/small/dropout/dropout=0" "$work/both/one/"
mlprun report "$work/both"
ok "other options are named, and nothing is pooled" \
    eval 'status_is 0 && out_has "dropout=0, seeds 42 and 43: --image_size was 4, not 8" && out_has "dropout=0.5 reaches"'
ok "the script's conclusion is left out where it is not about these runs" grep -q "own conclusion is not part of it" "$work/both/one/report.html"

# The table's order is that of the script, though every run has started in the same second.
# shellcheck disable=SC2086
mlprun experiments/dropout.lua $tiny --p=0.5,0 --out="$work/turned"
sed 's/"started": "[^"]*"/"started": "2026-01-01T00:00:00Z"/' -i "$work"/turned/*/*/*/manifest.json
rm "$work/turned/dropout/results.json"
mlprun report "$work/turned"
ok "the baseline is the script's first trial" out_has "dropout=0 against dropout=0.5"

# A run whose folder was removed is trained again, and it alone.
cp -r "$work/runs" "$work/deleted"
rm -r "$work/deleted/dropout/dropout=0.5/seed-43"
mlprun report "$work/deleted"
ok "a report goes without a run that was removed" eval 'status_is 0 && grep -qE "^dropout=0.5 " "$work/out" && ! grep -q "dropout=0.5, seed 43" "$work/deleted/dropout/report.html"'
# shellcheck disable=SC2086
mlprun experiments/dropout.lua $tiny --p=0,0.5 --out="$work/deleted" --resume
ok "with --resume that run alone is trained again" \
    eval 'status_is 0 && [ "$(grep -c "taken over" "$work/err")" -eq 3 ] && cmp "$work/runs/dropout/dropout=0.5/seed-43/predictions.npz" "$work/deleted/dropout/dropout=0.5/seed-43/predictions.npz"'

cp -r "$work/runs" "$work/damaged"
answers="$work/damaged/dropout/dropout=0.5/seed-43/predictions.npz"
head -c 100 "$answers" >"$work/half" && mv "$work/half" "$answers"
mlprun report "$work/damaged"
ok "answers that cannot be read leave their run without a result, and say why" \
    eval 'status_is 0 && err_has "is missing or damaged (was it cut short?): this run counts as one without a result"'

# A run that was killed: it has its curve, and no result.
cp -r "$work/runs" "$work/killed"
killed="$work/killed/dropout/dropout=0.5/seed-43"
rm "$killed/predictions.npz"
cat >"$work/kill.lua" <<'L'
local core = require "mlprun.core"
local path = arg[1] .. "/manifest.json"
local manifest = core.json.decode(core.sys.read_file(path))
manifest.result, manifest.status, manifest.ended = nil, "running", nil
core.sys.write_file(path, core.json.encode(manifest))
L
mlprun "$work/kill.lua" "$killed"
printf '{"epoch": 3, "train_l' >>"$killed/metrics.jsonl"
mlprun report "$work/killed"
ok "a killed run shows what it reached" \
    eval 'status_is 0 && grep -q "dropout=0.5, seed 43: 3 epochs, best validation accuracy .* at epoch" "$work/out" && grep -q "dropout=0.5  (1 of 2 runs without an end)" "$work/out"'
ok "and so does the page" grep -q "seed 43</a></td><td[^>]*>&#10007; running</td><td[^>]*>up to " "$work/killed/dropout/report.html"

mlprun report --hlp
ok "mlprun report refuses what it does not know" eval 'status_is 2 && err_has "--help"'

mlprun runs "$work/runs"
ok "mlprun runs lists four runs" eval 'status_is 0 && [ "$(wc -l <"$work/out")" -eq 6 ]'
ok "with the weights of each trial's best seed" eval '[ "$(grep -c "best.safetensors$" "$work/out")" -eq 2 ]'
mlprun runs "$work/runs" --format=csv --where=seed=43 --sort=-val_accuracy
ok "csv, filtered" eval '[ "$(wc -l <"$work/out")" -eq 3 ] && head -n 1 "$work/out" | grep -qx "experiment,trial,seed,status,val_accuracy,train_accuracy,best_epoch,epochs,seconds,started,path,p"'
mlprun runs "$work/runs" --format=csv --where=" seed == 43 "
ok "a condition as a program has it" eval '[ "$(wc -l <"$work/out")" -eq 3 ]'
mlprun runs "$work/runs" --format=json --where="trial!=dropout=0"
cp "$work/out" "$work/runs.json"
cat >"$work/json.lua" <<'L'
local core = require "mlprun.core"
local rows = core.json.decode(core.sys.read_file(arg[1]))
print(#rows, rows[1].trial, math.type(rows[1].seed), rows[2].status)
L
mlprun "$work/json.lua" "$work/runs.json"
ok "json is read back" grep -qx "2	dropout=0.5	integer	finished" "$work/out"
mlprun runs "$work/runs" --by=trial --format=csv
ok "a line for each trial" eval 'status_is 0 && [ "$(wc -l <"$work/out")" -eq 3 ] && head -n 1 "$work/out" | grep -qx "experiment,trial,runs,val_accuracy,lowest,highest,train_accuracy,epochs,seconds" && sed -n 2p "$work/out" | grep -q "^dropout,dropout=0,2,"'
mlprun runs "$work/runs" --by=p --sort=-p --format=csv
ok "or for each value that trials set" eval 'status_is 0 && sed -n 2p "$work/out" | grep -q "^dropout,0.5,2,"'
mlprun runs "$work/runs" --by=q
ok "which is a column" eval 'status_is 2 && err_has "mlprun runs --help"'
mlprun runs "$work/runs" --format=md
ok "md is a table" eval '[ "$(grep -c "^| " "$work/out")" -eq 5 ] && grep -q "^|---|" "$work/out"'
mlprun runs "$work/runs" --where="val_accuracy>100%"
ok "no run fits" eval 'status_is 0 && [ "$(wc -l <"$work/out")" -eq 2 ]'
for bad in --sort=acuracy --format=tbl --where=epochs --where=epoch=3 --where=seed=4x --where=val_accuracy\> --shuffle; do
    mlprun runs "$work/runs" $bad
    ok "mlprun runs $bad has status 2 and help" eval 'status_is 2 && err_has "mlprun runs --help"'
done
mlprun runs "$work/runs" --where="val_accuracy>1%" --where="val_accuracy<=100" --format=csv
ok "shares are compared as they are shown" eval 'status_is 0 && [ "$(wc -l <"$work/out")" -eq 5 ]'
mlprun runs "$work/both" --where=image_size=4 --sort=-seed --format=csv
ok "options are columns too" eval 'status_is 0 && [ "$(wc -l <"$work/out")" -eq 3 ] && sed -n 2p "$work/out" | grep -q "^dropout,dropout=0,43,"'
mlprun runs diff "$work/runs/dropout/dropout=0/seed-42" "$work/small/dropout/dropout=0/seed-42"
ok "diff names the option that differs" eval 'status_is 0 && grep -Eq "^--image_size +8 +4$" "$work/out" && ! out_has "--lr" && out_has "Their best weights differ"'
mlprun runs diff "$work/runs/dropout/dropout=0/seed-42" "$work/other/dropout/dropout=0/seed-42"
ok "the same training has the same weights" eval 'status_is 0 && out_has "Their best weights are the same." && out_has "--p "'
mlprun runs diff "$work/runs" "$work/small/dropout/dropout=0/seed-42"
ok "diff wants one run" eval 'status_is 1 && err_has "holds 4 runs"'
mlprun runs diff "$work/runs"
ok "diff wants two folders" eval 'status_is 2 && err_has "mlprun runs --help"'
printf '{' >"$work/runs/dropout/dropout=0/seed-42/manifest.json"
mlprun runs "$work/runs"
ok "a run whose manifest is damaged is left out" eval 'status_is 0 && [ "$(wc -l <"$work/out")" -eq 5 ]'
mlprun runs --help
ok "mlprun runs --help begins with examples" eval 'status_is 0 && head -n 1 "$work/out" | grep -q "^mlprun runs "'

finish
