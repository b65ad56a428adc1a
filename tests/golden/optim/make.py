"""Writes values.lua: what PyTorch's optimizers and schedules compute, for tests/lua/optim_golden.lua.
Run: python3 make.py > values.lua

Lion is not in PyTorch: it is the formula of the paper (Chen et al., 2023, algorithm 2), in NumPy.
"""
import math
import warnings

import numpy as np
import torch
from torch import nn, optim
from torch.optim import lr_scheduler as S
from torch.optim import swa_utils

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)  # NAdam keeps its product of momenta in it
warnings.simplefilter("ignore")
STEPS, SIZE = 20, 5


def number(x):
    if isinstance(x, bool):
        return "true" if x else "false"
    if isinstance(x, int):
        return str(x)
    return "math.huge" if x == math.inf else repr(float(x))


def lua(value):
    if isinstance(value, (torch.Tensor, np.ndarray)):
        return lua(value.tolist())
    if isinstance(value, dict):
        return "{%s}" % ",".join("%s=%s" % (k, lua(v)) for k, v in value.items())
    if isinstance(value, (list, tuple)):
        return "{%s}" % ",".join(lua(v) for v in value)
    if isinstance(value, str):
        return '"%s"' % value
    return number(value)


def seeded(*shape, seed, low=-2.0, high=2.0):
    """Numbers that f32 and f64 hold alike."""
    g = torch.Generator().manual_seed(seed)
    return (torch.rand(*shape, generator=g, dtype=torch.float32) * (high - low) + low).double()


RULES = (
    ("SGD", {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.1, "nesterov": True}),
    ("SGD", {"lr": 0.05, "momentum": 0.8, "dampening": 0.3, "weight_decay": 0.1, "maximize": True}),
    ("Adam", {"lr": 0.05, "weight_decay": 0.1}), ("Adam", {"lr": 0.05, "betas": (0.7, 0.9), "amsgrad": True}),
    ("AdamW", {"lr": 0.05, "weight_decay": 0.1}), ("AdamW", {"lr": 0.05, "maximize": True}),
    ("RMSprop", {}), ("RMSprop", {"lr": 0.05, "alpha": 0.9}), ("RMSprop", {"lr": 0.05, "weight_decay": 0.1}),
    ("RMSprop", {"lr": 0.05, "momentum": 0.9}), ("RMSprop", {"lr": 0.05, "centered": True}),
    ("RMSprop", {"lr": 0.05, "centered": True, "momentum": 0.9, "weight_decay": 0.1, "eps": 1e-4}),
    ("RMSprop", {"lr": 0.05, "momentum": 0.5, "maximize": True}),
    ("Adagrad", {}), ("Adagrad", {"lr": 0.1, "lr_decay": 0.1}), ("Adagrad", {"lr": 0.1, "initial_accumulator_value": 0.5}),
    ("Adagrad", {"lr": 0.1, "weight_decay": 0.1, "eps": 1e-3}), ("Adagrad", {"lr": 0.1, "maximize": True}),
    ("Adadelta", {}), ("Adadelta", {"lr": 0.5, "rho": 0.8}), ("Adadelta", {"weight_decay": 0.1, "eps": 1e-4}),
    ("Adadelta", {"maximize": True}),
    ("NAdam", {}), ("NAdam", {"lr": 0.05, "momentum_decay": 0.1}), ("NAdam", {"lr": 0.05, "weight_decay": 0.1}),
    ("NAdam", {"lr": 0.05, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("NAdam", {"lr": 0.05, "betas": (0.7, 0.9), "eps": 1e-4, "maximize": True}),
    ("Lion", {}), ("Lion", {"lr": 0.01, "weight_decay": 0.1}), ("Lion", {"lr": 0.01, "betas": (0.7, 0.9), "maximize": True}),
    ("RAdam", {"lr": 0.05}), ("RAdam", {"lr": 0.05, "betas": (0.8, 0.9), "weight_decay": 0.1}),
    ("RAdam", {"lr": 0.05, "betas": (0.7, 0.99), "weight_decay": 0.1, "decoupled_weight_decay": True, "maximize": True}),
    ("Adamax", {}), ("Adamax", {"lr": 0.05, "weight_decay": 0.1}),
    ("Adamax", {"lr": 0.05, "betas": (0.7, 0.9), "eps": 1e-3, "maximize": True}),
    ("Rprop", {}), ("Rprop", {"lr": 0.3, "etas": (0.4, 1.5), "step_sizes": (0.1, 0.5)}),
    ("Rprop", {"lr": 0.05, "maximize": True}),
)


class Lion:
    def __init__(self, p, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0, maximize=False):
        self.p, self.m = p, np.zeros_like(p)
        self.lr, self.betas, self.decay, self.maximize = lr, betas, weight_decay, maximize

    def step(self, g):
        b1, b2 = self.betas
        g = -g if self.maximize else g
        update = np.sign(b1 * self.m + (1 - b1) * g)
        self.m = b2 * self.m + (1 - b2) * g
        self.p = self.p - self.lr * (update + self.decay * self.p)


def path_of(name, options, gradients, start):
    if name == "Lion":
        o = Lion(start.numpy().copy(), **options)
        path = []
        for g in gradients:
            o.step(g.numpy())
            path.append(o.p.copy())
        return path
    p = start.clone().requires_grad_()
    o = getattr(optim, name)([p], **options)
    path = []
    for g in gradients:
        p.grad = g.clone()
        o.step()
        path.append(p.detach().clone())
    return path


def optimizers():
    start = seeded(SIZE, seed=50)
    gradients = [seeded(SIZE, seed=100 + i, low=-1, high=1.5) for i in range(STEPS)]
    cases = [{"name": name, "options": options, "path": path_of(name, options, gradients, start)[::3]}
             for name, options in RULES]
    return {"start": start, "gradients": gradients, "every": 3, "cases": cases}


# ---- schedules: 50 steps, two groups ----

SCHEDULES = (
    ("StepLR", [7], {}), ("StepLR", [3], {"gamma": 0.8}), ("MultiStepLR", [[5, 12, 12, 30]], {"gamma": 0.5}),
    ("ConstantLR", [], {}), ("ConstantLR", [], {"factor": 0.25, "total_iters": 9}), ("ExponentialLR", [0.93], {}),
    ("LinearLR", [], {}), ("LinearLR", [], {"start_factor": 0.1, "end_factor": 0.6, "total_iters": 20}),
    ("LinearLR", [], {"start_factor": 1.0, "end_factor": 0.0, "total_iters": 40}),
    ("PolynomialLR", [], {}), ("PolynomialLR", [], {"total_iters": 30, "power": 2.0}),
    ("CosineAnnealingLR", [20], {}), ("CosineAnnealingLR", [50], {"eta_min": 0.01}), ("CosineAnnealingLR", [1], {}),
    ("CosineAnnealingWarmRestarts", [7], {}), ("CosineAnnealingWarmRestarts", [4], {"T_mult": 2, "eta_min": 0.02}),
)
ONE_CYCLE = (
    {"total_steps": 50}, {"epochs": 10, "steps_per_epoch": 5, "anneal_strategy": "linear"},
    {"total_steps": 50, "three_phase": True}, {"total_steps": 55, "three_phase": True, "anneal_strategy": "linear", "pct_start": 0.4},
    {"total_steps": 50, "cycle_momentum": False}, {"total_steps": 50, "pct_start": 0.0},
    {"total_steps": 60, "base_momentum": 0.7, "max_momentum": 0.9, "div_factor": 10.0, "final_div_factor": 100.0},
)
CHAINS = {
    "warmup_cosine": lambda o: S.SequentialLR(o, [S.LinearLR(o, 0.1, total_iters=5), S.CosineAnnealingLR(o, 45)], [5]),
    "three": lambda o: S.SequentialLR(o, [S.ConstantLR(o, 0.1, total_iters=2), S.ExponentialLR(o, 0.9), S.StepLR(o, 4)], [3, 20]),
    "restarts_after_warmup": lambda o: S.SequentialLR(
        o, [S.LinearLR(o, 0.2, total_iters=4), S.CosineAnnealingWarmRestarts(o, 6, 2)], [4]),
    "chained": lambda o: S.ChainedScheduler([S.ConstantLR(o, 0.1, total_iters=20), S.ExponentialLR(o, 0.9)]),
    "chained_cosine": lambda o: S.ChainedScheduler([S.LinearLR(o, 0.5, total_iters=8), S.CosineAnnealingLR(o, 30)]),
    "lambda": lambda o: S.LambdaLR(o, [lambda e: 0.95 ** e, lambda e: 1 / (1 + e)]),
    "multiplicative": lambda o: S.MultiplicativeLR(o, lambda e: 0.9 if e % 2 else 1.05),
    "lambda_after": lambda o: S.SequentialLR(o, [S.ExponentialLR(o, 0.8), S.LambdaLR(o, lambda e: 0.5 ** e)], [10]),
}
PLATEAU = (
    {}, {"patience": 2}, {"mode": "max", "patience": 3, "factor": 0.5}, {"threshold_mode": "abs", "threshold": 0.3, "patience": 1},
    {"mode": "max", "threshold_mode": "abs", "threshold": 0.2, "patience": 0}, {"patience": 1, "cooldown": 4, "min_lr": [1e-3, 0.1]},
    {"patience": 0, "factor": 0.5, "eps": 0.01},
)


def make(rule="SGD", **options):
    a, b = torch.ones(1, requires_grad=True), torch.ones(1, requires_grad=True)
    return getattr(optim, rule)([{"params": [a]}, {"params": [b], "lr": 0.3}], lr=1.0, **options)


def rates(o):
    return [g["lr"] for g in o.param_groups]


def run(o, s, steps=50, metrics=None):
    path = [rates(o)]
    for i in range(steps):
        o.step()
        s.step(*([metrics[i]] if metrics is not None else []))
        path.append(rates(o))
        assert list(s.get_last_lr()) == path[-1]
    return path


def momenta(o):
    return [g["betas"][0] if "betas" in g else g["momentum"] for g in o.param_groups]


def schedules():
    plain = []
    for name, arguments, options in SCHEDULES:
        o = make()
        plain.append({"name": name, "arguments": arguments, "options": options,
                      "path": run(o, getattr(S, name)(o, *arguments, **options))})
    cycles = []
    for rule, keys in (("SGD", {"momentum": 0.9}), ("Adam", {})):
        for options in ONE_CYCLE:
            o = make(rule, **keys)
            s = S.OneCycleLR(o, [0.5, 2.0], **options)
            path, momentum = [rates(o)], [momenta(o)]
            for _ in range(49):
                o.step()
                s.step()
                path.append(rates(o))
                momentum.append(momenta(o))
            cycles.append({"rule": rule, "rule_options": keys, "options": options, "path": path, "momentum": momentum})
    chains = {}
    for name, build in CHAINS.items():
        o = make()
        chains[name] = run(o, build(o))
    metrics = [3.0, 2.5, 2.4, 2.39, 2.4, 2.1, 2.1, 2.2, 2.3, 2.0, 1.9999, 1.9, math.nan, 1.95, 1.96, 1.9, 1.5, 1.6]
    metrics += [1.6 + 0.01 * math.sin(i) for i in range(50 - len(metrics))]
    plateau = []
    for options in PLATEAU:
        o = make()
        plateau.append({"options": options, "path": run(o, S.ReduceLROnPlateau(o, **options), metrics=metrics)})
    shown = [False if m != m else m for m in metrics]
    return {"plain": plain, "cycles": cycles, "chains": chains, "metrics": shown, "plateau": plateau}


def averages():
    """Five updates of averages over weights 1 to 6, moved by (i + 1) / 4 and scaled."""
    def run_with(**options):
        model = nn.Linear(2, 2)
        with torch.no_grad():
            model.weight.copy_(torch.arange(1.0, 5).reshape(2, 2))
            model.bias.copy_(torch.tensor([5.0, 6.0]))
        average = swa_utils.AveragedModel(model, **options)
        values = []
        for i in range(5):
            with torch.no_grad():
                for p in model.parameters():
                    p.mul_(1.5).add_((i + 1) / 4)
            average.update_parameters(model)
            values.append([p.clone().flatten().tolist() for p in average.module.parameters()])
        return values
    return {"swa": run_with(), "ema": run_with(multi_avg_fn=swa_utils.get_ema_multi_avg_fn(0.9)),
            "fast": run_with(multi_avg_fn=swa_utils.get_ema_multi_avg_fn(0.25))}


def main():
    print("-- made by make.py with PyTorch %s" % torch.__version__)
    print("return {")
    for part in (optimizers, schedules, averages):
        print("%s = %s," % (part.__name__, lua(part())))
    print("}")


main()
