#!/usr/bin/env python3
"""Writes values.lua: how many samples of each class scikit-learn's StratifiedKFold puts into each fold.

Which samples these are is a matter of the random numbers; how many is not.   python3 tests/golden/folds/make.py
"""
import pathlib
import warnings

import numpy as np
from sklearn.model_selection import StratifiedKFold

CASES = [([10, 20, 30], 5), ([7, 12, 3, 29], 3), ([570, 273, 257, 179, 161, 145, 118, 85], 5),
         ([1, 9, 4], 4), ([13, 13, 13], 10), ([2, 2], 2), ([100, 3, 41, 8, 17], 7)]

lines = ["-- Written by make.py: samples of each class in each fold of scikit-learn's StratifiedKFold.", "return {"]
for counts, k in CASES:
    labels = np.repeat(np.arange(len(counts)), counts)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # classes with fewer samples than folds
        folds = [np.bincount(labels[test], minlength=len(counts)).tolist()
                 for _, test in StratifiedKFold(k, shuffle=True, random_state=0).split(labels, labels)]
    rows = ", ".join("{ " + ", ".join(map(str, f)) + " }" for f in folds)
    lines.append("  { counts = { %s }, k = %d, folds = { %s } }," % (", ".join(map(str, counts)), k, rows))
lines.append("}")
(pathlib.Path(__file__).parent / "values.lua").write_text("\n".join(lines) + "\n")
