#!/usr/bin/env python3
"""Writes values.lua: MixUp and CutMix of a small batch by their formulas, in NumPy.   python3 tests/golden/mix/make.py"""
import pathlib

import numpy as np

rng = np.random.default_rng(7)
images = rng.normal(size=(4, 2, 3, 5)).astype(np.float32)
labels = np.array([2, 0, 1, 2])
before = np.roll(images, 1, axis=0)  # torchvision mixes with images.roll(1, 0)
one_hot = np.eye(3, dtype=np.float32)[labels]


def lua(a):
    if isinstance(a, np.ndarray):
        return "{ " + ", ".join(lua(x) for x in a) + " }"
    return repr(a.item())


lines = ["-- Written by make.py: MixUp and CutMix by their formulas, in NumPy. Labels count from 1, boxes from 0.", "return {",
         "  images = %s," % lua(images), "  labels = %s," % lua(labels + 1), "  mixup = {"]
for lam in (0.0, 0.25, 0.7, 1.0):
    f = np.float32(lam)
    lines.append("    { lam = %r, images = %s, targets = %s }," % (
        lam, lua(images * f + before * (1 - f)), lua(one_hot * f + np.roll(one_hot, 1, axis=0) * (1 - f))))
lines += ["  },", "  cutmix = {"]
for x1, y1, x2, y2 in ((0, 0, 5, 3), (1, 0, 4, 2), (2, 1, 2, 3), (4, 2, 5, 3)):
    out = images.copy()
    out[:, :, y1:y2, x1:x2] = before[:, :, y1:y2, x1:x2]
    share = np.float32(1 - (x2 - x1) * (y2 - y1) / 15)
    lines.append("    { box = { %d, %d, %d, %d }, images = %s, targets = %s }," % (
        x1, y1, x2, y2, lua(out), lua(one_hot * share + np.roll(one_hot, 1, axis=0) * (1 - share))))
lines += ["  },", "}"]
(pathlib.Path(__file__).parent / "values.lua").write_text("\n".join(lines) + "\n")
