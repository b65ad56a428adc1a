"""Optuna's methods on table.json, beside replay.lua: the same settings, budget and area.

python optuna_replay.py [STUDIES]        # with optuna 4
"""
import json
import math
import pathlib
import statistics
import sys

import optuna

BUDGET, RANGES = 2400, ("lr", "p", "weight_decay", "width")
here = pathlib.Path(__file__).parent
data = json.loads((here / "table.json").read_text())
optuna.logging.set_verbosity(optuna.logging.ERROR)


def unit(name, value):
    if name == "p":
        return value / 0.6
    low, high = {"lr": (1e-4, 1), "weight_decay": (1e-6, 1), "width": (3.5, 128.5)}[name]
    return (math.log(value) - math.log(low)) / (math.log(high) - math.log(low))


for setting in data["settings"]:
    setting["at"] = [unit(name, setting["values"][name]) for name in RANGES]


def nearest(values):
    at = [unit(name, values[name]) for name in RANGES]
    same = [s for s in data["settings"] if s["values"]["activation"] == values["activation"]]
    return min(same, key=lambda s: sum((a - b) ** 2 for a, b in zip(s["at"], at)))


def replay(sampler, seed):
    trained = seed % 3
    top = max(max(s["rights"][trained]) for s in data["settings"])
    study = optuna.create_study(sampler=sampler(seed), direction="maximize")
    best = total = spent = 0
    while spent < BUDGET:
        trial = study.ask()
        values = {"lr": trial.suggest_float("lr", 1e-4, 1, log=True), "width": trial.suggest_int("width", 4, 128, log=True),
                  "p": trial.suggest_float("p", 0, 0.6), "weight_decay": trial.suggest_float("weight_decay", 1e-6, 1, log=True),
                  "activation": trial.suggest_categorical("activation", ["ReLU", "Tanh"])}
        curve = nearest(values)["rights"][trained]
        for right in curve:
            best, spent = max(best, right), spent + 1
            total += top - best
        study.tell(trial, max(curve))
    return 100 / data["pictures"] * total / spent, 100 / data["pictures"] * (top - best)


SAMPLERS = {
    "random": lambda seed: optuna.samplers.RandomSampler(seed=seed),
    "tpe": lambda seed: optuna.samplers.TPESampler(seed=seed, multivariate=True, n_startup_trials=10),
}
studies = int(sys.argv[1]) if len(sys.argv) > 1 else 120
for name, sampler in SAMPLERS.items():
    areas, behind = zip(*(replay(sampler, seed) for seed in range(1, studies + 1)))
    print(f"{name:18} {statistics.mean(areas):8.2f} {statistics.mean(behind):8.2f}")
