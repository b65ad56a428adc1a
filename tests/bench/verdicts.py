#!/usr/bin/env python3
"""Recomputes what an experiment says: every number of its table and its sentences, from what its runs left.

    verdicts.py runs/dropout ...        prints what does not agree, and how much was looked at; status 1 where something does not
    verdicts.py --seeds FEW/dropout MANY/dropout ...
                                        the same with few of its seeds and with all of them: prints what is called different with
                                        few seeds and the other way round with many; status 1 where there is some

Reads results.csv, predictions.npz and metrics.jsonl; what is checked stands in results.md. Needs numpy, pandas and scipy, and
nothing of the program: the statistics are written anew after docs/statistics.md. final_gap is taken from the manifests.
A number of a conclusion that no rule below explains has to be some mean, difference, ratio or p of the experiment."""
import itertools
import json
import math
import os
import re
import sys

import numpy as np
import pandas as pd
from scipy import stats

MOST_WEIGHT, FREEDOM, LEAST, SHARED = 6, 0.75, 0.75, 2


# ---- what the runs left ----

class Run:
    def __init__(self, row, folder):
        self.row, self.seed, self.trial = row, int(row.seed), row.trial
        self.path = os.path.join(folder, *row.path.split("/")[-2:])
        self.values = {k: float(v) for k, v in row.items() if isinstance(v, (int, float, np.number)) and v == v}
        file = os.path.join(self.path, "predictions.npz")
        with open(os.path.join(self.path, "manifest.json")) as manifest:
            result = json.load(manifest).get("result", {})
        self.cut = row.status == "stopped" and not result.get("trained")  # before its end: compared with nothing
        self.finished = os.path.exists(file) and not math.isnan(float(row.val_accuracy)) and not self.cut
        if not self.finished:
            return
        saved = np.load(file)
        self.test = "test_labels" in saved
        self.val = (saved["predictions"] == saved["labels"]).astype(float)
        self.val_samples = saved["samples"]
        prefix = "test_" if self.test else ""
        self.labels, self.samples = saved[prefix + "labels"], saved[prefix + "samples"]
        self.right = (saved[prefix + "predictions"] == self.labels).astype(float)
        with open(os.path.join(self.path, "metrics.jsonl")) as lines:
            self.history = [json.loads(line) for line in lines]
        curve = [h["val_accuracy"] for h in self.history]
        later = range(len(curve) // 2 if len(curve) > 1 else 1, len(curve))
        changes = [abs(curve[i] - curve[i - 1]) for i in later if i > 0]
        self.values["first"] = curve[0]
        self.values["val_accuracy"] = float(self.val.mean())
        if changes:
            self.values["steadiness"] = float(np.mean(changes))
        if result.get("final_gap") is not None:
            self.values["final_gap"] = result["final_gap"]
        self.values["accuracy"] = float(self.right.mean())
        self.values["gap"] = self.values.get("train_accuracy", math.nan) - self.values["val_accuracy"]


def add_speed(trials):
    """Epochs and seconds to 95 % of the lowest mean accuracy of the trials that learned half as much as the best."""
    measured = []
    for runs in trials.values():
        done = [r for r in runs if r.finished]
        if done:
            chance = np.mean([np.bincount(val_labels(r)).max() / len(r.val) for r in done])
            measured.append((np.mean([r.values["val_accuracy"] for r in done]), chance))
    furthest = max((a - c for a, c in measured), default=0)
    enough = [a for a, c in measured if a - c > 0 and a - c >= furthest / 2]
    if not enough:
        return None
    level = 0.95 * min(enough)
    for run in itertools.chain(*trials.values()):
        seconds = 0
        for epoch, row in enumerate(run.history if run.finished else []):
            seconds += row.get("seconds", 0)
            if row["val_accuracy"] >= level:
                run.values["reached"], run.values["reached_seconds"] = epoch + 1, seconds
                break
    return level


def val_labels(run):
    return np.load(os.path.join(run.path, "predictions.npz"))["labels"]


# ---- statistics, after docs/statistics.md ----

def moderated(own, expected, trials, df, counts=FREEDOM):
    weight = min(MOST_WEIGHT, (trials - 1) * df)
    return (weight * expected + df * own) / (weight + df), counts * weight + df


def p_and_interval(difference, se, df):
    if se == 0:
        return float(difference == 0), difference, difference
    half = stats.t.ppf(0.975, df) * se
    return 2 * stats.t.sf(abs(difference / se), df), difference - half, difference + half


APART = {"accuracy": 1, "balanced_accuracy": 1, "val_accuracy": 1, "train_accuracy": 1, "first": 1, "steadiness": 1, "final_gap": 2}


def cut(low, high, apart):
    """An interval ends where two values cannot be further apart."""
    return (None, None) if low is None else (max(low, -apart), min(high, apart))


class Answers:
    """Trials that answered for the same pictures: lists of seeds x pictures, with folds or crossed."""

    def __init__(self, x, fold=None):
        self.x, self.fold = x, fold
        self.seeds, self.n = x[0].shape
        self.k = int(fold.max()) + 1 if fold is not None else 0
        parts = [self.squares(t) for t in x]
        self.expected = np.mean([p[1] for p in parts]) if fold is None else max(0, np.mean([p[1] - p[2] for p in parts]))

    def squares(self, d):
        image = self.seeds * d.mean(0).var(ddof=1)
        if self.fold is None:
            if self.seeds < 2:
                return image, 0, 0
            run = self.n * d.mean(1).var(ddof=1)
            rest = d - d.mean(0) - d.mean(1)[:, None] + d.mean()
            return image, run, (rest**2).sum() / ((self.n - 1) * (self.seeds - 1))
        between = within = 0
        for s in range(self.seeds):
            for f in range(self.k):
                part = d[s][self.fold[s] == f]
                between += len(part) * (part.mean() - d[s].mean()) ** 2
                within += ((part - part.mean()) ** 2).sum()
        return image, between / (self.seeds * (self.k - 1)), within / (self.seeds * (self.n - self.k))

    def error(self, d, times):
        image, run, rest = self.squares(d)
        if self.fold is None and self.seeds < 2:
            return (image / self.n) ** 0.5, self.n - 1
        own = self.seeds - 1 if self.fold is None else self.seeds * (self.k - 1)
        rest_df = (self.n - 1) * (self.seeds - 1) if self.fold is None else self.seeds * (self.n - self.k)
        expected = times * self.expected + (0 if self.fold is None else rest)
        run, df = moderated(run, expected, len(self.x), own, FREEDOM if self.fold is None else 1)
        total = max(image + run - rest, LEAST * image)
        if self.fold is not None:
            total += SHARED / (self.k - 1) * max(image - rest, 0)
        below = image**2 / (self.n - 1) + run**2 / df + (rest**2 / rest_df if rest_df else 0)
        return (total / (self.n * self.seeds)) ** 0.5, max(1, total**2 / below) if below else self.n - 1

    def interval(self, a):
        p, many = self.x[a].mean(), self.seeds > 1 or self.fold is not None
        se, df = self.error(self.x[a], 1)
        if not many:
            se, df = (p * (1 - p) / self.n) ** 0.5, math.inf
        spread, most = p * (1 - p), self.n * self.seeds
        n = min(most, spread / se**2 if se else most) if spread else self.n
        z = stats.t.ppf(0.975, df) if math.isfinite(df) else stats.norm.ppf(0.975)
        centre, half = p + z * z / (2 * n), z * (spread / n + z * z / (4 * n * n)) ** 0.5
        return max(0, (centre - half) / (1 + z * z / n)), min(1, (centre + half) / (1 + z * z / n))

    def compare(self, a, b, weight=None):
        w = 1 if weight is None else weight
        weighted = Answers([t * w for t in self.x], self.fold) if weight is not None else self
        d = weighted.x[a] - weighted.x[b]
        se, df = weighted.error(d, 2)
        most = max(1, float(np.max(w)))
        se = se if se > 1e-12 * most else 0
        p, low, high = p_and_interval(d.mean(), se, df)
        if se == 0:  # all pictures differ by the same: at most a share of others would not
            share, p = 1 - 0.025 ** (1 / self.n), 1.0 if d.mean() == 0 else min(1, 2 * 0.5**self.n)
            low, high = d.mean() - share * (most + d.mean()), d.mean() + share * (most - d.mean())
        if self.seeds == 1 and self.fold is None:
            a_only, b_only = int((d > 0).sum()), int((d < 0).sum())
            if weight is not None:
                p = max(p, min(1, 2 * 0.5 ** (a_only + b_only)))
                return d.mean(), p, low, high, se, df
            p = stats.binomtest(a_only, a_only + b_only).pvalue if a_only + b_only else 1.0
        return d.mean(), p, low, high, se, df


def compare_values(values, a, b, overlap):
    """values: a list of arrays, one number for each run."""
    d, runs = values[a] - values[b], len(values[a])
    own, df = moderated(d.var(ddof=1), 2 * np.mean([v.var(ddof=1) for v in values]), len(values), runs - 1)
    se = (own * (1 / runs + overlap)) ** 0.5
    if se <= 1e-12 * (abs(values[a].mean()) + abs(values[b].mean())):  # nothing varies: as many signs that agree, no interval
        return d.mean(), 1.0 if d.mean() == 0 else min(1, 2 * 0.5**runs), None, None, 0, df
    return (d.mean(), *p_and_interval(d.mean(), se, df), se, df)


def holm(ps):
    order, out, worst = np.argsort(ps, kind="stable"), [0.0] * len(ps), 0
    for i, at in enumerate(order):
        worst = max(worst, min(1, ps[at] * (len(ps) - i)))
        out[at] = worst
    return out


# ---- an experiment ----

class Experiment:
    def __init__(self, folder):
        self.folder = folder
        table = pd.read_csv(os.path.join(folder, "results.csv"), keep_default_na=False, na_values=["", "nan"])
        self.columns = [c for c in table.columns if c not in ("trial", "status", "path", "seed", "fold", "deal")]
        self.trials = {}
        for _, row in table.iterrows():
            self.trials.setdefault(row.trial, []).append(Run(row, folder))
        self.level = add_speed(self.trials)
        with open(os.path.join(folder, "results.json")) as stored:
            self.stored = json.load(stored)
        with open(os.path.join(folder, "results.md")) as said:
            self.said = said.read()
        self.folded = "fold" in table.columns
        done = [r for r in itertools.chain(*self.trials.values()) if r.finished]
        self.test = bool(done) and done[0].test
        self.cache = {}
        self.twins = self.same_runs()

    def same_runs(self):
        """Trials whose runs are those of an earlier one to the last bit: they count once."""
        told = {name: [(r.seed, [(h["val_loss"], h["train_loss"], h["val_accuracy"]) for h in r.history]) for r in self.done(name)]
                for name in self.trials}
        names = [name for name in self.trials if told[name] and len(told[name]) == len(self.trials[name])]
        return {b: a for j, b in reversed(list(enumerate(names))) for a in reversed(names[:j]) if told[a] == told[b]}

    def once(self, names, asked):
        """These trials without those that are the same as another one of them, which they are then replaced by."""
        names = [n for n in names if self.twins.get(n) not in names]
        return names, [n if n in names else self.twins[n] for n in asked]

    def done(self, name):
        """The runs that finished; where some deal has all its folds, those of such deals."""
        runs = [r for r in self.trials[name] if r.finished]
        if self.folded and not self.test:
            folds = max(int(r.row.fold) for r in itertools.chain(*self.trials.values()) if r.finished)
            deals = [int(r.row.deal) for r in runs]
            runs = [r for r in runs if deals.count(int(r.row.deal)) == folds] or runs
        return runs

    def mean(self, name, column):
        values = [r.values.get(column) for r in self.done(name)]
        if column in ("epochs", "seconds"):
            values = [r.values.get(column) for r in self.trials[name]]
        if column in ("accuracy", "val_accuracy") and self.folded and not self.test and self.units(name):
            return float(np.mean([u[1].mean() for u in self.units(name).values()]))
        recorded = column in self.columns[self.columns.index("train_loss") + 1:] and column not in ("test_accuracy", "test_loss")
        if recorded:
            values = [v for v in values if v is not None]
        if not values or any(v is None for v in values):
            return None
        return float(np.mean(values))

    def units(self, name):
        """seed (or deal) -> (pictures, answers, labels, folds)"""
        out = {}
        for r in self.done(name):
            if self.folded and not self.test:
                out.setdefault(int(r.row.deal), []).append(r)
            else:
                order = np.arange(len(r.samples))
                out[r.seed] = (tuple(r.samples), r.right[order], r.labels[order], None)
        if self.folded and not self.test:
            whole = {}
            folds = max(int(r.row.fold) for r in itertools.chain(*self.trials.values()) if r.finished)
            for deal, runs in out.items():
                if len(runs) == folds:
                    samples = np.concatenate([r.samples for r in runs])
                    order = np.argsort(samples)
                    fold = np.concatenate([np.full(len(r.samples), int(r.row.fold) - 1) for r in runs])
                    whole[deal] = (tuple(samples[order]) + tuple(fold[order]), np.concatenate([r.right for r in runs])[order],
                                   np.concatenate([r.labels for r in runs])[order], fold[order])
            return whole
        return out

    def family(self, names):
        """The trials that can be compared with all of `names`, as Answers; or None and shares where seeds have other pictures."""
        units = {name: self.units(name) for name in self.trials}
        seeds = sorted(set.intersection(*[set(units[name]) for name in names]))
        if not seeds:
            return None
        first = units[names[0]]

        def alike(name):
            return all(s in units[name] and units[name][s][0] == first[s][0] for s in seeds)

        if not all(alike(name) for name in names):
            return None
        members, _ = self.once([name for name in self.trials if alike(name)], names)
        folds = np.array([first[s][3] for s in seeds]) if first[seeds[0]][3] is not None else None
        if folds is None and len({first[s][0] for s in seeds}) > 1:
            values = [np.array([units[m][s][1].mean() for s in seeds]) for m in members]
            return members, seeds, None, values, first
        return members, seeds, Answers([np.array([units[m][s][1] for s in seeds]) for m in members], folds), None, first

    def overlap(self, name):
        runs = self.done(name)
        if len({tuple(sorted(r.val_samples)) for r in runs}) < 2:
            return 0
        pictures = []
        for r in runs:
            with open(os.path.join(r.path, "manifest.json")) as manifest:
                pictures.append(len(r.val) / json.load(manifest)["result"]["train_pictures"])
        return float(np.mean(pictures))

    def have_one_seed(self, b, a):
        return len(set(self.units(b)) & set(self.units(a))) == 1 and (not self.folded or self.test)

    def compare(self, b, a, metric):
        """b - a by a metric: difference, p, low, high, se, df; None where they cannot be compared."""
        key = (b, a, metric)
        if key not in self.cache:
            found = self.compared(b, a, metric)
            if found is not None and metric in APART:
                found = (*found[:2], *cut(*found[2:4], APART[metric]), *found[4:])
            self.cache[key] = found
        return self.cache[key]

    def compared(self, b, a, metric):
        if metric in ("accuracy", "balanced_accuracy"):
            family = self.family([a, b])
            if family is None:
                return None
            members, seeds, answers, values, first = family
            _, (b, a) = self.once(list(self.trials), (b, a))
            if answers is None:
                return compare_values(values, members.index(b), members.index(a), self.overlap(a)) if len(seeds) > 1 else None
            weight = None
            if metric == "balanced_accuracy":
                labels = first[seeds[0]][2]
                counts = np.bincount(labels)
                weight = len(labels) / ((counts > 0).sum() * counts[labels])
            return answers.compare(members.index(b), members.index(a), weight)
        units = {name: {r.seed: r.values[metric] for r in self.done(name) if metric in r.values} for name in self.trials}
        seeds = sorted(set(units[a]) & set(units[b]))
        if len(seeds) < 2:
            return None
        overlap = self.overlap(a)
        members, (b, a) = self.once([m for m in self.trials if all(s in units[m] for s in seeds)], (b, a))
        values = [np.array([units[m][s] for s in seeds]) for m in members]
        return compare_values(values, members.index(b), members.index(a), overlap)


    def tested(self, pairs):
        """(metric, b, a) -> difference and corrected p of b - a, by every metric that a conclusion may speak of."""
        metrics = ["accuracy", "balanced_accuracy", "val_loss", "train_loss", "final_gap", "first", "steadiness", "reached"] + [
            c for c in self.columns if c not in ("val_accuracy", "train_accuracy", "best_epoch", "epochs", "seconds")]
        tested = {}
        for metric in dict.fromkeys(metrics):
            found = [(pair, self.compare(*pair, metric)) for pair in pairs]
            found = [(pair, c) for pair, c in found if c is not None and c[1] == c[1]]
            for (pair, c), p in zip(found, holm([c[1] for _, c in found]) if found else []):
                tested[metric, pair[0], pair[1]] = (c[0], p)
                tested[metric, pair[1], pair[0]] = (-c[0], p)
        return tested


# ---- how numbers are written ----

def number(text):
    return float(text.replace(",", "").replace("\u2212", "-"))


def agrees(text, value, unit=1):
    """Whether a printed number is this value, rounded as it is printed; results.csv has six digits of it."""
    if value is None or not math.isfinite(value):
        return False
    digits = re.sub(r"^[+-]?[\d,]*\.?", "", text.split("e")[0]) if "." in text else ""
    value *= unit
    if "." in text and "e" not in text and abs(number(text) - value) <= 0.5 * 10 ** -len(digits) + 2e-6 * max(abs(value), 100):
        return True
    if "." not in text and "e" not in text and abs(number(text) - value) <= 0.5000001:
        return True
    return float(f"{value:.3g}") == number(text) or abs(number(text) - value) <= 0.0051 * abs(value) and "e" in text


def duration(text, seconds):
    if seconds < 9.95:
        return text == f"{seconds:.1f} s"
    whole = math.floor(seconds + 0.5)
    return text in (f"{whole} s", f"{whole // 60} min {whole % 60:02} s", f"{whole // 3600} h {whole % 3600 // 60:02} min")


class Checker:
    def __init__(self, experiment):
        self.e, self.wrong, self.looked = experiment, [], 0
        self.bounds, self.pairs, self.by_pair, self.unexplained, self.detectable = [], [], {}, [], None

    def expect(self, what, text, value, unit=1):
        self.looked += 1
        if not agrees(text, value, unit):
            self.wrong.append(f"{what}: said {text}, is {value * unit if value is not None else None}")

    def must(self, what, holds):
        self.looked += 1
        if not holds:
            self.wrong.append(what)

    # -- the table --

    HEADS = {"training": "train_accuracy", "gap": "gap", "final gap": "final_gap", "best epoch": "best_epoch",
             "epochs run": "epochs", "training loss": "train_loss", "after 1 epoch": "first", "epochs to a level": "reached",
             "seconds to the level": "reached_seconds", "change per epoch": "steadiness", "validation": "val_accuracy",
             "test": "accuracy", "time per run": "seconds"}

    def table(self):
        cells = [[c.replace("\n", " ") for c in row] for row in self.e.stored["cells"]]
        heads = cells[0]
        for row in cells[1:]:
            name = row[0] if row[0] in self.e.trials else re.sub(r"  \(.*?\)$", "", row[0])
            if not self.e.done(name) and any(r.cut for r in self.e.trials[name]):
                continue  # what it had come to, which nothing is said of
            for head, text in zip(heads[1:], row[1:]):
                if text in ("-", "NaN", "infinite"):
                    continue
                if head == "95 % interval":
                    self.interval(name, text)
                    continue
                column = self.HEADS.get(head, head)
                value = self.e.mean(name, column)
                if column == "gap" and self.e.folded and not self.e.test:
                    value = self.e.mean(name, "train_accuracy") - self.e.mean(name, "val_accuracy")
                percent = text.endswith(" %") or head in ("gap", "final gap", "change per epoch") or head.endswith(": lost")
                if column == "seconds":
                    self.must(f"{name}, {head}: said {text}, is {value}", duration(text, value))
                else:
                    self.expect(f"{name}, {head}", text.replace(" %", ""), value, 100 if percent else 1)

    def interval(self, name, text):
        low, high = text.split(" to ")
        units = self.e.units(name)
        seeds = sorted(units)
        same = [m for m in self.e.trials if sorted(self.e.units(m)) == seeds
                and all(self.e.units(m)[s][0] == units[s][0] for s in seeds)]
        same, (name,) = self.e.once(same, [name])
        if len({units[s][0] for s in seeds}) > 1 and units[seeds[0]][3] is None:
            values = [np.array([self.e.units(m)[s][1].mean() for s in seeds]) for m in same]
            x = values[same.index(name)]
            own, df = moderated(x.var(ddof=1), np.mean([v.var(ddof=1) for v in values]), len(values), len(x) - 1)
            half = stats.t.ppf(0.975, df) * (own * (1 / len(x) + self.e.overlap(name))) ** 0.5
            bounds = max(0, x.mean() - half), min(1, x.mean() + half)
        else:
            fold = np.array([units[s][3] for s in seeds]) if units[seeds[0]][3] is not None else None
            x = [np.array([self.e.units(m)[s][1] for s in seeds]) for m in same]
            bounds = Answers(x, fold).interval(same.index(name))
        self.bounds += [100 * bound for bound in bounds]
        self.expect(f"{name}, interval", low, bounds[0], 100)
        self.expect(f"{name}, interval", high, bounds[1], 100)

    # -- the differences --

    def metric(self):
        label = self.e.stored["differences"]["metric"]["label"]
        known = {"validation accuracy": "accuracy", "test accuracy": "accuracy", "balanced accuracy": "balanced_accuracy",
                 "validation loss": "val_loss", "training loss": "train_loss", "gap after the last epoch": "final_gap"}
        return known.get(label, label)

    def differences(self):
        metric, listed = self.metric(), self.e.stored["differences"]["list"]
        self.pairs = [(d["b"], d["a"]) for d in listed]
        found = [self.e.compare(b, a, metric) for b, a in self.pairs]
        for (b, a), c in zip(self.pairs, found):
            self.must(f"{b} and {a} were compared, and cannot be", c is not None)
        if any(c is None for c in found):
            return
        corrected = holm([c[1] for c in found])
        self.by_pair = {pair: (c[0], p, c[2], c[3]) for pair, c, p in zip(self.pairs, found, corrected)}
        for d, c, p in zip(listed, found, corrected):
            for field, value in (("difference", c[0]), ("low", c[2]), ("high", c[3]), ("p", p)):
                said = d.get(field)
                self.must(f"{d['b']} against {d['a']}, {field}: stored {said}, is {value}",
                          said is value if None in (said, value) else abs(said - value) <= 1e-6 + 1e-4 * abs(value))
        one_seed = [self.e.have_one_seed(b, a) for b, a in self.pairs]
        sizes = sorted((stats.t.ppf(1 - 0.025 / len(found), c[5]) + stats.t.ppf(0.8, c[5])) * c[4]
                       for c, one in zip(found, one_seed) if c[4] > 0 and c[5] >= 2 and (not one or all(one_seed)))
        self.detectable = sizes[(len(sizes) - 1) // 2] if sizes else None
        unit = 100 if self.e.stored["differences"]["metric"]["format"] in ("percent", "points") else 1
        for text in re.findall(r"A true difference of ([\d.,e-]+)", self.e.said):
            self.expect("detectable", text, self.detectable, unit)
        for line in self.e.stored["lines"]:
            self.line(line["text"].replace("\u00a0", " "), unit)

    def line(self, text, unit):
        for (b, a), (d, p, low, high) in self.by_pair.items():
            tail = r"([+-]?[\d.,e-]+)(?: points)? \(95 % interval ([\d.e,+-]+) to ([\d.e,+-]+), p ([=<]) ([\d.]+)\)"
            told = re.fullmatch(re.escape(f"{b} is ") + "(better|worse|higher|lower)" + re.escape(f" than {a} by ") + tail, text)
            noise = re.fullmatch(re.escape(f"{b} against {a}: ") + tail, text)
            if told:
                lower = self.e.stored["differences"]["metric"]["mode"] == "min"
                up = told[1] == "higher" or told[1] != "lower" and (told[1] == "better") != lower
                self.must(f"{text}: the direction", (d > 0) == up)
                self.must(f"{text}: it is not established (p = {p})", p < 0.05)
                values = (abs(d), low if d > 0 else -high, high if d > 0 else -low)
                told = told.groups()[1:]
            elif noise:
                values, told = (d, low, high), noise.groups()
                self.must(f"{text}: it is established (p = {p})", p >= 0.05)
            else:
                continue
            for said, value in zip(told[:3], values):
                self.expect(f"line '{text}'", said, value, unit)
            self.must(f"line '{text}': p is {p}", p < 0.001 if told[3] == "<" else agrees(told[4], p))

    def flattery(self):
        m = re.search(r"the kept weights are (?:([\d.]+) points (better|worse)|equally good) on the ([\d,]+) validation pictures?, "
                      r"which chose them, (?:than|and) on the ([\d,]+) test pictures? \(mean of (\d+) runs?[^,]*, "
                      r"95 % interval ([\d.-]+) to ([\d.-]+)\)",
                      self.e.said.replace("\u00a0", " ").replace("\n", " "))
        if not m or self.e.folded:
            return
        runs = [r for name in self.e.trials for r in self.e.done(name)]
        first = runs[0]
        runs = [r for r in runs if tuple(r.val_samples) == tuple(first.val_samples) and tuple(r.samples) == tuple(first.samples)]
        val, test = np.array([r.val for r in runs]), np.array([r.right for r in runs])
        parts = []
        for x in (val, test):
            n, count = x.shape[1], len(runs)
            rest = x - x.mean(0) - x.mean(1)[:, None] + x.mean()
            rest = (rest**2).sum() / ((n - 1) * (count - 1)) / n if count > 1 else 0
            parts.append((x.mean(0).var(ddof=1) / n, rest, n))
        between = (val.mean(1) - test.mean(1)).var(ddof=1) if len(runs) > 1 else 0
        run = max(between - parts[0][1] - parts[1][1], 0) / len(runs)
        total = parts[0][0] + parts[1][0] + run
        below = sum(v**2 / (n - 1) for v, _, n in parts) + ((between / len(runs)) ** 2 / (len(runs) - 1) if run > 0 else 0)
        d = val.mean() - test.mean()
        _, low, high = p_and_interval(d, total**0.5, total**2 / below)
        low, high = cut(low, high, 1)
        for text, value in ((m[1] or "0.0", abs(d)), (m[6], low), (m[7], high)):
            self.expect("how far the choice flatters", text, value, 100)
        self.must("how far the choice flatters: direction", m[2] is None or (m[2] == "better") == (d >= 0))
        self.must("how far the choice flatters: runs", int(m[5]) == len(runs))

    # -- a search --

    def search(self):
        """The best trial's accuracy, and that of its fresh seeds after as many epochs."""
        text = self.e.said.replace("\u00a0", " ").replace("\n", " ")
        best = re.search(r"The best is trial (\d+) \(.*?\): validation accuracy ([\d.]+) %", text)
        if not best:
            return
        rows = []
        for number in (name for name in os.listdir(os.path.join(self.e.folder, "search")) if name.isdigit()):
            seeds = os.path.join(self.e.folder, "search", number)
            for seed in (s for s in os.listdir(seeds) if s.startswith("seed-")):
                with open(os.path.join(seeds, seed, "metrics.jsonl")) as lines:
                    rows.append((int(number), [json.loads(line)["val_accuracy"] for line in lines]))
        self.must(f"'{best[0]}' is not among those trained longest", max(len(r) for _, r in rows)
                  == max(len(r) for n, r in rows if n == int(best[1])))
        score = np.mean([max(r) for n, r in rows if n == int(best[1])])
        self.expect("the best trial", best[2], score, 100)
        trained = re.search(r"; (\d[\d,]*) epochs? of at most", text)
        self.expect("epochs of the search", trained[1] if trained else "", sum(len(r) for _, r in rows))
        again = re.search(r"it had ([\d.]+) %(?: after (\d+) epochs?)?; trained again with (\d+) fresh seeds? it has ([\d.]+) % "
                          r"on the same pictures(?: after as many)?(?:: ([\d.]+) points worse)?", text)
        if not again:
            return
        epochs = int(again[2]) if again[2] else None
        self.must("the search's best is told after fewer epochs than it was trained for", epochs is None
                  or epochs == min(len(r) for n, r in rows if n == int(best[1])))
        fresh = [max(h["val_accuracy"] for h in run.history[:epochs]) for run in self.e.done(list(self.e.trials)[-1])]
        for what, said, value in (("chosen", again[1], score), ("trained again", again[4], np.mean(fresh)),
                                  ("luck of the choice", again[5], score - np.mean(fresh))):
            if said:
                self.expect(what, said, value, 100)
        self.expect("fresh seeds", again[3], len(fresh))

    # -- the conclusion --

    def tokens(self, sentence):
        for i, name in sorted(enumerate(self.e.trials), key=lambda x: -len(x[1])):
            sentence = re.sub(r"'" + re.escape(name) + r"'|(?<![\w.])" + re.escape(name) + r"(?![\w]|\.\d)", f"<{i}>", sentence)
        return sentence

    def conclusion(self):
        said = (self.e.stored.get("conclusion") or "").replace("\u00a0", " ")
        names, text = list(self.e.trials), self.tokens(self.mistakes(said))
        tested = self.e.tested(self.pairs)

        def some(b, a, better):
            lower = ("final_gap", "reached", "steadiness", "best_epoch")
            return any((d > 0) == (better != ("loss" in m or m in lower)) and p < 0.05
                       for (m, y, x), (d, p) in tested.items() if (y, x) == (b, a))

        at = r"<(\d+)>"
        for m in re.finditer(at + r" is ([\d.e+-]+)(?: points)? (better|worse|higher|lower) than " + at + r" \(p ([=<]) ([\d.]+)\)", text):
            b, a = names[int(m[1])], names[int(m[4])]
            self.must(f"'{b} is {m[3]} than {a}' is not established", some(b, a, m[3] in ("better", "higher")))
        for m in re.finditer(r"((?:<\d+>(?:, | and )?)+) (?:is|are) (better|worse|higher|lower) than " + at, text):
            for b in re.findall(at, m[1]):
                self.must(f"'{names[int(b)]} {m[2]} than {names[int(m[3])]}' is not established",
                          some(names[int(b)], names[int(m[3])], m[2] in ("better", "higher")))
        for m in re.finditer(r"((?:<\d+>(?:, | and )?)+) (?:is|are) (better|worse|higher|lower)(?! than <)", text):
            for b in [names[int(i)] for i in re.findall(at, m[1])]:
                self.must(f"'{b} {m[2]}' is not established", any(some(b, a, m[2] in ("better", "higher"))
                                                                  for pair in self.pairs if b in pair for a in pair if a != b))
        for m in re.finditer(at + r" cannot be told from " + at + r" \(([+-]?[\d.e-]+)(?: points)?, p = ([\d.]+)\)", text):
            b, a = names[int(m[1])], names[int(m[2])]
            self.must(f"'{b}' cannot be told from '{a}': that is not so", any(
                p >= 0.05 and agrees(m[4], p) and (agrees(m[3], 100 * d) or agrees(m[3], d))
                for (_, y, x), (d, p) in tested.items() if (y, x) == (b, a)))
        for m in re.finditer(r"(after one epoch )?(no two differ|no decay differs|(?:no trial|none) differs from ([^;.]*?)) "
                             r"(?:in accuracy )?beyond chance", text):
            against, by = re.fullmatch(at, m[3] or ""), "first" if m[1] else self.metric()
            real = [pair for pair in self.pairs if tested.get((by, *pair), (0, 1))[1] < 0.05
                    and (not against or names[int(against[1])] in pair)]
            self.must(f"'{m[0]}' is not so: {real}", not real)
        best = max((n for n in names if self.e.mean(n, "accuracy") is not None), key=lambda n: self.e.mean(n, "accuracy"),
                   default=None)
        for m in re.finditer(at + r" (?:is highest|has the highest mean)|((?:<\d+>(?:, | and )?)+) have the same mean", text):
            for name in [names[int(i)] for i in re.findall(at, m[0])]:
                self.must(f"'{name}' is not highest", self.e.mean(name, "accuracy") == self.e.mean(best, "accuracy"))
        self.numbers(re.sub(r"<\d+>", "", text), said, tested)

    # What `errors` says: of its answers, which are those of all runs and of the best one.
    MISTAKES = re.compile(r"the best run \(seed (\d+)\) has (\d+) of (\d+) pictures wrong, more than 90 % sure of (\d+|none) of them; "
                          r"most often '(.+?)' taken for '(.+?)' \((\d+) times? in (\d+) runs?\); macro F1 is ([\d.]+)")

    def mistakes(self, said):
        m = self.MISTAKES.search(said)
        if not m:
            return said
        runs = self.e.done(next(iter(self.e.trials)))
        prefix, classes = "test_" if self.e.test else "", self.e.stored["classes"]
        best = max(runs, key=lambda r: (r.values["accuracy"], -r.seed))
        confusion, sure = np.zeros((len(classes), len(classes)), int), 0
        for run in runs:
            saved = np.load(os.path.join(run.path, "predictions.npz"))
            truth, answer = saved[prefix + "labels"], saved[prefix + "predictions"]
            np.add.at(confusion, (truth, answer), 1)
            if run is best:
                sure = int(((saved[prefix + "scores"].max(1) > 0.9) & (truth != answer)).sum())
        right = confusion.diagonal().astype(float)
        f1 = np.mean(2 * right / np.maximum(confusion.sum(0) + confusion.sum(1), 1))
        wrong = confusion - np.diag(confusion.diagonal())
        for what, text, value in (("best seed", m[1], best.seed), ("wrong", m[2], (1 - best.right).sum()), ("pictures", m[3],
                                  len(best.right)), ("sure", "0" if m[4] == "none" else m[4], sure), ("most confused", m[7], wrong.max()),
                                  ("that pair", m[7], wrong[classes.index(m[5]), classes.index(m[6])]),
                                  ("runs", m[8], len(runs)), ("macro F1", m[9], f1)):
            self.expect(what, text, value)
        return self.MISTAKES.sub("", said)

    def numbers(self, text, said, tested):
        classes = len(self.e.stored["classes"])
        pool = [0.05, 95, 100, 1, 0.25]  # 0.25: the steepest slope of a sigmoid
        pool += [math.log(classes), math.log(1 + (classes - 1) / math.e)]  # losses: of a guess, and after a second softmax
        means = {}
        for name in self.e.trials:
            columns = set(itertools.chain(*[r.values for r in self.e.trials[name]]))
            for column in columns:
                value = self.e.mean(name, column)
                if value is not None:
                    means.setdefault(column, []).append(value)
        for values in means.values():
            for a in values:
                pool += [a, 100 * a]
            pool += [x / y for x in values for y in values if y] + [100 * x / y for x in values for y in values if y]
            pool += [100 * (x - y) for x in values for y in values]
        for name in self.e.trials:  # a recorded share beside the accuracy; counts of one run
            shares = [self.e.mean(name, c) for c in set(itertools.chain(*[r.values for r in self.e.trials[name]]))]
            shares = [v for v in shares if v is not None]
            pool += [100 * (x - y) for x in shares for y in shares]
            pool += [n for r in self.e.done(name) for n in (len(r.right), len(r.right) - r.right.sum())]
        pool += [len(self.pairs), sum(p < 0.05 for (m, *_), (_, p) in tested.items() if m == self.metric()) / 2]
        pool += self.bounds
        for d, p in tested.values():
            pool += [d, 100 * d, p, abs(d), 100 * abs(d)]
        for value in (self.detectable, self.e.level):
            if value:
                pool += [value, 100 * value]
        options = json.dumps(self.e.stored.get("options", {}))
        left = []
        for number_ in re.findall(r"(?<![\w.])[+-]?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?", text):
            number_ = number_.rstrip(",")
            self.looked += 1
            known = any(agrees(number_.lstrip("+-"), abs(v)) for v in pool if v is not None and math.isfinite(v))
            if not known and not re.search(r"(?<![\d.])" + re.escape(number_.lstrip("+-")) + r"(?!\d)", options):
                left.append(number_)
        self.unexplained = left


def main(folders):
    status, total, unexplained = 0, 0, 0
    for folder in folders:
        try:
            experiment = Experiment(folder)
        except (OSError, KeyError) as failure:
            print(f"{folder}: not looked at: {failure}")
            status = 1
            continue
        checker = Checker(experiment)
        for part in (checker.table, checker.differences, checker.flattery, checker.search, checker.conclusion):
            part()
        total += checker.looked
        unexplained += len(checker.unexplained)
        for line in checker.wrong:
            print(f"{folder}: {line}")
        if checker.unexplained:
            print(f"{folder}: look at {', '.join(checker.unexplained)} in: {experiment.stored['conclusion']}")
        status = status or bool(checker.wrong)
    print(f"{len(folders)} experiments, {total} numbers and claims looked at, {unexplained} numbers left to the reader")
    return int(status)


def with_more_seeds(few, many):
    """What is called different with few seeds, and what the same experiment says of it with more."""
    a, b = Experiment(few), Experiment(many)
    for name, runs in a.trials.items():
        more = {r.seed: r for r in b.done(name)}
        if any(r.seed not in more or (r.right != more[r.seed].right).any() for r in runs if r.finished):
            print(f"{many}: has not all runs of {few}")
            return None
    pairs = [(d["b"], d["a"]) for d in a.stored["differences"]["list"]]
    before, after = a.tested(pairs), b.tested(pairs)
    count = {"tested": 0, "called different": 0, "still": 0, "not any more": 0, "sign changed": 0, "contradicted": 0, "new": 0}
    for key, (d, p) in before.items():
        if key[1:] not in pairs or key not in after:
            continue
        count["tested"] += 1
        later, q = after[key]
        if p >= 0.05:
            count["new"] += q < 0.05
            continue
        count["called different"] += 1
        count["still"] += q < 0.05 and d * later > 0
        count["not any more"] += q >= 0.05
        count["sign changed"] += d * later < 0
        if d * later < 0 and q < 0.05:
            count["contradicted"] += 1
            print(f"{many}: {key[1]} against {key[2]} by {key[0]}: {d:+.4g} (p = {p:.3f}), {later:+.4g} (p = {q:.3f}) with more seeds")
    return count


def compare_seeds(folders):
    total, status = {}, 0
    for few, many in zip(folders[::2], folders[1::2]):
        count = with_more_seeds(few, many)
        status = status or count is None or count["contradicted"] > 0
        for key, value in (count or {}).items():
            total[key] = total.get(key, 0) + value
        print(f"{few}: {', '.join(f'{v} {k}' for k, v in (count or {}).items())}")
    print(f"{len(folders) // 2} experiments: {', '.join(f'{v} {k}' for k, v in total.items())}")
    return int(status)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--seeds"]:
        sys.exit(compare_seeds(sys.argv[2:]))
    sys.exit(main(sys.argv[1:]))
