"""Writes modules.lua, optimizers.lua and errors.lua: PyTorch's own test data for layers and losses (module_db), optimizers
(optim_db) and what is refused (error inputs of op_db, module_db and optim_db), for tests/lua/nets_torch.lua.
Run: python3 make_modules.py (needs the packages torch and expecttest; make.py beside it)

A module's case is { name, constructor, training, state, inputs, result, gradients of the inputs, of the parameters, state
afterwards }, all in f64; an optimizer's { name, options, values of a parameter after each of STEPS steps }; an error's
{ name, expression, inputs }. { name } stands for a sample that cannot be said here.
"""
import contextlib
import inspect
import io
import math
import os
import sys
import warnings

warnings.simplefilter("ignore")
with contextlib.redirect_stdout(io.StringIO()):  # make.py prints its cases
    import make as ops
import torch
from torch.testing._internal.common_modules import module_db
from torch.testing._internal.common_optimizers import optim_db
from torch.testing._internal.common_methods_invocations import op_db

SAMPLES, LARGEST, STEPS = 6, 300, 5
here = os.path.dirname(os.path.abspath(__file__))
ops.LARGEST = LARGEST
LAYERS = """AdaptiveAvgPool2d AdaptiveMaxPool2d AvgPool2d BatchNorm1d BatchNorm2d BCELoss BCEWithLogitsLoss Conv2d ConvTranspose2d
    CosineEmbeddingLoss CrossEntropyLoss ELU Embedding Flatten GELU GLU GroupNorm Hardsigmoid Hardswish Hardtanh
    HingeEmbeddingLoss HuberLoss InstanceNorm2d KLDivLoss L1Loss LayerNorm LeakyReLU Linear LogSigmoid LogSoftmax
    MarginRankingLoss MaxPool2d Mish MSELoss MultiLabelSoftMarginLoss MultiMarginLoss NLLLoss PReLU ReLU ReLU6 SELU SiLU
    Sigmoid SmoothL1Loss SoftMarginLoss Softmax Softplus Softsign Tanh TripletMarginLoss Upsample""".split()
SHIFTED = {"dim", "start_dim", "end_dim"}
NUMBERED = {"CrossEntropyLoss": 1, "NLLLoss": 1, "MultiMarginLoss": 1, "Embedding": 0}  # which input counts classes
LEFT_OUT = {"device", "dtype", "inplace", "size_average", "reduce", "sparse"}


def text_of(value, name, tensors):
    if isinstance(value, str):
        return '"%s"' % value
    if isinstance(value, torch.Tensor):
        tensors.append(value)
        return "t[%d]" % len(tensors)
    if isinstance(value, bool) or value is None:
        return "nil" if value is None else str(value).lower()
    if isinstance(value, (int, float)):
        return str(ops.shifted(int(value))) if name in SHIFTED else repr(value)
    if isinstance(value, (list, tuple, torch.Size)) and all(isinstance(v, (int, float)) for v in value):
        return "{ %s }" % ", ".join(repr(v) for v in value)
    raise ops.Cannot


def constructor(cls, given, tensors):
    """The call as it is written here: what has no default by its place, the others by name."""
    parameters = list(inspect.signature(cls.__init__).parameters.values())[1:]
    bound = dict(zip([p.name for p in parameters], given.args))
    bound.update(given.kwargs)
    places, named = [], []
    for p in parameters:
        if p.name not in bound:
            continue
        value = bound.pop(p.name)
        if p.name in LEFT_OUT:
            if value not in (None, False) and p.name not in ("device", "dtype"):
                raise ops.Cannot
            continue
        if p.name == "ignore_index" and value >= 0:
            value += 1
        text = "false" if value is None and p.default is not None else text_of(value, p.name, tensors)
        if p.default is inspect.Parameter.empty:
            places.append(text)
        elif text != "nil":
            named.append("%s = %s" % (p.name, text))
    if set(bound) - LEFT_OUT:
        raise ops.Cannot
    if named:
        places.append("{ %s }" % ", ".join(named))
    return "nn.%s(%s)" % (cls.__name__, ", ".join(places))


def tensors_of(state):
    return "{%s}" % ",".join('["%s"]=%s' % (k, ops.lua(v.detach())) for k, v in state.items())


def listed(values):
    return "{%s}" % ",".join(values)


def module_case(info, sample, training):
    cls, name, given = info.module_cls, info.module_cls.__name__, []
    text = constructor(cls, sample.constructor_input, given)
    torch.manual_seed(3)
    module = cls(*sample.constructor_input.args, **sample.constructor_input.kwargs).double().train(training)
    if name in ("BatchNorm1d", "BatchNorm2d", "InstanceNorm2d", "GroupNorm", "LayerNorm"):
        for p in module.parameters():
            torch.nn.init.normal_(p)
    inputs = list(sample.forward_input.args)
    if sample.forward_input.kwargs or not all(isinstance(v, torch.Tensor) for v in inputs):
        raise ops.Cannot
    leaves = [v.detach().clone().requires_grad_(v.is_floating_point()) for v in inputs]
    before = tensors_of(module.state_dict())
    result = module(*leaves)
    if not isinstance(result, torch.Tensor):
        raise ops.Cannot
    gradients, own = "nil", "nil"
    if result.requires_grad and result.is_floating_point():
        (result * torch.arange(1, result.numel() + 1, dtype=result.dtype).reshape(result.shape) / result.numel()).sum().backward()
        gradients = listed([ops.lua(v.grad) if v.grad is not None else "false" for v in leaves])
        own = tensors_of({k: p.grad for k, p in module.named_parameters() if p.grad is not None})
    said = [ops.lua(v.detach() + (1 if NUMBERED.get(name) == i and not v.is_floating_point() else 0)) for i, v in enumerate(leaves)]
    return '{"%s","%s",%s,%s,%s,%s,%s,%s,%s,%s},' % (name, text.replace('"', "'"), str(training).lower(), before, listed(said),
        ops.lua(result.detach()), gradients, own, tensors_of(module.state_dict()), listed([ops.lua(v.detach()) for v in given]))


def write(name, cases):
    with open(os.path.join(here, name), "w") as f:
        f.write("return {\n%s\n}\n" % "\n".join("\n".join(ops.wrapped(c)) for c in cases))
    print(name, len(cases), sum(c.count(",") == 1 for c in cases), "cannot be said")


def modules():
    for info in module_db:
        name = info.module_cls.__name__
        if name not in LAYERS or not info.module_cls.__module__.startswith("torch.nn.modules"):
            continue
        for training in ((True, False) if info.train_and_eval_differ else (True,)):
            torch.manual_seed(1)
            samples = info.module_inputs_func(info, device="cpu", dtype=torch.float64, requires_grad=False, training=training)
            for sample in samples[:SAMPLES if len(samples) < 40 else 40]:
                try:
                    yield module_case(info, sample, training)
                except ops.Cannot:
                    yield '{"%s"},' % name
                except Exception as problem:
                    print(name, repr(problem)[:100], file=sys.stderr)


OPTIMIZERS = "Adadelta Adagrad Adam Adamax AdamW NAdam RAdam RMSprop Rprop SGD".split()
SPEED = {"foreach", "fused", "capturable", "differentiable"}  # ways of computing the same
BEGIN = [0.5, -1.25, 2.0]


def optimizer_case(cls, kwargs):
    name = cls.__name__
    options = {k: v for k, v in kwargs.items() if k not in SPEED}
    texts = ["%s = %s" % (k, text_of(v.item() if isinstance(v, torch.Tensor) else v, "", [])) for k, v in options.items()]
    p = torch.tensor(BEGIN, dtype=torch.float64, requires_grad=True)
    optimizer = cls([p], **{k: v.item() if isinstance(v, torch.Tensor) else v for k, v in options.items()})
    path = []
    for step in range(STEPS):
        optimizer.zero_grad()
        (p ** 2 * torch.tensor([1.0, 0.5, -0.25], dtype=torch.float64) + torch.sin(p * (step + 1))).sum().backward()
        optimizer.step()
        path.append(listed([ops.number(v) for v in p.detach().tolist()]))
    return '{"%s","{ %s }",%s},' % (name, ", ".join(texts), listed(path))


def optimizers():
    seen = set()
    for info in optim_db:
        if info.optim_cls.__name__ not in OPTIMIZERS:
            continue
        for given in info.optim_inputs_func(device="cpu"):
            try:
                case = optimizer_case(info.optim_cls, given.kwargs)
            except ops.Cannot:
                case = '{"%s"},' % info.optim_cls.__name__
            if case not in seen:
                seen.add(case)
                yield case


def errors():
    for info in op_db:
        if info.variant_test_name or info.name not in ops.PLAIN and info.name not in ops.DIMS or not info.error_inputs_func:
            continue
        try:
            samples = list(info.error_inputs("cpu"))
        except Exception as problem:
            print(info.name, repr(problem)[:100], file=sys.stderr)
            continue
        for error in samples:
            try:
                text, tensors = ops.expression(info.name, error.sample_input)
                yield '{"%s","%s",{%s}},' % (info.name, text, ",".join(ops.lua(t.detach()) for t in tensors))
            except ops.Cannot:
                yield '{"%s"},' % info.name
    for info in module_db:
        name = info.module_cls.__name__
        if name not in LAYERS or not info.module_error_inputs_func:
            continue
        for error in info.module_error_inputs_func(info, device="cpu", dtype=torch.float64, requires_grad=False, training=True):
            try:
                sample, given = error.module_error_input, []
                text = constructor(info.module_cls, sample.constructor_input, given)
                if given:
                    raise ops.Cannot
                inputs = [v for v in sample.forward_input.args] if sample.forward_input else []
                call = "" if not inputs else "(%s)" % ", ".join("abcdefgh"[i] for i in range(len(inputs)))
                yield '{"%s","%s",{%s}},' % (name, text.replace('"', "'") + call, ",".join(ops.lua(v) for v in inputs))
            except (ops.Cannot, AttributeError):
                yield '{"%s"},' % name
    for info in optim_db:
        name = info.optim_cls.__name__
        if name not in OPTIMIZERS:
            continue
        for error in info.optim_error_inputs_func("cpu", torch.float64):
            given = error.optimizer_error_input
            try:
                kwargs = {k: v for k, v in given.kwargs.items()}
                if not kwargs or set(kwargs) & SPEED or not isinstance(given.params, (list, tuple)) or not all(isinstance(p, torch.Tensor) for p in given.params) or not given.params:
                    raise ops.Cannot
                texts = ["%s = %s" % (k, text_of(v, "", [])) for k, v in kwargs.items()]
                yield '{"%s","optim.%s({ nn.Parameter(a) }, { %s })",{%s}},' % (name, name, ", ".join(texts),
                    ops.lua(torch.ones(2, dtype=torch.float64)))
            except ops.Cannot:
                yield '{"%s"},' % name


write("modules.lua", list(modules()))
write("optimizers.lua", list(optimizers()))
write("errors.lua", list(errors()))
