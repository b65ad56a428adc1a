"""Writes cases.lua: PyTorch's own test data (torch.testing._internal op_db) for the names that tensors have here, for
tests/lua/tensor_torch.lua. Run: python3 make.py > cases.lua, python3 make.py kept > kept.lua (needs the packages torch and
expecttest)

A case is { op, Lua expression of its inputs a, b, ..., inputs, result, gradients of the result's sum }, or { op } for a sample
that cannot be said here. Those of cases.lua are in f64; those of kept.lua in f16, bf16 and i32, fewer and smaller, without
gradients. Dimensions and places count from 1 in Lua.
"""
import math
import sys
import warnings

import torch
from torch.testing._internal.common_methods_invocations import op_db

warnings.simplefilter("ignore")
KEPT = sys.argv[1:] == ["kept"]
DTYPES = [torch.float16, torch.bfloat16, torch.int32] if KEPT else [torch.float64]
SAMPLES, SAID, LARGEST = (12, 6, 60) if KEPT else (12, 12, 250)

# how a sample's further arguments are said: `plain` numbers and tensors as they are, `dim` one that counts from 0, `sizes`
PLAIN = """abs neg exp expm1 log log1p log2 log10 sqrt rsqrt square reciprocal sin cos tan asin acos atan sinh cosh tanh sigmoid
    erf floor ceil round sign isnan isinf isfinite logical_not add sub mul div pow minimum maximum eq ne lt le gt ge
    logical_and logical_or logical_xor atan2 matmul mm outer cdist floor_divide remainder lerp masked_select t
    tril triu diag clone contiguous clamp
    linalg.inv linalg.det linalg.solve linalg.svdvals linalg.eigvalsh linalg.eigh linalg.qr""".split()
DIMS = {  # name -> names of its arguments; dim and dims are shifted
    "sum": ["dim", "keepdim"], "mean": ["dim", "keepdim"], "prod": ["dim", "keepdim"], "amax": ["dim", "keepdim"],
    "amin": ["dim", "keepdim"], "any": ["dim", "keepdim"], "all": ["dim", "keepdim"], "argmax": ["dim", "keepdim"],
    "argmin": ["dim", "keepdim"], "cumsum": ["dim"], "cumprod": ["dim"], "logsumexp": ["dim", "keepdim"],
    "softmax": ["dim"], "log_softmax": ["dim"], "sort": ["dim", "descending"], "argsort": ["dim", "descending"],
    "median": ["dim", "keepdim"], "mode": ["dim", "keepdim"], "kthvalue": ["k", "dim", "keepdim"], "topk": ["k", "dim", "largest"], "unsqueeze": ["dim"],
    "squeeze": ["dim"], "flip": ["dims"], "roll": ["shifts", "dim"], "transpose": ["dim0", "dim1"], "norm": ["p", "dim", "keepdim"],
    "var": ["dim", "unbiased", "keepdim"], "std": ["dim", "unbiased", "keepdim"], "narrow": ["dim", "start", "length"],
    "select": ["dim", "start"], "permute": ["dims"], "reshape": ["shape"], "view": ["shape"], "expand": ["shape"],
    "gather": ["dim", "index"], "index_select": ["dim", "index"], "index_add": ["dim", "index", "source"],
    "scatter_add": ["dim", "index", "source"], "flatten": ["dim0", "dim1"], "masked_fill": ["mask", "value"], "tile": ["shape"],
    "repeat_interleave": ["repeats", "dim"],
}
KEYWORDS = {"start_dim": "dim0", "end_dim": "dim1", "dims": "dims", "size": "shape", "sizes": "shape"}
PLACES = {"argmax", "argmin", "argsort"}


class Cannot(Exception):
    pass


def shifted(d):
    return d + 1 if d >= 0 else d


def said(value, name, tensors):
    """A Python argument as Lua text; tensors are collected and named."""
    if value is None:
        return "nil"
    if isinstance(value, torch.Tensor):
        if name == "index":
            value = value + 1
        tensors.append(value)
        return "abcdefgh"[len(tensors) - 1]
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        if name in ("dim", "dims", "dim0", "dim1", "start"):
            return str(shifted(int(value)))
        if isinstance(value, float) and not math.isfinite(value):
            return "0/0" if math.isnan(value) else "-math.huge" if value < 0 else "math.huge"
        return repr(value)
    if isinstance(value, (list, tuple)) and len(value) > 0 and all(isinstance(v, int) for v in value):
        return "{ %s }" % ", ".join(said(v, name, tensors) for v in value)
    raise Cannot


def expression(op, sample):
    tensors = []
    if not isinstance(sample.input, torch.Tensor):
        raise Cannot
    first = said(sample.input, "", tensors)
    args, kwargs = list(sample.args), dict(sample.kwargs)
    names = DIMS.get(op, [""] * len(args))
    if op in ("permute", "reshape", "view", "expand", "tile") and len(args) > 1 or len(args) > len(names):
        raise Cannot
    values = dict(zip(names, args)) if op in DIMS else {i: v for i, v in enumerate(args)}
    order = names if op in DIMS else list(range(len(args)))
    for key, value in kwargs.items():
        key = KEYWORDS.get(key, key)
        if value is None or op in DIMS and key not in names:
            if value is None:
                continue
            raise Cannot
        if op not in DIMS:
            raise Cannot
        values[key] = value
    texts = [said(values.get(k), k, tensors) for k in order]
    while texts and texts[-1] == "nil":
        texts.pop()
    if op.startswith("linalg."):
        return "%s(%s)" % (op, ", ".join([first] + texts)), tensors
    return "%s:%s(%s)" % (first, op, ", ".join(texts)), tensors


def number(x):
    if isinstance(x, bool):
        return "true" if x else "false"
    if isinstance(x, int):
        return str(x)
    if not math.isfinite(x):
        return "0/0" if math.isnan(x) else "%s1/0" % ("-" if x < 0 else "")
    text = repr(x) if KEPT else "%.12g" % x
    return text if any(c in text for c in ".e") else text + ".0"


NAMES = {torch.float64: "f64", torch.float32: "f32", torch.int64: "i64", torch.uint8: "u8", torch.bool: "bool",
         torch.float16: "f16", torch.bfloat16: "bf16", torch.int32: "i32"}


def lua(t):
    if t.dtype not in NAMES or t.numel() > LARGEST or t.dim() > 8:
        raise Cannot
    return '{"%s",{%s},{%s}}' % (NAMES[t.dtype], ",".join(map(str, t.shape)), ",".join(number(x) for x in t.reshape(-1).tolist()))


def case(op, sample, call):
    text, tensors = expression(op, sample)
    leaves = [t.detach().clone().requires_grad_(t.is_floating_point() and not KEPT) for t in tensors]
    fresh = iter(leaves)

    def replaced(v):
        return (lambda t: t - 1 if v is not None and t.dtype == torch.int64 and torch.equal(t, v + 1) else t)(next(fresh)) \
            if isinstance(v, torch.Tensor) else v

    first = replaced(sample.input)
    values = [replaced(v) for v in sample.args]
    named = {k: replaced(v) for k, v in sample.kwargs.items()}
    result = call(first, *values, **named)
    if isinstance(result, (tuple, list)):
        result = result[0]
    gradients = "nil"
    if result.is_floating_point() and result.requires_grad and op != "floor_divide":  # which has none in PyTorch
        result.sum().backward()
        gradients = "{%s}" % ",".join(lua(t.grad) if t.grad is not None else "false" for t in leaves)
    result = result.detach()
    return '{"%s","%s",{%s},%s,%s},' % (op, text, ",".join(lua(t.detach()) for t in leaves),
                                       lua(result + 1 if op in PLACES else result), gradients)


def wrapped(text, most=128):
    """In lines of that length, broken behind commas that are in no string."""
    start = last = 0
    quoted = False
    for i, letter in enumerate(text):
        quoted ^= letter == '"'
        if i - start >= most and last > start:
            yield text[start:last]
            start = last
        if letter == "," and not quoted:
            last = i + 1
    yield text[start:]


print("return {")
for info in op_db:
    if info.variant_test_name or info.name not in PLAIN and info.name not in DIMS:
        continue
    call = info.op if info.name.startswith("linalg.") else info.method_variant or info.op
    for dtype in DTYPES:
        if dtype not in info.dtypes:
            continue
        torch.manual_seed(1)
        room = SAID
        for i, sample in enumerate(info.sample_inputs("cpu", dtype, requires_grad=False)):
            if i == SAMPLES or room == 0:
                break
            try:
                print("\n".join(wrapped(case(info.name, sample, call))))
                room -= 1
            except Cannot:
                print('{"%s"},' % info.name)
            except Exception as problem:  # a sample that PyTorch itself refuses
                print(info.name, problem, file=sys.stderr)
print("}")
