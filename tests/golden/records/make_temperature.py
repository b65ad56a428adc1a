"""Makes temperature.json: the temperature with the least log loss, as SciPy's minimiser finds it, for tests/lua/records_calibration.lua.
Classes count from 1 there."""
import json
import os

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

rng = np.random.default_rng(3)
cases = []
for n, classes, sharp in ((40, 3, 4.0), (60, 5, 1.0), (50, 2, 0.3)):
    labels = rng.integers(0, classes, n)
    logits = np.round(rng.normal(size=(n, classes)) + 1.5 * np.eye(classes)[labels], 3) * sharp

    def loss(log_t):
        return -log_softmax(logits / np.exp(log_t), axis=1)[np.arange(n), labels].mean()

    best = minimize_scalar(loss, bounds=(np.log(0.05), np.log(20)), method="bounded", options={"xatol": 1e-10})
    cases.append({"labels": (labels + 1).tolist(), "logits": logits.tolist(), "temperature": float(np.exp(best.x))})
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "temperature.json"), "w") as f:
    json.dump(cases, f, separators=(",", ":"))
