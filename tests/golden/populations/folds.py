#!/usr/bin/env python3
"""False alarms, coverage and power of two tests on cross-validated trials in a made-up world, where the truth is known.

    folds.py [times]        prints the table of docs/statistics.md on folds, 600 experiments for each line unless said

nested    runtime/metrics/trials.h: networks nested in folds, their variance of all trials
corrected Nadeau and Bengio's corrected resampled t of the folds' differences
What is true: the mean accuracy over trainings on new training sets of the size that folds leave. An independent program."""
import sys

import numpy as np
from scipy import stats

TIMES = int(sys.argv[1]) if len(sys.argv) > 1 else 600
DIMENSIONS, CLASSES, WEIGHT = 20, 4, 6
LEAST, SHARED = 0.75, 2
CENTRES = np.random.default_rng(1).normal(size=(CLASSES, 3, DIMENSIONS)) * 0.55
# width of a hidden layer of random ReLUs, ridge penalty of the layer behind it
NETWORKS = [(20, 0.3), (20, 10.0), (40, 1.0), (40, 30.0), (80, 3.0)]
REGRESSIONS = [(40, 0.1), (40, 30.0), (80, 0.01), (80, 3.0), (80, 100.0)]


def draw(n, rng):
    y = rng.integers(0, CLASSES, n)
    return CENTRES[y, rng.integers(0, 3, n)] + rng.normal(size=(n, DIMENSIONS)), y


def fit(x, y, kind, rng):
    width, penalty = kind
    w = rng.normal(size=(DIMENSIONS + 1, width)) / DIMENSIONS**0.5

    def hidden(a):
        return np.maximum(np.c_[a, np.ones(len(a))] @ w, 0)

    h = hidden(x)
    v = np.linalg.solve(h.T @ h + penalty * np.eye(width), h.T @ np.eye(CLASSES)[y])
    return lambda a: (hidden(a) @ v).argmax(1)


def deal(y, k, rng):
    fold, at = np.empty(len(y), int), 0
    for c in range(CLASSES):
        i = rng.permutation(np.flatnonzero(y == c))
        fold[i] = (np.arange(len(i)) + at) % k
        at += len(i)
    return fold


def nested(x, fold, k, pairs):
    """x: a list of deals x pictures; difference, standard error and degrees of freedom of each pair."""
    seeds, n = fold.shape

    def squares(d):
        means = np.array([[d[s][fold[s] == f].mean() for f in range(k)] for s in range(seeds)])
        sizes = np.array([[(fold[s] == f).sum() for f in range(k)] for s in range(seeds)])
        between = (sizes * (means - d.mean(1)[:, None]) ** 2).sum() / (seeds * (k - 1))
        within = ((d**2).sum() - (sizes * means**2).sum()) / (seeds * (n - k))
        return seeds * d.mean(0).var(ddof=1), between, within

    parts = [squares(t) for t in x]
    excess = 2 * max(0, np.mean([between - within for _, between, within in parts]))
    own = seeds * (k - 1)
    weight = min(WEIGHT, (len(x) - 1) * own)
    for a, b in pairs:
        image, between, within = squares(x[a] - x[b])
        run = (weight * (within + excess) + own * between) / (weight + own)
        total = max(image + run - within, LEAST * image) + SHARED / (k - 1) * max(image - within, 0)
        below = image**2 / (n - 1) + run**2 / (weight + own) + within**2 / (seeds * (n - k))
        yield (x[a] - x[b]).mean(), (total / (n * seeds)) ** 0.5, max(1, total**2 / below)


def corrected(x, fold, k, pairs):
    for a, b in pairs:
        d = np.array([(x[a] - x[b])[s][fold[s] == f].mean() for s in range(len(fold)) for f in range(k)])
        yield d.mean(), ((1 / len(d) + 1 / (k - 1)) * d.var(ddof=1)) ** 0.5, len(d) - 1


def rejected(found):
    ps = sorted(2 * stats.t.sf(abs(d / se), df) if se else float(d == 0) for d, se, df in found)
    for i, p in enumerate(ps):
        if p * (len(ps) - i) >= 0.05:
            return i
    return len(ps)


def measure(kinds, lucky, n, k, seeds):
    rng = np.random.default_rng(13)

    def luck(i):
        return rng if lucky else np.random.default_rng(900 + i)

    def true(i):
        total = 0
        for _ in range(2500):
            model = fit(*draw(n * (k - 1) // k, rng), kinds[i], luck(i))
            x, y = draw(1000, rng)
            total += (model(x) == y).mean()
        return total / 2500

    truth = [true(i) for i in range(len(kinds))]
    pairs = [(a, b) for a in range(len(kinds)) for b in range(a + 1, len(kinds))]
    sums = [np.zeros(3), np.zeros(3)]
    for _ in range(TIMES):
        pictures, y = draw(n, rng)
        fold = np.array([deal(y, k, rng) for _ in range(seeds)])
        x = [np.zeros((seeds, n)) for _ in kinds]
        for i, kind in enumerate(kinds):
            for s in range(seeds):
                for f in range(k):
                    out = fold[s] == f
                    x[i][s][out] = fit(pictures[~out], y[~out], kind, luck(i))(pictures[out]) == y[out]
        for sum_, test in zip(sums, (nested, corrected)):
            found = list(test(x, fold, k, pairs))
            off = [(d - (truth[a] - truth[b]), se, df) for (d, se, df), (a, b) in zip(found, pairs)]
            inside = np.mean([abs(d) <= stats.t.ppf(0.975, df) * se for d, se, df in off])
            sum_ += rejected(off) > 0, inside, rejected(found) / len(pairs)
    return [100 * s / TIMES for s in sums]


def main():
    print("| trials | pictures | folds x deals | false alarms, % | covered, % | found, % |")
    print("|---|---:|---:|---:|---:|---:|")
    for name, kinds in (("networks", NETWORKS), ("regressions", REGRESSIONS)):
        for n in (120, 400):
            for k, seeds in ((5, 1), (5, 2), (10, 1)):
                m = measure(kinds, name == "networks", n, k, seeds)
                cells = [" / ".join(f"{t[c]:.1f}" for t in m) for c in range(3)]
                print(f"| {name} | {n} | {k} x {seeds} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
