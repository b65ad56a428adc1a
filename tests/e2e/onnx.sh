# Nets as ONNX files: what other programs compute from them.
. tests/e2e/lib.sh

mkdir "$work/layers"
mlprun tests/e2e/onnx_layers.lua "$work/layers"
ok "every layer that is no loss has a form in ONNX" eval 'status_is 0 && grep -qxE "without:( [A-Za-z0-9]*Loss)+" "$work/out"'
if python_has onnx onnxruntime numpy; then
    ok "onnx.checker and onnxruntime agree with every layer" "$PYTHON" tests/e2e/onnx_agrees.py "$work/layers"
else
    skip "onnx.checker and onnxruntime agree with every layer" "python3 has no onnx and onnxruntime: PYTHON names one that has"
fi

mlprun tests/e2e/pictures.lua "$work/photos" 12
mlprun experiments/mlp_vs_cnn.lua --data="$work/photos" --image_size=16 --epochs=2 --seeds=1 --out="$work/runs"
run="$work/runs/mlp_vs_cnn/CNN/seed-42"
mlprun export "$run" "$work/model.onnx"
ok "a run is exported with a word" eval 'status_is 0 && silent && out_has "mlp_vs_cnn, trial CNN, seed 42; opset 18"'
mlprun export "$work/runs/mlp_vs_cnn" "$work/best.onnx"
ok "a sweep means its best run" eval 'status_is 0 && out_has "best.onnx: mlp_vs_cnn, trial "'
mlprun export "$run"
ok "without a file it has status 2 and help" eval 'status_is 2 && err_has "mlprun export --help"'
mlprun export "$run" "$work/x.onnx" --preproces
ok "an unknown option has the nearest" eval 'status_is 2 && err_has "did you mean '"'"'--preprocess'"'"'"'

# The picture as it is goes in, twice as large as the net wants it; OpenCV's fixed point and ONNX's floats round a level apart.
mkdir "$work/pictures"
cat >"$work/prepared.lua" <<'L'
local ml = require "mlprun"
local net, about = ml.load_model(arg[1])
local picture = ml.data.read_image(arg[2])
local output = net(about.transform(picture):unsqueeze(1)):detach()
ml.save_npz(arg[3], { input = picture:tensor():unsqueeze(1), output = output, near = ml.tensor(0.02) })
L
mlprun export "$run" "$work/pictures/prepared.onnx" --preprocess
ok "the graph takes pictures as they are" eval 'status_is 0 && out_has "input   pictures as they are (u8, batch x height x width x 3)"'
mlprun "$work/prepared.lua" "$run" "$work/photos/apple/01.png" "$work/pictures/prepared.npz"
if python_has onnx onnxruntime numpy; then
    ok "and prepares them as the run did" "$PYTHON" tests/e2e/onnx_agrees.py "$work/pictures"
else
    skip "and prepares them as the run did" "python3 has no onnx and onnxruntime: PYTHON names one that has"
fi

finish
