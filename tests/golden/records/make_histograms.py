"""Makes histograms.json: buckets as PyTorch's add_histogram makes them, for tests/c/test_writers.c and Lua."""
import json, os
import numpy as np
from torch.utils.tensorboard.summary import histogram

edges = [1e-12]
while edges[-1] * 1.1 < 1e20:
    edges.append(edges[-1] * 1.1)
bins = [-e for e in reversed(edges)] + [0] + edges
ramp = [((i * 7919) % 1009 - 504) / 37.0 for i in range(1000)]
cases = {"zeros": [0, 0], "half": [0.5], "tiny": [1e-13], "minus tiny": [-1e-13], "signs": [-1, 1], "edge": [edges[300], -edges[300]],
         "large": [9e19, -9e19, 1.0], "ramp": ramp}
out = {}
for name, values in cases.items():
    h = histogram("h", np.array(values, dtype=np.float64), bins).value[0].histo
    out[name] = {"values": values, "min": h.min, "max": h.max, "num": h.num, "sum": h.sum, "sum_squares": h.sum_squares,
                 "limits": list(h.bucket_limit), "buckets": list(h.bucket)}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "histograms.json"), "w") as f:
    json.dump(out, f, separators=(",", ":"))
