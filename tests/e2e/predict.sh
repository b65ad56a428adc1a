# What a trained net says of pictures: mlprun predict and ml.load_model, from best.safetensors alone.
. tests/e2e/lib.sh

mlprun tests/e2e/pictures.lua "$work/photos" 12
tiny="--data=$work/photos --image_size=16 --epochs=1 --seeds=1 --out=$work/runs"

# Every validation picture of every experiment gets the answer that the run gave: the class, and the scores to the last bits of
# a sum. The nets are written as ONNX files on the way, with pictures and what the net makes of them.
mkdir "$work/onnx"
cat >"$work/agree.lua" <<'L'
local ml = require "mlprun"
local load_ = require "mlprun.report.load"
local predict = require "mlprun.report.predict"
local count = 0
for number, run in ipairs(load_.runs(arg[1])) do
  local saved = ml.load_npz(run.path .. "/predictions.npz")
  local net, about = ml.load_model(run.path)
  local all = ml.data.open(run.manifest.data.path, { channels = about.channels })
  local answers = predict.answers(net, about, all:subset((saved.samples + 1):tolist()))
  assert(#answers == #saved.labels, run.path)
  local scores = {}
  for i, answer in ipairs(answers) do scores[i] = answer.scores end
  local off = (ml.tensor(scores) - saved.scores):abs():max():item()
  assert(off < 1e-6, ("%s: scores are off by %g"):format(run.path, off))
  assert((ml.tensor(scores):argmax { dim = 2 } - 1):eq(saved.predictions):all():item(), run.path)
  count = count + 1
  local images = ml.stack { about.transform(all:image(1)), about.transform(all:image(20)), about.transform(all:image(30)) }
  local path = ("%s/%s-%d"):format(arg[2], run.manifest.experiment, number)
  ml.export_onnx(net, images:narrow(1, 1, 1), path .. ".onnx", { transform = about.transform })
  ml.save_npz(path .. ".npz", { input = images, output = net(images):detach() })
end
print("agreed: " .. count)
L
for script in experiments/*.lua; do
    name=$(basename "$script" .lua)
    more=
    [ "$name" = image_size ] && more=--sizes=8,16
    # shellcheck disable=SC2086
    mlprun "$script" $tiny $more
    mlprun "$work/agree.lua" "$work/runs/$name" "$work/onnx"
    ok "the nets of $name answer as they did ($(sed -n 's/agreed: //p' "$work/out") runs)" \
        eval 'status_is 0 && grep -q "^agreed: [1-9]" "$work/out"'
done
if python_has onnx onnxruntime numpy; then
    ok "onnxruntime agrees with the nets of all experiments" "$PYTHON" tests/e2e/onnx_agrees.py "$work/onnx"
else
    skip "onnxruntime agrees with the nets of all experiments" "python3 has no onnx and onnxruntime: PYTHON names one that has"
fi

run="$work/runs/dropout/dropout=0/seed-42"
mlprun predict "$run" "$work/photos/apple/01.png" --top=3 --format=csv
ok "a photo has its classes, the most probable first" \
    eval 'status_is 0 && silent && head -n 1 "$work/out" | grep -qx "file,class,probability,class_2,probability_2,class_3,probability_3"'
mkdir "$work/alone"
cp "$run/best.safetensors" "$work/alone/net.safetensors"
mlprun predict "$work/alone/net.safetensors" "$work/photos/apple/01.png" --top=3 --format=csv
cp "$work/out" "$work/alone.csv"
mlprun predict "$run" "$work/photos/apple/01.png" --top=3 --format=csv
ok "the file of the weights is enough" cmp "$work/out" "$work/alone.csv"
mlprun predict "$work/runs/dropout" "$work/photos"
ok "a sweep means its best run, which it names" eval 'status_is 0 && head -n 1 "$work/out" | grep -q "^dropout, trial dropout=.*seed 42 ("'
ok "it says how far probabilities can be believed" eval 'sed -n 2p "$work/out" | grep -qE "^probabilities are (calibrated on its validation pictures: temperature [0-9.]+; their error was [0-9.]+ %, and is [0-9.]+ %|the net.s own: their error on its validation pictures is [0-9.]+ %, and calibration did not lower it .[0-9.]+ %.)$"'
ok "class folders end with the report" eval 'grep -q "^ *macro avg .* 36$" "$work/out" && grep -q "apple/01.png *apple" "$work/out"'
cat >"$work/warm.lua" <<'L'
local ml = require "mlprun"
local path = arg[1]
for error, expected in pairs { ["0.2"] = 1, ["0.1"] = 2.5 } do
  local tensors, metadata = ml.load_safetensors(path .. "/best.safetensors")
  metadata.temperature, metadata.calibration_error, metadata.calibrated_error = "2.5", "0.15", error
  local file = path .. "/warm" .. expected .. ".safetensors"
  ml.save_safetensors(file, tensors, { metadata = metadata })
  local _, about = ml.load_model(file)
  assert(about.temperature == expected, about.temperature)
end
print("warm: right")
L
mlprun "$work/warm.lua" "$run"
ok "a temperature that lowers no error is not used" eval 'status_is 0 && out_has "warm: right"'
mlprun predict "$run/warm1.safetensors" "$work/photos/apple/01.png"
ok "which is said" eval 'status_is 0 && sed -n 2p "$work/out" | grep -q "own: their error on its validation pictures is 15.0 %, and calibration did not lower it (20.0 %)$"'
rm "$run"/warm*.safetensors
mlprun predict "$run" "$work/photos/apple"
ok "a folder of photos is a table without a report" eval 'status_is 0 && [ "$(wc -l <"$work/out")" -eq 17 ] && ! out_has "macro avg"'
mkdir "$work/empty"
mlprun predict "$run" "$work/photos/plum/02.png" "$work/photos/apple" "$work/empty" --format=csv
ok "photos and folders of photos are answered together; an empty one is named" \
    eval 'status_is 1 && [ "$(wc -l <"$work/out")" -eq 14 ] && sed -n 2p "$work/out" | grep -q "plum/02.png" && err_has "empty'"'"': there is no picture in this folder"'
printf 'no picture' >"$work/bad.png"
mlprun predict "$run" "$work/bad.png" "$work/nowhere.png" "$work/photos/plum/02.png" --format=json
ok "what cannot be read is listed, and the rest goes on" \
    eval 'status_is 1 && err_has "bad.png" && err_has "nowhere.png'"'"': there is no such file" && [ "$(grep -c "\"file\"" "$work/out")" -eq 1 ]'
mlprun predict "$run" "$work/bad.png" "$work/nowhere.png" --format=json
ok "also where nothing can be read" \
    eval 'status_is 1 && err_has "bad.png'"'"': not a picture" && err_has "nowhere.png" && [ "$(cat "$work/out")" = "[]" ]'
mkdir -p "$work/mixed/inner/.git"
cp "$work/photos/apple/01.png" "$work/photos/apple/02.png" "$work/mixed/"
cp "$work/photos/plum/02.png" "$work/mixed/inner/"
touch "$work/mixed/notes.txt" "$work/mixed/inner/film.mp4" "$work/mixed/inner/README" "$work/mixed/inner/.git/x.txt"
mlprun predict "$run" "$work/mixed" --format=csv
ok "what is no picture in a folder is counted, pictures beside folders take all of them" \
    eval 'status_is 0 && [ "$(grep -c "png,[abp]" "$work/out")" -eq 3 ] && err_has "not used: 3 files not named as pictures (1 .mp4, 1 .txt, 1 without extension)" && err_has "2 pictures lie beside the folders in"'
mlprun predict "$run" "$work/mixed/inner" "$work/photos/apple/03.png" --format=csv
ok "also in one of several folders" eval 'status_is 0 && err_has "not used: 2 files not named as pictures (1 .mp4, 1 without extension)"'
mkdir -p "$work/wrapped/one/two"
cp "$work/photos/apple/01.png" "$work/wrapped/one/two/"
touch "$work/wrapped/list.csv" "$work/wrapped/one/list.csv" "$work/wrapped/one/two/notes.txt"
mlprun predict "$run" "$work/wrapped" --format=csv
ok "and in the folders around" eval 'status_is 0 && err_has "not used: 3 files not named as pictures (2 .csv, 1 .txt)"'
mkdir "$work/wrapped_classes"
cp -r "$work/photos" "$work/wrapped_classes/photos"
touch "$work/wrapped_classes/list.csv"
mlprun predict "$run" "$work/wrapped_classes"
ok "around class folders, too" eval 'status_is 0 && out_has "macro avg" && err_has "not used: 1 file not named as a picture (1 .csv)"'
touch "$work/photos/apple/notes.txt"
mlprun predict "$run" "$work/photos"
ok "and in class folders" eval 'status_is 0 && err_has "not used: 1 file not named as a picture (1 .txt)"'
rm "$work/photos/apple/notes.txt"
mkdir -p "$work/other/left" "$work/other/right"
cp "$work/photos/apple/01.png" "$work/other/left/" && cp "$work/photos/plum/02.png" "$work/other/right/"
mlprun predict "$run" "$work/other"
ok "folders that are no classes of the net have no report" eval 'status_is 0 && out_has "no classification report: the folder '"'left'"'"'
for bad in "" "--tpo=3 x.png" "--top=0 x.png" "--format=xml x.png"; do
    # shellcheck disable=SC2086
    mlprun predict "$run" $bad
    ok "mlprun predict RUN $bad has status 2 and help" eval 'status_is 2 && err_has "mlprun predict --help"'
done
mlprun predict "$work/runs" "$work/photos/apple/01.png"
ok "several experiments are one sentence" eval 'status_is 1 && err_has "name one of them"'

# A class of the script's own is code, which no file holds: the script makes the net, and it gets the weights.
cat >"$work/own_net.lua" <<'L'
local ml = require "mlprun"
local Net = ml.nn.Module:subclass("Net")
function Net:__init(features) self.fc = ml.nn.Linear(features, 3) end
function Net:forward(x) return self.fc(x:flatten(2)) end
return Net
L
cat >"$work/own.lua" <<'L'
package.path = arg[0]:match("^(.*)/") .. "/?.lua;" .. package.path
local ml = require "mlprun"
local Net = require "own_net"
local activity = ml.experiment { name = "own", about = "own classes" }
local before
activity:trial("net", function(run)
  run.model = Net(run.in_features)
  run.optimizer = ml.optim.SGD(run.model:parameters(), { lr = 0.01 })
  run:fit()
  before = run.model.fc.weight:clone()
end)
local path = activity.folder .. "/net/seed-42"
local ok, why = pcall(ml.load_model, path)
assert(not ok and why:find("Net is a class of the script's own, which no file can hold", 1, true), why)
assert(why:find("its script needs files of its own: '[^']*own_net.lua'"), why)
local net, about = ml.load_model(path, { model = Net(3 * 16 * 16) })
assert(net.fc.weight:eq(before):all():item() and about.classes[2] == "banana")
print("own: right")
activity:report()
L
# shellcheck disable=SC2086
mlprun "$work/own.lua" $tiny
ok "a net of the script's own class is given" eval 'status_is 0 && out_has "own: right"'
folder=$(sed -n 's/^results *\(.*\): report.html.*/\1/p' "$work/out")
ok "the page offers what works with it, not what cannot" eval '! grep -q "mlprun predict [^ ]* photo.jpg" "$folder/report.html" &&
    grep -q "(Net is a class of the script.*s own)" "$folder/report.html" &&
    grep -q "ml.load_model(.*own/net/seed-42/best.safetensors.*, { model = net })" "$folder/report.html"'
mlprun predict "$folder" "$work/photos/apple/01.png"
ok "which predict says too" eval 'status_is 1 && err_has "which no file can hold"'
# shellcheck disable=SC2086
mlprun experiments/dropout.lua $tiny --keep=none --out="$work/none"
page="$work/none/dropout/report.html"
ok "nor where no weights were kept" eval '! grep -q "photo.jpg" "$page" && ! grep -q "how to use the best net" "$page" &&
    grep -q "No weights were kept, so there is no net to use" "$page"'
ok "a page of kept weights offers it" grep -q "mlprun predict [^ ]* photo.jpg" "$work/runs/dropout/report.html"

# pictures without classes beside the class folders: not used for training, and what predict is for
mkdir -p "$work/parts/test" "$work/nested/pred/pred"
cp -r "$work/photos" "$work/parts/train"
cp "$work"/photos/apple/0[1-3].png "$work/parts/test"
cp "$work"/photos/apple/0[1-3].png "$work/nested/pred/pred"
cp -r "$work/photos" "$work/nested/train"
for folder in parts nested; do
    # shellcheck disable=SC2086
    mlprun "$work/own.lua" $tiny --data="$work/$folder"
    ok "$folder: the others are trained on" eval 'status_is 0 && out_has "own: right" && out_has "3 pictures without classes in"'
done
mlprun predict "$work/runs/dropout" "$work/parts/test"
ok "they are answered" eval 'status_is 0 && [ "$(grep -c "test/0[1-3].png" "$work/out")" -eq 3 ] && ! out_has truth'
mlprun predict "$work/runs/dropout" "$work/nested/pred"
ok "so are those one folder below" eval 'status_is 0 && [ "$(grep -c "pred/pred/0[1-3].png" "$work/out")" -eq 3 ] && ! out_has truth'

finish
