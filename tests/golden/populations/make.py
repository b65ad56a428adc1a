#!/usr/bin/env python3
"""Which validation pictures each of 30 runs got right, for every trial of a sweep: a small file made from run folders.

    mlprun experiments/dropout.lua --seeds=30 --epochs=10 --image_size=32 --out=runs
    make.py runs/dropout dropout.npz

The file has an array of 30 x pictures (u8, 1 where right) for each trial, compressed."""
import glob
import os
import sys

import numpy as np

folder, out = sys.argv[1:]
trials = {}
for trial in sorted(os.listdir(folder)):
    runs = glob.glob(f"{folder}/{trial}/seed-*/predictions.npz")
    runs.sort(key=lambda path: int(path.split("seed-")[-1].split("/")[0]))
    if len(runs) == 30:
        answers = [np.load(path) for path in runs]
        trials[trial] = np.stack([a["labels"] == a["predictions"] for a in answers]).astype(np.uint8)
np.savez_compressed(out, **trials)
print(f"{out}: {len(trials)} trials, {next(iter(trials.values())).shape} each, {os.path.getsize(out):,} bytes")
