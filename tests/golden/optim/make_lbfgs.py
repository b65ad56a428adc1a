"""Writes lbfgs.lua: what PyTorch's LBFGS, CyclicLR and parts of epochs do, for tests/lua/optim_lbfgs.lua. Run: python3 make_lbfgs.py > lbfgs.lua"""
import torch
from torch.optim.lr_scheduler import CosineAnnealingWarmRestarts, CyclicLR

torch.set_default_dtype(torch.float64)


def loss_of(x):
    return ((x - torch.tensor([1., -2., .5])) ** 2 * torch.tensor([1., 10., 3.])).sum() + (x[0] * x[1] - x[2]) ** 2


def lua(options):
    return ", ".join("%s = %s" % (k, '"%s"' % v if isinstance(v, str) else str(v).lower() if isinstance(v, bool) else repr(v))
                     for k, v in options.items())


print("-- made by make_lbfgs.py with PyTorch %s: losses and parameters after each step; rates and momenta" % torch.__version__)
print("return {\nlbfgs = {")
for options in ({}, {"lr": 0.1, "max_iter": 3}, {"line_search_fn": "strong_wolfe"},
                {"line_search_fn": "strong_wolfe", "history_size": 2, "max_iter": 4}, {"lr": 0.5, "max_iter": 4, "history_size": 2}):
    x = torch.tensor([3., 1., -2.], requires_grad=True)
    optimizer = torch.optim.LBFGS([x], **options)
    print("{ options = { %s }, path = {" % lua(options))
    for _ in range(4):
        def closure():
            optimizer.zero_grad()
            loss = loss_of(x)
            loss.backward()
            return loss
        print("{ %s }," % ", ".join(map(repr, [float(optimizer.step(closure))] + x.tolist())))
    print("}, evals = %d }," % optimizer.state[x]["func_evals"])
print("},\ncyclic = {")
for options in ({"step_size_up": 3}, {"step_size_up": 2, "step_size_down": 3, "mode": "triangular2"},
                {"step_size_up": 2, "mode": "exp_range", "gamma": 0.9, "cycle_momentum": False}):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1, momentum=.5)
    schedule = CyclicLR(optimizer, 0.1, 1.0, **options)
    print("{ options = { %s }, path = {" % lua(options))
    for _ in range(11):
        group = optimizer.param_groups[0]
        print("{ %r, %r }," % (group["lr"], group["momentum"]))
        optimizer.step()
        schedule.step()
    print("} },")
print("},\nrestarts = {")
for arguments in ((2,), (2, 2)):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1)
    schedule = CosineAnnealingWarmRestarts(optimizer, *arguments)
    print("{ T_mult = %d, path = {" % (arguments[1] if len(arguments) > 1 else 1))
    for i in range(30):
        optimizer.step()
        schedule.step(i / 4)
        print("%r," % optimizer.param_groups[0]["lr"])
    print("} },")
print("},\n}")
