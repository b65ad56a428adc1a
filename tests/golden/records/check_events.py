"""check_events.py FOLDER EXPECTED.json - reads the event files of a folder with TensorBoard's own reader and compares.

EXPECTED: { "scalars": { tag: [[step, value], ...] }, "histograms": { tag: [[step, num, sum], ...] },
            "images": { tag: [[step, width, height], ...] }, "texts": { tag: [[step, text], ...] } }"""
import json, math, sys

try:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
except ImportError:
    print("skip: TensorBoard's reader is not installed")
    sys.exit(77)

folder, expected = sys.argv[1], json.load(open(sys.argv[2]))
reader = EventAccumulator(folder, size_guidance={"scalars": 0, "histograms": 0, "images": 0, "tensors": 0})
reader.Reload()
wrong = []


def compare(kind, got, want):
    if len(got) != len(want):
        wrong.append(f"{kind}: {len(got)} items, expected {len(want)}")
    for g, w in zip(got, want):
        for a, b in zip(g, w):
            same = a == b or (isinstance(b, float) and (math.isclose(a, b, rel_tol=1e-6) or (a != a and b != b)))
            if b is None:
                same = a != a
            if not same:
                wrong.append(f"{kind}: got {g}, expected {w}")


for tag, want in expected.get("scalars", {}).items():
    compare(tag, [(e.step, e.value) for e in reader.Scalars(tag)], want)
for tag, want in expected.get("histograms", {}).items():
    compare(tag, [(e.step, e.histogram_value.num, e.histogram_value.sum) for e in reader.Histograms(tag)], want)
for tag, want in expected.get("images", {}).items():
    compare(tag, [(e.step, e.width, e.height) for e in reader.Images(tag)], want)
for tag, want in expected.get("texts", {}).items():
    compare(tag, [(e.step, e.tensor_proto.string_val[0].decode()) for e in reader.Tensors(tag + "/text_summary")], want)
print("\n".join(wrong) or "as written")
sys.exit(1 if wrong else 0)
