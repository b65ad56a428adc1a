#!/usr/bin/env python3
"""False alarms, coverage and power of three tests on experiments that are drawn from 30 real runs of each trial.

    power.py [times]        prints the table of docs/statistics.md, 2,000 experiments for each line unless said

together  runtime/metrics/trials.h: seeds and pictures as crossed effects, the runs' variance of all trials
alone     the same two effects, each pair for itself, MS_image / (n S) + MS_run / (n S)
seeds     Student's paired t test of the runs' accuracies
An independent program: the C test beside it draws 10,000 experiments with the library's own code."""
import os
import sys

import numpy as np
from scipy import stats

HERE = os.path.dirname(os.path.abspath(__file__))
TIMES = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
RUNS, WEIGHT, FREEDOM, LEAST = 30, 6, 0.75, 0.75


def mean_squares(d):
    seeds, n = d.shape
    image, run, mean = d.mean(0), d.mean(1), d.mean()
    rest = ((d - image - run[:, None] + mean) ** 2).sum() / ((n - 1) * (seeds - 1))
    return mean, seeds * image.var(ddof=1), n * run.var(ddof=1), rest


def together(x, pairs):
    seeds, n = x[0].shape
    expected = 2 * n * np.mean([t.mean(1).var(ddof=1) for t in x])
    weight = min(WEIGHT, (len(x) - 1) * (seeds - 1))
    for a, b in pairs:
        mean, image, own, rest = mean_squares(x[a] - x[b])
        freedom = FREEDOM * weight + seeds - 1
        run = (weight * expected + (seeds - 1) * own) / (weight + seeds - 1)
        total = max(image + run - rest, LEAST * image)
        below = image**2 / (n - 1) + run**2 / freedom + rest**2 / ((n - 1) * (seeds - 1))
        yield mean, (total / (n * seeds)) ** 0.5, max(1, total**2 / below) if below else np.inf


def alone(x, pairs):
    seeds, n = x[0].shape
    for a, b in pairs:
        mean, image, run, _ = mean_squares(x[a] - x[b])
        below = image**2 / (n - 1) + run**2 / (seeds - 1)
        yield mean, ((image + run) / (n * seeds)) ** 0.5, (image + run) ** 2 / below if below else np.inf


def seeds_only(x, pairs):
    for a, b in pairs:
        d = x[a].mean(1) - x[b].mean(1)
        yield d.mean(), d.std(ddof=1) / len(d) ** 0.5, len(d) - 1


def p_value(difference, se, df):
    return 2 * stats.t.sf(abs(difference / se), df) if se > 0 else float(difference == 0)


def rejected(ps):
    """How many Holm's correction rejects at 5 %."""
    for i, p in enumerate(sorted(ps)):
        if p * (len(ps) - i) >= 0.05:
            return i
    return len(ps)


def measure(trials, seeds, pictures, rng):
    names = list(trials)
    pairs = [(a, b) for a in range(len(names)) for b in range(a + 1, len(names))]
    truth = [trials[name].mean() for name in names]
    tests = {"together": together, "alone": alone, "seeds": seeds_only}
    sums = {name: np.zeros(3) for name in tests}
    for _ in range(TIMES):
        at = rng.integers(0, trials[names[0]].shape[1], pictures)
        x = [trials[name][rng.integers(0, RUNS, seeds)][:, at] for name in names]
        for name, test in tests.items():
            found = list(test(x, pairs))
            true = [truth[a] - truth[b] for a, b in pairs]
            alarms = rejected([p_value(d - t, se, df) for (d, se, df), t in zip(found, true)])
            inside = np.mean([abs(d - t) <= stats.t.ppf(0.975, df) * se for (d, se, df), t in zip(found, true)])
            sums[name] += alarms > 0, inside, rejected([p_value(*f) for f in found]) / len(pairs)
    return {name: 100 * s / TIMES for name, s in sums.items()}


def main():
    rng = np.random.default_rng(13)
    print("| sweep | seeds | pictures | false alarms, % | covered, % | found, % |")
    print("|---|---:|---:|---:|---:|---:|")
    for sweep in ("dropout", "initialization"):
        file = np.load(f"{HERE}/{sweep}.npz")
        trials = {name: file[name].astype(float) for name in file.files}
        for seeds in (2, 3, 5, 10):
            for pictures in (100, 400, 1500):
                m = measure(trials, seeds, pictures, rng)
                cells = [" / ".join(f"{m[t][k]:.1f}" for t in m) for k in range(3)]
                print(f"| {sweep} | {seeds} | {pictures:,} | {' | '.join(cells)} |", flush=True)


main()
