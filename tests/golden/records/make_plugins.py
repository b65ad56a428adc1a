"""Makes plugins.json: edges of bins as numpy.histogram finds them, and precision-recall counts and joined histograms as
torch.utils.tensorboard makes them, for tests/lua/records_plugins.lua."""
import json
import os

import numpy as np
from torch.utils.tensorboard.summary import histogram, pr_curve

rng = np.random.default_rng(5)
samples = {"normal": np.round(rng.normal(size=90), 4), "skewed": np.round(rng.exponential(size=70), 4), "few": np.array([1.0, 2.0, 4.0, 8.0]),
           "ties": np.repeat([0.0, 1.0, 1.0, 1.0, 5.0], 40), "same": np.full(7, 3.0)}
bins = []
for name, x in samples.items():
    for rule in ("auto", "fd", "doane", "scott", "rice", "sturges", "sqrt", 7):
        bins.append({"sample": name, "bins": rule,
                     "edges": np.histogram_bin_edges(x, rule).tolist()})
joined = []
for most in (4, 7, 30):
    h = histogram("h", samples["normal"], 30, max_bins=most).value[0].histo
    joined.append({"sample": "normal", "bins": 30, "max_bins": most, "limits": list(h.bucket_limit),
                   "buckets": list(h.bucket)})
curves = []
for n, weighted in ((127, False), (11, True)):
    labels, predictions = rng.integers(0, 2, 60), np.round(rng.random(60), 3).astype("f4")
    weights = np.round(rng.random(60) + 0.5, 2) if weighted else None
    t = pr_curve("c", labels, predictions, n, weights).value[0].tensor
    curves.append({"labels": labels.tolist(), "predictions": [float(v) for v in predictions], "num_thresholds": n,
                   **({"weights": weights.tolist()} if weighted else {}),
                   "counts": np.array(t.float_val).reshape(6, n).tolist()})
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "plugins.json"), "w") as f:
    json.dump({"samples": {name: x.tolist() for name, x in samples.items()}, "bins": bins, "joined": joined, "curves": curves}, f, separators=(",", ":"))
