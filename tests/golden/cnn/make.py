"""Writes values.lua and state.safetensors: what PyTorch computes, for tests/lua/cnn_golden.lua. Run: python3 make.py

Tensors are written as in ../nets/make.py. Most inputs are multiples of 1/8: sums and products of them are exact and short.
"""
import importlib.util
import pathlib

import torch
import torch.nn.functional as F
from torch import nn

HERE = pathlib.Path(__file__).parent
spec = importlib.util.spec_from_file_location("layers", HERE.parent / "layers" / "make.py")
layers = importlib.util.module_from_spec(spec)
spec.loader.exec_module(layers)
lua, seeded, write_safetensors = layers.lua, layers.seeded, layers.write_safetensors

F32, F64 = torch.float32, torch.float64
NAN, INF = float("nan"), float("inf")


def eighths(*shape, seed=1, dtype=F64):
    return (seeded(*shape, seed=seed) * 8).round().div(8).to(dtype)


def with_gradients(fn, *inputs):
    """The result, and gradients of sum(result * dy), for every input."""
    leaves = [x.clone().requires_grad_() for x in inputs]
    y = fn(*leaves)
    dy = eighths(*y.shape, seed=99, dtype=y.dtype)
    grads = torch.autograd.grad(y, leaves, dy)
    return {"inputs": list(inputs), "output": y, "dy": dy, "grads": list(grads)}


# input, out_channels, kernel, options
CONVOLUTIONS = (
    ((2, 3, 5, 6), 4, (3, 3), {}),
    ((2, 3, 5, 6), 4, (3, 3), {"padding": 1}),
    ((1, 2, 6, 7), 3, (3, 2), {"stride": 2}),
    ((1, 2, 7, 6), 3, (2, 3), {"stride": (2, 3), "padding": (1, 2)}),
    ((2, 1, 8, 8), 2, (3, 3), {"dilation": 2}),
    ((1, 2, 9, 8), 2, (2, 3), {"dilation": (3, 2), "stride": (1, 2), "padding": (2, 1)}),
    ((2, 4, 5, 5), 6, (3, 3), {"groups": 2, "padding": 1}),
    ((2, 4, 5, 4), 4, (3, 3), {"groups": 4, "stride": 2, "padding": 1}),
    ((1, 3, 4, 4), 6, (2, 2), {"groups": 3, "dilation": 2}),
    ((2, 3, 4, 5), 4, (1, 1), {}),
    ((2, 3, 4, 5), 4, (1, 1), {"stride": 2}),
    ((2, 4, 3, 3), 2, (1, 1), {"padding": 1, "groups": 2}),
    ((1, 2, 5, 6), 2, (3, 3), {"padding": "same"}),
    ((1, 2, 5, 6), 2, (2, 4), {"padding": "same"}),
    ((1, 2, 5, 6), 2, (2, 3), {"padding": "same", "dilation": (3, 2)}),
    ((1, 2, 5, 6), 2, (2, 3), {"padding": "valid"}),
    ((3, 5, 6), 2, (3, 3), {"padding": 1}),
    ((2, 3, 4, 4), 2, (4, 4), {}),
    ((1, 1, 2, 2), 1, (5, 5), {"padding": 3}),
    ((2, 1, 3, 1), 2, (1, 1), {"padding": 2, "stride": 3}),
    ((0, 2, 4, 4), 3, (3, 3), {}),
    ((1, 1, 20, 19), 2, (3, 3), {"padding": 1}),  # more places than a tile has
)


def convolutions():
    cases = []
    for shape, out, kernel, options in CONVOLUTIONS:
        groups = options.get("groups", 1)
        for dtype in (F64, F32):
            x, w = eighths(*shape, seed=1, dtype=dtype), eighths(out, shape[-3] // groups, *kernel, seed=2, dtype=dtype)
            b = eighths(out, seed=3, dtype=dtype)
            if dtype == F64:
                cases.append({"options": options, "case": with_gradients(lambda x, w, b: F.conv2d(x, w, b, **options), x, w, b)})
            elif shape[-1] < 19:
                cases.append({"options": options, "case": with_gradients(lambda x, w: F.conv2d(x, w, **options), x, w)})
    return cases


POOLS = (
    ((2, 3, 4, 6), 2, {}),
    ((1, 2, 5, 7), 2, {}),
    ((1, 2, 5, 7), 2, {"ceil_mode": True}),
    ((1, 2, 5, 7), 3, {"stride": 2, "padding": 1}),
    ((1, 2, 6, 7), 3, {"stride": 2, "padding": 1, "ceil_mode": True}),
    ((1, 2, 6, 7), (2, 3), {"stride": (1, 2), "padding": (0, 1)}),
    ((1, 1, 7, 7), (3, 2), {"stride": (3, 1), "padding": (1, 0), "ceil_mode": True}),
    ((2, 5, 5), 3, {"stride": 1, "padding": 1}),
    ((1, 2, 3, 3), 3, {}),
    ((1, 1, 4, 4), 5, {"padding": 2, "stride": 3, "ceil_mode": True}),
    ((1, 1, 2, 3), 1, {"stride": 2}),
    ((0, 2, 4, 4), 2, {}),
    ((1, 1, 2, 270), (2, 1), {}),  # more windows than are looked at together
)


def pools():
    """Inputs with many equal values, others with none, and some that are not numbers."""
    cases = []

    def add(name, fn, x, kernel, options):
        cases.append({"name": name, "kernel": kernel, "options": options, "case": with_gradients(lambda x: fn(x, kernel, **options), x)})
    for shape, kernel, options in POOLS:
        x = eighths(*shape)
        add("max_pool2d", F.max_pool2d, x, kernel, options)
        if shape[-1] > 100:
            continue
        add("max_pool2d", F.max_pool2d, seeded(*shape, seed=5), kernel, options)
        add("max_pool2d", F.max_pool2d, x.float(), kernel, options)
        add("avg_pool2d", F.avg_pool2d, x, kernel, options)
        add("avg_pool2d", F.avg_pool2d, x.float(), kernel, options)
        add("avg_pool2d", F.avg_pool2d, x, kernel, dict(options, count_include_pad=False))
        add("avg_pool2d", F.avg_pool2d, x, kernel, dict(options, divisor_override=3))
    for dilation, options in ((2, {}), ((1, 3), {"stride": 1}), (2, {"padding": 1, "stride": 2, "ceil_mode": True})):
        add("max_pool2d", F.max_pool2d, eighths(1, 2, 7, 8), 2, dict(options, dilation=dilation))
    strange = torch.tensor([[1, NAN, 2, 3], [NAN, 0, -INF, -INF], [-INF, -INF, INF, 4], [-INF, -INF, 5, INF]], dtype=F64)
    add("max_pool2d", F.max_pool2d, strange.reshape(1, 1, 4, 4), 2, {})
    add("max_pool2d", F.max_pool2d, strange.reshape(1, 4, 4), 3, {"stride": 1, "padding": 1})
    return cases


def adaptive_pools():
    return [{"size": [False if s is None else s for s in size], "case": with_gradients(lambda x: F.adaptive_avg_pool2d(x, size), x)}
            for shape, size in (((2, 3, 5, 7), (1, 1)), ((1, 2, 5, 7), (2, 3)), ((1, 2, 5, 7), (5, 7)), ((1, 2, 3, 4), (5, 6)),
                                ((2, 5, 6), (3, None)), ((1, 2, 6, 5), (None, 2)), ((0, 2, 4, 4), (2, 2)))
            for x in (eighths(*shape), eighths(*shape, dtype=F32))]


def batch_norms():
    cases = []
    for shape in ((4, 3, 2, 5), (2, 2, 1, 1), (1, 3, 4, 4)):
        for options in ({}, {"momentum": 0.3, "eps": 0.01}, {"momentum": None}, {"affine": False}, {"track_running_stats": False}):
            for training in (True, False):
                m = nn.BatchNorm2d(shape[1], dtype=F64, **options).train(training)
                if m.affine:
                    with torch.no_grad():
                        m.weight.copy_(eighths(shape[1], seed=2))
                        m.bias.copy_(eighths(shape[1], seed=3))
                if m.track_running_stats:
                    m.running_mean.copy_(eighths(shape[1], seed=4))
                    m.running_var.copy_(eighths(shape[1], seed=5).abs() + 0.5)
                before = {k: v.clone() for k, v in m.state_dict().items()}
                x = eighths(*shape).requires_grad_()
                y = m(x)
                dy = eighths(*shape, seed=99)
                y.backward(dy)
                cases.append({"options": {k: False if v is None else v for k, v in options.items()}, "training": training,
                              "before": before, "after": dict(m.state_dict()), "x": x, "y": y, "dy": dy, "dx": x.grad,
                              "grads": {n: p.grad for n, p in m.named_parameters()}})
    return cases


def small_net(dtype):
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 8, 3, stride=2, groups=2, bias=False), nn.BatchNorm2d(8), nn.ReLU(),
        nn.AvgPool2d(2, stride=1, padding=1), nn.AdaptiveAvgPool2d((2, 1)), nn.Dropout2d(0.0), nn.Flatten(),
        nn.Linear(16, 4)).to(dtype)


def training():
    """A small CNN: output, loss and gradients of one step, then the losses and weights of ten steps of Adam."""
    torch.manual_seed(3)
    model = small_net(F64)
    state = {k: v.clone() for k, v in model.state_dict().items()}
    x, labels = eighths(5, 3, 9, 10, seed=7), torch.tensor([0, 3, 1, 2, 2])
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses, first = [], {}
    for step in range(10):
        optimizer.zero_grad()
        y = model(x)
        loss = F.cross_entropy(y, labels)
        loss.backward()
        if step == 0:
            first = {"y": y, "grads": {n: p.grad.clone() for n, p in model.named_parameters()}}
        losses.append(loss.item())
        optimizer.step()
    return {"names": list(state), "state": state, "x": x, "labels": labels, "first": first, "losses": losses,
            "after": dict(model.state_dict())}


def state():
    """The same net in f32 after some training, its state in a file, and what it answers in evaluation."""
    torch.manual_seed(8)
    model = small_net(F32)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    g = torch.Generator().manual_seed(9)
    for _ in range(7):
        optimizer.zero_grad()
        x, labels = torch.randn(16, 3, 9, 10, generator=g), torch.randint(0, 4, (16,), generator=g)
        F.cross_entropy(model(x), labels).backward()
        optimizer.step()
    model.eval()
    write_safetensors(HERE / "state.safetensors", model.state_dict())
    x = torch.randn(4, 3, 9, 10, generator=g)
    return {"names": list(model.state_dict()), "x": x, "y": model(x), "seen": int(model[1].num_batches_tracked)}


def main():
    with open(HERE / "values.lua", "w", encoding="ascii") as f:
        print("-- made by make.py with PyTorch %s" % torch.__version__, file=f)
        print("return {", file=f)
        for part in (convolutions, pools, adaptive_pools, batch_norms, training, state):
            print("%s = %s," % (part.__name__, lua(part())), file=f)
        print("}", file=f)


if __name__ == "__main__":
    main()
