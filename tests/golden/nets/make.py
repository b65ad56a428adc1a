"""Writes values.lua: what PyTorch computes, for tests/lua/nets_golden.lua. Run: python3 make.py > values.lua

Tensors are { shape = {...}, dtype = "f32", data = {...} } in C order. Labels, dimensions and indices count from 0 here as in
PyTorch; the test adds 1.
"""
import math
import sys

import torch
import torch.nn.functional as F
from torch import nn, optim

torch.set_num_threads(1)
NAMES = {torch.float32: "f32", torch.float64: "f64", torch.int64: "i64", torch.uint8: "u8"}


def number(x):
    if isinstance(x, bool):
        return "true" if x else "false"
    if isinstance(x, int):
        return str(x)
    if math.isnan(x):
        return "0/0"
    if math.isinf(x):
        return "math.huge" if x > 0 else "-math.huge"
    return repr(float(x))


def lua(value):
    if isinstance(value, torch.Tensor):
        t = value.detach()
        if t.dtype == torch.bool:
            t = t.to(torch.uint8)
        digits = "%.9g" if t.dtype == torch.float32 else "%.17g"
        flat = t.reshape(-1).tolist()
        text = ["nan" for _ in flat]
        for i, x in enumerate(flat):
            text[i] = (digits % x) if isinstance(x, float) and math.isfinite(x) else number(x)
        return '{shape={%s},dtype="%s",data={%s}}' % (",".join(map(str, t.shape)), NAMES[t.dtype], ",".join(text))
    if isinstance(value, dict):
        return "{%s}" % ",".join("[%s]=%s" % (lua(k), lua(v)) for k, v in value.items())
    if isinstance(value, (list, tuple)):
        return "{%s}" % ",".join(lua(v) for v in value)
    if isinstance(value, str):
        return '"%s"' % value
    return number(value)


def seeded(*shape, low=-2.0, high=2.0, seed=1, dtype=torch.float64):
    g = torch.Generator().manual_seed(seed)
    return torch.rand(shape, generator=g, dtype=torch.float64).mul(high - low).add(low).to(dtype)


def with_gradients(fn, *inputs):
    """The result, and gradients of sum(result * w) for fixed w, for every floating input."""
    leaves = [x.clone().requires_grad_() if x.is_floating_point() else x for x in inputs]
    y = fn(*leaves)
    case = {"inputs": list(inputs), "output": y}
    if y.is_floating_point() and y.requires_grad:
        w = seeded(*y.shape, seed=99, dtype=y.dtype)
        (y * w).sum().backward()
        case["dy"] = w
        case["grads"] = [x.grad if x.is_floating_point() else False for x in leaves]
    return case


def operations():
    x, pos = seeded(3, 4), seeded(3, 4, low=0.1, high=3, seed=2)
    cases = {}
    for name in "neg abs sign square sqrt reciprocal exp expm1 log log1p sin cos tanh sigmoid relu erf floor ceil round".split():
        cases[name] = with_gradients(getattr(torch, name), pos if name in ("sqrt", "log", "log1p") else x)
    row, column = seeded(4, seed=3, low=0.5, high=2), seeded(3, 1, seed=4, low=0.5, high=2)
    for name in "add sub mul div minimum maximum".split():
        cases[name] = with_gradients(getattr(torch, name), column, row)
    cases["pow"] = with_gradients(torch.pow, pos, row)
    ties = torch.tensor([[1.0, 3.0, 3.0], [2.0, 2.0, 0.0]], dtype=torch.float64)
    cases["maximum_ties"] = with_gradients(torch.maximum, ties, torch.tensor([1.0, 3.0, 2.0], dtype=torch.float64))
    cases["max_all_ties"] = with_gradients(torch.max, ties)
    cases["min_all_ties"] = with_gradients(torch.min, torch.tensor([0.0, 3.0, 0.0, 0.0], dtype=torch.float64))
    cases["max_dim_ties"] = with_gradients(lambda t: torch.max(t, 1)[0], ties)
    cases["prod_zero"] = with_gradients(lambda t: torch.prod(t, 1), torch.tensor([[2.0, 0, 3], [0, 0, 1], [1, 2, 3]],
                                                                               dtype=torch.float64))
    cases["cumsum"] = with_gradients(lambda t: torch.cumsum(t, 1), x)
    cases["matmul"] = with_gradients(torch.matmul, seeded(2, 3, 4), seeded(4, 2, seed=5))
    cases["clamp"] = with_gradients(lambda t: torch.clamp(t, -1, 1), torch.tensor([-2, -1, 0, 1, 2], dtype=torch.float64))
    return cases


def losses():
    x = seeded(5, 4, dtype=torch.float32)
    labels = torch.tensor([0, 3, 2, 2, 1])
    weight = torch.tensor([1.0, 2.0, 0.5, 3.0])
    soft = torch.softmax(seeded(5, 4, seed=8, dtype=torch.float32), 1)
    cases = []

    def case(x, target, **options):
        leaf = x.clone().requires_grad_()
        loss = F.cross_entropy(leaf, target, **options)
        dy = seeded(*loss.shape, seed=7, dtype=loss.dtype)
        (loss * dy).sum().backward()
        cases.append({"x": x, "target": target, "options": options, "loss": loss, "dy": dy, "grad": leaf.grad})

    for reduction in ("mean", "sum", "none"):
        for smoothing in (0.0, 0.1):
            for w in (None, weight):
                options = {"reduction": reduction, "label_smoothing": smoothing}
                if w is not None:
                    options["weight"] = w
                case(x, labels, **options)
                case(x, labels, ignore_index=2, **options)
                case(x, soft, **options)
    case(x[0], labels[0])
    case(x[0], soft[0])
    case(seeded(2, 3, 2, 2, dtype=torch.float32), torch.randint(0, 3, (2, 2, 2), generator=torch.Generator().manual_seed(3)),
         label_smoothing=0.2, weight=weight[:3])
    case(seeded(2, 3, 2, dtype=torch.float32), torch.tensor([[0, 1], [2, 2]]), reduction="none", ignore_index=1)
    table = torch.tensor([[1.0, 2, 3], [0, 0, 1]])
    case(table, torch.tensor([0, 2]), weight=torch.tensor([1.0, 2, 3]), label_smoothing=0.1)
    return cases


def batch_norms():
    cases = []
    for shape, options in (((6, 3), {}), ((4, 3, 5), {}), ((6, 3), {"momentum": 0.3, "eps": 1e-3}), ((6, 3), {"momentum": None}),
                           ((6, 3), {"affine": False}), ((6, 3), {"track_running_stats": False})):
        torch.manual_seed(0)
        bn = nn.BatchNorm1d(3, **options)
        if bn.affine:
            with torch.no_grad():
                bn.weight.copy_(torch.tensor([0.5, 1.5, -1.0]))
                bn.bias.copy_(torch.tensor([0.1, -0.2, 0.3]))
        shown = {k: (False if v is None else v) for k, v in options.items()}
        case = {"options": shown, "weight": bn.weight if bn.affine else False, "bias": bn.bias if bn.affine else False,
                "steps": []}
        for step, training in enumerate((True, True, False)):
            bn.train(training)
            bn.zero_grad()
            x = seeded(*shape, seed=10 + step, dtype=torch.float32).requires_grad_()
            y = bn(x)
            dy = seeded(*shape, seed=20 + step, dtype=torch.float32)
            y.backward(dy)
            case["steps"].append({
                "training": training, "x": x, "y": y, "dy": dy, "dx": x.grad,
                "dweight": bn.weight.grad.clone() if bn.affine else False,
                "dbias": bn.bias.grad.clone() if bn.affine else False,
                "running_mean": bn.running_mean.clone() if bn.running_mean is not None else False,
                "running_var": bn.running_var.clone() if bn.running_var is not None else False,
            })
        cases.append(case)
    return cases


def other_layers():
    lin = lambda x, w, b: F.linear(x, w, b)
    return {
        "linear": with_gradients(lin, seeded(5, 4), seeded(3, 4, seed=2), seeded(3, seed=3)),
        "linear_batches": with_gradients(lin, seeded(2, 3, 4), seeded(3, 4, seed=2), seeded(3, seed=3)),
        "linear_vector": with_gradients(lin, seeded(4), seeded(3, 4, seed=2), seeded(3, seed=3)),
        "softmax": with_gradients(lambda x: F.softmax(x, 1), seeded(3, 4, 2)),
        "log_softmax": with_gradients(lambda x: F.log_softmax(x, -1), seeded(3, 4)),
    }


OPTIMIZERS = (
    ("SGD", {"lr": 0.1}), ("SGD", {"lr": 0.1, "momentum": 0.9}), ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.5}), ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "maximize": True}), ("SGD", {}),
    ("Adam", {"lr": 0.1}), ("Adam", {"lr": 0.1, "amsgrad": True}), ("Adam", {"lr": 0.1, "weight_decay": 0.1}),
    ("Adam", {"lr": 0.1, "betas": (0.8, 0.95), "eps": 1e-4}), ("Adam", {"lr": 0.1, "maximize": True}), ("Adam", {}),
    ("AdamW", {"lr": 0.1}), ("AdamW", {"lr": 0.1, "weight_decay": 0.1, "amsgrad": True}),
    ("AdamW", {"lr": 0.1, "weight_decay": 0.1, "maximize": True}),
)


def optimizers():
    """20 steps on gradients that are given: seeded(6, seed=100 + step)."""
    gradients = [seeded(6, seed=100 + i, low=-1, high=1.5, dtype=torch.float32) for i in range(20)]
    cases = []
    for name, options in OPTIMIZERS:
        p = seeded(6, seed=50, dtype=torch.float32).requires_grad_()
        o = getattr(optim, name)([p], **options)
        path = []
        for g in gradients:
            p.grad = g.clone()
            o.step()
            path.append(p.detach().clone())
        cases.append({"name": name, "options": options, "path": path})
    one = []  # the table of one parameter: lr 0.1, gradients 1, 0.5, -0.2
    for name, options in OPTIMIZERS:
        if options.get("lr") != 0.1:
            continue
        p = torch.ones(1, requires_grad=True)
        o = getattr(optim, name)([p], **options)
        values = []
        for g in (1.0, 0.5, -0.2):
            p.grad = torch.tensor([g])
            o.step()
            values.append(p.item())
        one.append({"name": name, "options": options, "values": values})
    return {"start": seeded(6, seed=50, dtype=torch.float32), "gradients": gradients, "cases": cases, "one": one}


def training():
    """Ten Adam steps of a BatchNorm + Dropout(0) MLP."""
    torch.manual_seed(3)
    model = nn.Sequential(nn.Flatten(), nn.Linear(12, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0), nn.Linear(16, 8),
                          nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0), nn.Linear(8, 5))
    start = {k: v.clone() for k, v in model.state_dict().items()}
    o = optim.Adam(model.parameters(), lr=1e-2)
    g = torch.Generator().manual_seed(4)
    x = torch.randn(10, 10, 3, 2, 2, generator=g)
    labels = torch.randint(0, 5, (10, 10), generator=g)
    values = []
    for i in range(10):
        o.zero_grad()
        loss = F.cross_entropy(model(x[i]), labels[i])
        loss.backward()
        o.step()
        values.append(loss.item())
    return {"start": start, "names": list(start), "x": x, "labels": labels, "losses": values,
            "end": {k: v.clone() for k, v in model.state_dict().items()}}


def clipping():
    grads = [seeded(3, 2, seed=1, dtype=torch.float32), seeded(4, seed=2, dtype=torch.float32)]
    cases = []
    for max_norm, norm_type in ((1.0, 2.0), (100.0, 2.0), (1.0, 1.0), (0.5, math.inf), (1.0, 3.0)):
        ps = []
        for g in grads:
            p = torch.zeros_like(g, requires_grad=True)
            p.grad = g.clone()
            ps.append(p)
        norm = nn.utils.clip_grad_norm_(ps, max_norm, norm_type)
        cases.append({"max_norm": max_norm, "norm_type": norm_type, "norm": norm.item(), "clipped": [p.grad for p in ps]})
    return {"grads": grads, "cases": cases}


def main():
    print("-- made by make.py with PyTorch %s" % torch.__version__)
    print("return {")
    for part in (operations, losses, batch_norms, other_layers, optimizers, training, clipping):
        print("%s = %s," % (part.__name__, lua(part())))
    gains = {n: nn.init.calculate_gain(n) for n in "linear conv2d sigmoid tanh relu leaky_relu selu".split()}
    print("gains = %s," % lua(gains))
    print("}")


if __name__ == "__main__":
    sys.exit(main())
