#!/usr/bin/env python3
"""Sets of samples in groups, and how evenly scikit-learn's StratifiedGroupKFold deals them out: writes groups.lua.

Of each set: k; groups, a list of how many samples of each class a group has; balance, the mean over classes of the standard
deviation of the class's share over the folds (mean of ten shuffles), and sizes, the standard deviation of the folds' shares of
all samples.   python3 tests/golden/folds/make_groups.py
"""
import pathlib
import warnings

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

SETS, SHUFFLES = 20, 10


def generate(rng):
    """Counts (groups x classes): skewed sizes, skewed classes, and groups that lean towards some of them."""
    classes, groups = rng.integers(2, 7), rng.integers(12, 60)
    sizes = 1 + rng.geometric(rng.uniform(0.08, 0.5), groups)
    base = rng.dirichlet(np.full(classes, 3.0))
    lean = rng.choice([0.3, 1.0, 5.0])
    return np.array([rng.multinomial(n, rng.dirichlet(base * classes * lean + 1e-3)) for n in sizes])


def balance(counts, fold_of_group, k):
    folds = np.array([counts[fold_of_group == f].sum(0) for f in range(k)])
    return (folds / folds.sum(0)).std(0).mean(), (folds.sum(1) / folds.sum()).std()


def yardstick(counts, k):
    y = np.concatenate([np.repeat(np.arange(counts.shape[1]), row) for row in counts])
    group = np.repeat(np.arange(len(counts)), counts.sum(1))
    got = []
    for seed in range(SHUFFLES):
        fold = np.zeros(len(counts), int)
        splits = StratifiedGroupKFold(k, shuffle=True, random_state=seed).split(y, y, group)
        for f, (_, val) in enumerate(splits):
            fold[np.unique(group[val])] = f
        got.append(balance(counts, fold, k))
    return np.mean(got, 0)


def main():
    warnings.simplefilter("ignore")  # classes with fewer samples than folds
    rng, lines = np.random.default_rng(12), ["-- Written by make_groups.py: samples in groups, and how evenly StratifiedGroupKFold deals them out.", "return {"]
    while len(lines) < SETS + 2:
        counts, k = generate(rng), int(rng.integers(3, 7))
        counts = counts[:, counts.sum(0) > 0]
        if counts.shape[1] < 2 or counts.sum(0).max() < k:
            continue
        spread, sizes = yardstick(counts, k)
        rows = ", ".join("{" + ",".join(map(str, row)) + "}" for row in counts)
        lines.append(f"  {{ k = {k}, balance = {spread:.5f}, sizes = {sizes:.5f}, groups = {{ {rows} }} }},")
    (pathlib.Path(__file__).parent / "groups.lua").write_text("\n".join(lines + ["}"]) + "\n")


main()
