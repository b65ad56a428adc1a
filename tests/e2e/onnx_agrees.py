"""onnx_agrees.py FOLDER - every FOLDER/NAME.onnx passes onnx.checker in full mode, and onnxruntime makes of the input in
NAME.npz what stands there as output, to 1e-5 (of an input in levels, which is u8, to what `near` in the file says)."""
import pathlib
import sys

import numpy
import onnx
import onnxruntime

wrong, count, worst = 0, 0, 0.0
for path in sorted(pathlib.Path(sys.argv[1]).rglob("*.onnx")):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    assert model.opset_import[0].version == 18, path
    values = numpy.load(path.with_suffix(".npz"))
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    found = session.run(None, {session.get_inputs()[0].name: values["input"]})[0]
    near = float(values["near"]) if "near" in values else 1e-5
    scale = max(1.0, float(numpy.abs(values["output"]).max()))  # scores of a net without normalised weights are in the hundreds
    off = float(numpy.abs(found - values["output"]).max()) / scale if found.shape == values["output"].shape else numpy.inf
    if not off <= near:
        print(f"{path}: {off} off, shape {found.shape}, expected {values['output'].shape}")
        wrong += 1
    worst = max(worst, off) if near == 1e-5 else worst
    count += 1
print(f"agreed: {count - wrong} of {count}, at most {worst:.1e} off")
sys.exit(wrong > 0)
