"""step.py THREADS HOW [smoke] - the rows of ../step.lua in PyTorch. HOW: plain (one parameter after the other), foreach, fused,
or compile (fused, and torch.compile for the model)."""
import sys
import time
import torch
from torch import nn

threads, how = int(sys.argv[1]), sys.argv[2]
smoke = len(sys.argv) > 3
torch.set_num_threads(threads)


def net(sizes, norm, p):
    layers = []
    for i in range(len(sizes) - 1):
        layers.append(nn.Linear(sizes[i], sizes[i + 1]))
        if i < len(sizes) - 2:
            if norm:
                layers.append(nn.BatchNorm1d(sizes[i + 1]))
            layers.append(nn.ReLU())
            if p:
                layers.append(nn.Dropout(p))
    return nn.Sequential(*layers)


def measure(name, sizes, batch, optimizer, count, norm=False, p=None):
    torch.manual_seed(1)
    model = net(sizes, norm, p)
    options = {"plain": {"foreach": False}, "foreach": {"foreach": True}}.get(how, {"fused": True})
    update = optimizer(model.parameters(), lr=1e-3, **options)
    run = torch.compile(model) if how == "compile" else model
    criterion = nn.CrossEntropyLoss()
    x, y = torch.randn(batch, sizes[0]), torch.randint(0, sizes[-1], (batch,))
    times = []
    for i in range(0 if smoke else -4, 2 if smoke else count):
        began = time.perf_counter()
        update.zero_grad()
        criterion(run(x), y).backward()
        update.step()
        if i >= 0:
            times.append((time.perf_counter() - began) * 1e3)
    times.sort()
    print(f"step/{name} ms\t{times[len(times) // 2]:.6g}", flush=True)


photo = [12288, 512, 256, 9]
o = torch.optim
if how != "compile":
    for batch in (8, 32, 128):
        for name in ("Adam", "AdamW", "SGD"):
            measure(f"12288-512-256-9 batch {batch}/{name}", photo, batch, getattr(o, name), 8 if batch == 128 else 15)
measure("12288-512-256-9 batch 32/Adam, dropout", photo, 32, o.Adam, 15, p=0.2)
measure("12288-512-256-9 batch 32/Adam, BatchNorm", photo, 32, o.Adam, 15, norm=True)
measure("12288-512-256-9 batch 32/Adam, BatchNorm, dropout", photo, 32, o.Adam, 15, norm=True, p=0.2)
if how != "compile":
    for sizes in ([784, 64, 10], [784, 500, 10]):
        for name in ("Adam", "SGD"):
            measure(f"{'-'.join(map(str, sizes))} batch 32/{name}", sizes, 32, getattr(o, name), 200)
    measure("12288-512-256-100 batch 32/Adam", [12288, 512, 256, 100], 32, o.Adam, 10)
