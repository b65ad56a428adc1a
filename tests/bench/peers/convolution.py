"""convolution.py THREADS LAYOUT [smoke | layers] - the rows of ../convolution.lua in PyTorch. LAYOUT: nchw or
channels_last; Adam is fused."""
import sys
import time
import torch
from torch import nn

threads, layout = int(sys.argv[1]), sys.argv[2]
mode = sys.argv[3] if len(sys.argv) > 3 else None
torch.set_num_threads(threads)
order = torch.channels_last if layout == "channels_last" else torch.contiguous_format
BATCH = 32


def measure(name, count, call):
    times = []
    for i in range(0 if mode == "smoke" else -2, 1 if mode == "smoke" else count):
        began = time.perf_counter()
        call()
        if i >= 0:
            times.append((time.perf_counter() - began) * 1e3)
    times.sort()
    print(f"{name} ms\t{times[len(times) // 2]:.6g}")
    print(f"{name}, least, ms\t{times[0]:.6g}", flush=True)


def conv(c_in, c_out, **o):
    return nn.Conv2d(c_in, c_out, 3, padding=1, **o)


def normed(c_in, c_out):
    return [conv(c_in, c_out), nn.BatchNorm2d(c_out), nn.ReLU(inplace=True)]


def ending(channels, classes):
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes)]


class Block(nn.Module):
    def __init__(self, c_in, c_out, stride):
        super().__init__()
        self.conv1, self.norm1 = conv(c_in, c_out, stride=stride, bias=False), nn.BatchNorm2d(c_out)
        self.conv2, self.norm2 = conv(c_out, c_out, bias=False), nn.BatchNorm2d(c_out)
        self.short = nn.Identity()
        if stride > 1 or c_in != c_out:
            self.short = nn.Sequential(nn.Conv2d(c_in, c_out, 1, stride=stride, bias=False), nn.BatchNorm2d(c_out))

    def forward(self, x):
        y = self.norm2(self.conv2(torch.relu_(self.norm1(self.conv1(x)))))
        return torch.relu_(y + self.short(x))


def separable(c_in, c_out, stride):
    return [conv(c_in, c_in, stride=stride, groups=c_in), nn.ReLU(inplace=True), nn.Conv2d(c_in, c_out, 1),
            nn.ReLU(inplace=True)]


def pooled(c_in, c_out):
    return [conv(c_in, c_out), nn.ReLU(inplace=True), nn.MaxPool2d(2)]


def pool():
    return [nn.MaxPool2d(2)]


nets = {
    "conv 3-16-32-64, pool":
        lambda: pooled(3, 16) + pooled(16, 32) + pooled(32, 64) + [nn.Flatten(), nn.Linear(64 * 8 * 8, 10)],
    "conv 32-32-64-64-128, BatchNorm, pool":
        lambda: normed(3, 32) + normed(32, 32) + pool() + normed(32, 64) + normed(64, 64) + pool() + normed(64, 128)
        + ending(128, 10),
    "depthwise-separable 32-64-128":
        lambda: [conv(3, 32, stride=2), nn.ReLU(inplace=True)] + separable(32, 64, 1) + separable(64, 128, 2)
        + ending(128, 10),
    "residual 16-32-64":
        lambda: normed(3, 16) + [Block(16, 16, 1), Block(16, 16, 1), Block(16, 32, 2), Block(32, 32, 1),
                                 Block(32, 64, 2), Block(64, 64, 1)] + ending(64, 10),
    "mlp_vs_cnn":
        lambda: pooled(3, 16) + pooled(16, 32) + [conv(32, 64), nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(4),
                                                  nn.Flatten(), nn.Linear(64 * 4 * 4, 10)],
}


def step(name, make):
    torch.manual_seed(1)
    model = nn.Sequential(*make()).to(memory_format=order)
    update, criterion = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True), nn.CrossEntropyLoss()
    x = torch.randn(BATCH, 3, 64, 64).contiguous(memory_format=order)
    y = torch.randint(0, 10, (BATCH,))

    def call():
        update.zero_grad()
        criterion(model(x), y).backward()
        update.step()

    measure(f"convolution/{name}", 20, call)


layers = [
    (3, 32, 64, 3, dict(padding=1)), (32, 32, 64, 3, dict(padding=1)), (16, 32, 32, 3, dict(padding=1)),
    (32, 64, 32, 3, dict(padding=1)), (64, 64, 32, 3, dict(padding=1)), (64, 128, 16, 3, dict(padding=1)),
    (256, 256, 8, 3, dict(padding=1)), (3, 32, 64, 3, dict(padding=1, stride=2)),
    (32, 64, 32, 3, dict(padding=1, stride=2)), (32, 32, 32, 3, dict(padding=1, groups=32)),
    (64, 64, 32, 3, dict(padding=1, stride=2, groups=64)),
    (256, 256, 8, 3, dict(padding=1, groups=256)), (64, 64, 32, 5, dict(padding=2, stride=2, groups=64)),
    (64, 64, 16, 7, dict(padding=3, groups=64)), (32, 64, 32, 1, {}), (64, 128, 16, 1, {}),
    (64, 64, 32, 3, dict(padding=1, groups=4)), (16, 32, 32, 5, dict(padding=2)), (3, 32, 64, 7, dict(padding=3)),
]


def layer(c_in, c_out, size, kernel, o):
    shown = "".join(f", {key} {o[key]}" for key in ("stride", "groups") if key in o)
    name = f"layer/{c_in}-{c_out} {size}x{size}, kernel {kernel}{shown}/"
    model = nn.Conv2d(c_in, c_out, kernel, **o).to(memory_format=order)
    x = torch.randn(BATCH, c_in, size, size).contiguous(memory_format=order)
    dy = torch.randn_like(model(x))

    def forward():
        with torch.no_grad():
            model(x)

    measure(name + "forward", 10, forward)
    measure(name + "forward, dw", 10, lambda: model(x).backward(dy))
    x.requires_grad_()
    measure(name + "forward, dw, dx", 10, lambda: model(x).backward(dy))


if mode == "layers":
    for row in layers:
        layer(*row)
else:
    for name, make in nets.items():
        step(name, make)
