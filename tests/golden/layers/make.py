"""Writes values.lua and state.safetensors: what PyTorch computes, for tests/lua/layers_*.lua. Run: python3 make.py

Tensors are written as in ../nets/make.py. Labels, dimensions and indices count from 0 here as in PyTorch; the tests add 1.
"""
import importlib.util
import json
import pathlib
import struct

import torch
import torch.nn.functional as F
from scipy.stats import truncnorm
from torch import nn

HERE = pathlib.Path(__file__).parent
spec = importlib.util.spec_from_file_location("nets", HERE.parent / "nets" / "make.py")
nets = importlib.util.module_from_spec(spec)
spec.loader.exec_module(nets)
lua, seeded, with_gradients = nets.lua, nets.seeded, nets.with_gradients

F32, F64 = torch.float32, torch.float64
NAN = float("nan")

# class, options (in the order of the constructor)
ACTIVATIONS = (
    ("LeakyReLU", {}), ("LeakyReLU", {"negative_slope": 0.2}), ("ELU", {}), ("ELU", {"alpha": 0.5}), ("CELU", {}),
    ("CELU", {"alpha": 2.0}), ("SELU", {}), ("GELU", {}), ("GELU", {"approximate": "tanh"}), ("SiLU", {}), ("Mish", {}),
    ("Softplus", {}), ("Softplus", {"beta": 2.0, "threshold": 1.5}), ("Softsign", {}), ("LogSigmoid", {}), ("Hardtanh", {}),
    ("Hardtanh", {"min_val": -0.5, "max_val": 2.0}), ("ReLU6", {}), ("Hardsigmoid", {}), ("Hardswish", {}),
    ("ReLU", {}), ("Sigmoid", {}), ("Tanh", {}), ("Identity", {}),
)


def activations():
    """Values at and around kinks, far out, and not numbers; then several shapes."""
    special = [-1e4, -100, -30, -6, -3, -1, -0.5, -1e-3, -1e-8, 0, 1e-8, 1e-3, 0.5, 0.75, 1, 2, 3, 6, 30, 100, 1e4]
    cases = []
    for name, options in ACTIVATIONS:
        for dtype in (F64, F32):
            shapes = (seeded(2, 3, low=-4, high=4, seed=7), seeded(2, 1, 2, 2, low=-8, high=8, seed=8), torch.zeros(0, 3, dtype=F64),
                      torch.tensor(0.3, dtype=F64))
            for x in (torch.tensor(special, dtype=dtype),) + (shapes if dtype == F64 else ()):
                cases.append({"name": name, "options": options, "case": with_gradients(getattr(nn, name)(**options), x)})
        x = torch.tensor([NAN])
        cases.append({"name": name, "options": options, "case": {"inputs": [x], "output": getattr(nn, name)(**options)(x)}})
    return cases


def softmaxes():
    cases = []
    for name in ("Softmax", "LogSoftmax"):
        for shape in ((5,), (3, 4), (2, 3, 4), (2, 3, 2, 2)):
            for dim in range(len(shape)):
                cases.append({"name": name, "dim": dim, "case": with_gradients(getattr(nn, name)(dim), seeded(*shape, seed=5))})
    return cases


def gated():
    return [{"dim": dim, "case": with_gradients(nn.GLU(dim), seeded(*shape, low=-6, high=6, seed=6, dtype=dtype))}
            for dtype in (F64, F32)
            for shape, dim in (((4,), 0), ((3, 6), 1), ((2, 3), 0), ((2, 3, 4), -1), ((2, 4, 3), 1), ((2, 2, 3, 2), -3), ((0, 2), 1))]


def prelus():
    special = torch.tensor([[-3, -1e-8, 0], [1e-8, 2, -100]], dtype=F64)
    return [{"case": with_gradients(F.prelu, x.to(dtype), seeded(weights, seed=9, dtype=dtype))}
            for dtype in (F64, F32)
            for x, weights in ((special, 1), (special, 3), (seeded(2, 4, 3, 2, seed=10), 4), (seeded(2, 4, 3, seed=10), 1),
                               (seeded(5, seed=10), 1))]


def layer_norms():
    cases = []
    for dtype in (F64, F32):
        for shape, normalized in (((4, 6), (6,)), ((2, 3, 4), (3, 4)), ((2, 3, 4), (4,)), ((2, 20), (20,)), ((5,), (5,)),
                                  ((2, 3, 1), (1,)), ((0, 3), (3,))):
            if dtype == F32 and normalized not in ((6,), (3, 4)):
                continue
            for options in ({}, {"eps": 0.1}):
                x, w, b = (seeded(*shape, seed=1, dtype=dtype) + 3, seeded(*normalized, seed=2, dtype=dtype),
                           seeded(*normalized, seed=3, dtype=dtype))
                cases.append({"normalized": normalized, "options": options, "case": with_gradients(
                    lambda x, w, b: F.layer_norm(x, normalized, w, b, **options), x, w, b)})
            cases.append({"normalized": normalized, "options": {"bias": False}, "case": with_gradients(
                lambda x, w: F.layer_norm(x, normalized, w), x, w)})
            cases.append({"normalized": normalized, "options": {"elementwise_affine": False}, "case": with_gradients(
                lambda x: F.layer_norm(x, normalized), x)})
    return cases


def embeddings():
    cases = []
    weight = seeded(7, 3, seed=4)
    for index in (torch.tensor([0, 6, 2, 2]), torch.tensor([[1, 1, 4], [4, 0, 1]]), torch.tensor(5)):
        for padding in (None, 1, 4, -3):
            options = {} if padding is None else {"padding_idx": padding}
            cases.append({"index": index, "options": options,
                          "case": with_gradients(lambda w: F.embedding(index, w, **options), weight)})
    return cases


def unflattens():
    x = seeded(2, 6, 2)
    return [{"dim": dim, "size": size, "case": with_gradients(nn.Unflatten(dim, size), x)}
            for dim, size in ((1, (3, 2)), (1, (-1, 2)), (-2, (2, 1, 3)), (0, (1, 2)), (2, (2, 1)))]


def loss_inputs(name, shape, dtype):
    x, t = seeded(*shape, seed=11, dtype=dtype), seeded(*shape, seed=12, dtype=dtype)
    if name == "BCELoss":
        return torch.sigmoid(x), torch.sigmoid(t)
    if name == "BCEWithLogitsLoss":
        return x * 4, torch.sigmoid(t)
    if name == "KLDivLoss":
        dim = -1 if x.ndim else 0
        return F.log_softmax(x, dim), F.softmax(t, dim)
    return x, t


def pointwise_losses():
    rows = [("MSELoss", {}), ("L1Loss", {}), ("SmoothL1Loss", {}), ("SmoothL1Loss", {"beta": 0.3}), ("SmoothL1Loss", {"beta": 0.0}),
            ("HuberLoss", {}), ("HuberLoss", {"delta": 0.4}), ("HuberLoss", {"delta": 3.0}), ("BCELoss", {}),
            ("BCEWithLogitsLoss", {}), ("KLDivLoss", {}), ("KLDivLoss", {"log_target": True})]
    cases = []
    for name, options in rows:
        for dtype in (F64, F32):
            for shape in ((2, 3), (3,), (2, 1, 2), ()) if dtype == F64 else ((2, 3),):
                x, t = loss_inputs(name, shape, dtype)
                if options.get("log_target"):
                    t = t.log()
                reductions = ["mean", "sum", "none"] + (["batchmean"] if name == "KLDivLoss" and shape else [])
                for reduction in reductions:
                    o = dict(options, reduction=reduction)
                    cases.append({"name": name, "options": o, "case": with_gradients(getattr(nn, name)(**o), x, t)})
    weight, positive = seeded(4, low=0.5, high=2, seed=13), seeded(4, low=0.5, high=5, seed=14)
    for name, options in (("BCELoss", {"weight": weight}), ("BCELoss", {"weight": seeded(3, 1, low=0.5, high=2, seed=15)}),
                          ("BCEWithLogitsLoss", {"weight": weight}), ("BCEWithLogitsLoss", {"pos_weight": positive}),
                          ("BCEWithLogitsLoss", {"weight": weight, "pos_weight": positive})):
        for reduction in ("mean", "sum", "none"):
            o = dict(options, reduction=reduction)
            x, t = loss_inputs(name, (3, 4), F64)
            cases.append({"name": name, "options": o, "case": with_gradients(getattr(nn, name)(**o), x, t)})
    return cases


def loss_edges():
    """Inputs at the ends of their range; gradients by the input alone."""
    def by_input(fn, x, t):
        x, t = torch.tensor(x, dtype=F64), torch.tensor(t, dtype=F64)
        case = with_gradients(lambda v: fn(v, t), x)
        case["target"] = t
        return case
    none = {"reduction": "none"}
    return [
        {"name": "L1Loss", "case": by_input(nn.L1Loss(**none), [1, 2, 3], [1, 3, 2])},
        {"name": "SmoothL1Loss", "case": by_input(nn.SmoothL1Loss(**none), [1, 2, 3, -4], [1, 3, 2, 9])},
        {"name": "HuberLoss", "case": by_input(nn.HuberLoss(**none), [1, 2, 3, -4], [1, 3, 2, 9])},
        {"name": "BCELoss", "case": by_input(nn.BCELoss(**none), [0, 0, 1, 1, 1e-40, 0.5], [0, 1, 0, 1, 1, 0.5])},
        {"name": "BCEWithLogitsLoss", "case": by_input(nn.BCEWithLogitsLoss(**none), [-1e3, -1e3, 1e3, 1e3, 0, 50],
                                                       [0, 1, 0, 1, 0.5, 1])},
        {"name": "KLDivLoss", "case": by_input(nn.KLDivLoss(**none), [-1, -2, -0.5], [0, 1, 0.3])},
    ] + [
        {"name": "HingeEmbeddingLoss", "options": options,
         "case": by_input(nn.HingeEmbeddingLoss(**options), [0.3, 1, 1.5, -2, 0, 0.7, 2], [1, -1, -1, -1, 1, 0, -1])}
        for options in ({"reduction": "none"}, {"reduction": "none", "margin": 2.0}, {"reduction": "mean"}, {"reduction": "sum"})
    ]


def nll_losses():
    cases = []
    for shape, target in (((4, 3), [0, 2, 1, 2]), ((3,), 1), ((2, 3, 2), [[0, 1], [2, 2]]), ((2, 3, 1, 2), [[[0, 2]], [[1, 1]]])):
        target = torch.tensor(target)
        x = F.log_softmax(seeded(*shape, seed=21), 1 if len(shape) > 1 else 0)
        for reduction in ("mean", "sum", "none"):
            for extra in ({}, {"weight": seeded(3, low=0.5, high=2, seed=22)}, {"ignore_index": 1},
                          {"ignore_index": 2, "weight": seeded(3, low=0.5, high=2, seed=22)}):
                o = dict(extra, reduction=reduction)
                cases.append({"options": o, "target": target, "case": with_gradients(lambda v: nn.NLLLoss(**o)(v, target), x)})
    return cases


class Residual(nn.Module):
    """x + f(x) twice, from a list."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Linear(6, 8)
        self.blocks = nn.ModuleList([nn.Sequential(nn.LayerNorm(8), nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8))
                                     for _ in range(2)])
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = x + block(x)
        return self.head(x)


class Branches(nn.Module):
    """Two branches of one input, joined, with a parameter that weighs them."""

    def __init__(self):
        super().__init__()
        self.branches = nn.ModuleDict([("wide", nn.Sequential(nn.Linear(6, 10), nn.SiLU())),
                                       ("narrow", nn.Sequential(nn.Linear(6, 2), nn.Tanh(), nn.Linear(2, 4)))])
        self.balance = nn.Parameter(torch.tensor([0.3]))
        self.head = nn.Linear(14, 3)

    def forward(self, x):
        wide, narrow = self.branches["wide"](x), self.branches["narrow"](x)
        return self.head(torch.cat([wide * self.balance, narrow * (1 - self.balance)], 1))


def models():
    cases = {}
    for model in (Residual, Branches):
        torch.manual_seed(5)
        m = model().double()
        x, labels = seeded(4, 6, seed=31).requires_grad_(), torch.tensor([0, 2, 1, 2])
        y = m(x)
        loss = F.cross_entropy(y, labels)
        loss.backward()
        cases[model.__name__] = {"names": list(m.state_dict()), "state": dict(m.state_dict()), "x": x, "labels": labels, "y": y,
                                 "loss": loss.item(), "dx": x.grad, "grads": {n: p.grad for n, p in m.named_parameters()}}
    return cases


def hooks():
    """Gradients that hooks see and change."""
    torch.manual_seed(6)
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).double()
    x, seen = seeded(5, 3, seed=41).requires_grad_(), {}
    model[1].register_full_backward_hook(lambda m, i, o: seen.update(input=i[0].clone(), output=o[0].clone()) or (i[0] * 3,))
    model[2].weight.register_hook(lambda g: g * 2)
    model[0].register_forward_pre_hook(lambda m, i: (i[0] * 2,))
    model[0].register_forward_hook(lambda m, i, o: o + 1)
    y = model(x)
    y.register_hook(lambda g: g + 1)
    y.square().sum().backward()
    return {"state": dict(model.state_dict()), "x": x, "y": y, "seen": seen, "dx": x.grad,
            "grads": {n: p.grad for n, p in model.named_parameters()}}


def initial_values():
    """Means and deviations of truncated normal values, and what is fixed: dirac_, gains."""
    truncated = []
    for mean, std, a, b in ((0, 1, -2, 2), (0, 0.02, -2, 2), (1, 2, 0, 3), (0, 1, 1, 2), (-0.5, 0.3, -0.6, 4), (0, 1, 3, 9)):
        d = truncnorm((a - mean) / std, (b - mean) / std, mean, std)
        truncated.append({"options": {"mean": mean, "std": std, "a": a, "b": b}, "mean": float(d.mean()), "std": float(d.std()),
                          "quantiles": [float(d.ppf(q / 10)) for q in range(1, 10)]})
    diracs = [{"groups": groups, "value": nn.init.dirac_(torch.empty(*shape), groups)}
              for shape, groups in (((3, 2, 3), 1), ((2, 4, 3, 3), 1), ((4, 2, 2, 3), 2), ((6, 2, 1, 1, 2), 3))]
    gains = [{"name": name, "param": param, "gain": nn.init.calculate_gain(name, param)}
             for name, param in (("leaky_relu", 0.2), ("leaky_relu", 0), ("leaky_relu", -1.5), ("selu", 7), ("tanh", 7))]
    return {"truncated": truncated, "diracs": diracs, "gains": gains}


def write_safetensors(path, tensors):
    kinds = {F32: "F32", torch.int64: "I64"}
    head, body = {"__metadata__": {"format": "pt"}}, b""
    for name, t in tensors.items():
        raw = t.contiguous().numpy().tobytes()
        head[name] = {"dtype": kinds[t.dtype], "shape": list(t.shape), "data_offsets": [len(body), len(body) + len(raw)]}
        body += raw
    text = json.dumps(head, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


def state():
    """A model after a few steps of training, its state in a file, and what it answers in evaluation."""
    torch.manual_seed(8)
    model = nn.Sequential(nn.Flatten(), nn.Linear(12, 10), nn.BatchNorm1d(10), nn.ReLU(), nn.Dropout(0.2), nn.Linear(10, 6),
                          nn.LayerNorm(6), nn.GELU(), nn.Linear(6, 4))
    o = torch.optim.Adam(model.parameters(), lr=1e-2)
    g = torch.Generator().manual_seed(9)
    for _ in range(7):
        o.zero_grad()
        x, labels = torch.randn(16, 3, 2, 2, generator=g), torch.randint(0, 4, (16,), generator=g)
        F.cross_entropy(model(x), labels).backward()
        o.step()
    model.eval()
    write_safetensors(HERE / "state.safetensors", model.state_dict())
    x = torch.randn(5, 3, 2, 2, generator=g)
    return {"names": list(model.state_dict()), "x": x, "y": model(x), "seen": int(model[2].num_batches_tracked)}


def main():
    with open(HERE / "values.lua", "w", encoding="ascii") as f:
        print("-- made by make.py with PyTorch %s" % torch.__version__, file=f)
        print("return {", file=f)
        for part in (activations, softmaxes, gated, prelus, layer_norms, embeddings, unflattens, pointwise_losses, loss_edges,
                     nll_losses, models, hooks, initial_values, state):
            print("%s = %s," % (part.__name__, lua(part())), file=f)
        print("}", file=f)


if __name__ == "__main__":
    main()
