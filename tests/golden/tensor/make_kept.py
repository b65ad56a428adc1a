"""Writes kept.lua: what PyTorch makes of f16, bf16 and i32 where it is easy to go wrong, for tests/lua/tensor_kept.lua.
Run: python3 make_kept.py > kept.lua (needs torch)."""
import itertools
import math
import warnings

import torch

warnings.simplefilter("ignore")
TYPES = {"bool": torch.bool, "u8": torch.uint8, "i32": torch.int32, "i64": torch.int64, "f16": torch.float16,
         "bf16": torch.bfloat16, "f32": torch.float32, "f64": torch.float64}
NAMES = {v: k for k, v in TYPES.items()}
NAN, INF = math.nan, math.inf


def said(x):
    if isinstance(x, bool):
        return str(x).lower()
    if isinstance(x, float) and not math.isfinite(x):
        return "0/0" if x != x else "1/0" if x > 0 else "-1/0"
    return "math.mininteger" if isinstance(x, int) and x == -2**63 else repr(x)


def listed(t):
    lines = [""]
    for text in (said(v) + "," for v in t.reshape(-1).tolist()):
        if len(lines[-1]) + len(text) > 110:
            lines.append("")
        lines[-1] += text
    return "{%s}" % "\n".join(lines)


def around(x):
    """x and its neighbours in f32."""
    t = torch.tensor(x, dtype=torch.float32)
    return [torch.nextafter(t, torch.tensor(-INF)).item(), t.item(), torch.nextafter(t, torch.tensor(INF)).item()]


# the ends of the types, the middles of neighbours (ties), subnormals and where they begin and end, what overflows
hard = [0.0, -0.0, NAN, INF, -INF, 1e30, -1e30, 3.4e38, 1e-45, 0.1, -1 / 3]
for x in (65504.0, 65519.0, 65520.0, 65535.0, 65536.0, 2.0**-24, 2.0**-25, 1.5 * 2.0**-24, 2.5 * 2.0**-24, 2.0**-14, 1023.5 * 2.0**-24,
          2049.0, 2051.0, 1 + 2.0**-11, 1 + 3 * 2.0**-11, 1 + 2.0**-8, 1 + 3 * 2.0**-8, 257.0, 259.0, 3.3895e38, 2.0**-126,
          2.0**-133, 2.0**-134, 1.5 * 2.0**-133):
    hard += around(x) + [-v for v in around(x)]
hard = torch.tensor(hard, dtype=torch.float32)

print("return {")
print("hard = %s," % listed(hard))
for name in ("f16", "bf16"):
    dtype = TYPES[name]
    print("%s = {" % name)
    print("from_f32 = %s," % listed(hard.to(dtype)))
    print("from_f64 = %s," % listed((hard.double() * (1 + 2.0**-40)).to(dtype)))
    wholes = torch.tensor([0, 1, -1, 255, 256, 257, 259, 2047, 2049, 2051, 65503, 65519, 65520, 2**31 - 1, 2**53 + 1, -2**63])
    print("wholes = %s,\nfrom_i64 = %s," % (listed(wholes), listed(wholes.to(dtype))))
    few = torch.tensor([0.0, -0.0, 1.0, -3.0, 0.1, 1 / 3, 65504.0, 2.0**-24, 2.0**-14, 1024.0, NAN, INF, -INF, 3e38, 2.0**-133]).to(dtype)
    a, b = few.unsqueeze(1), few.unsqueeze(0)
    print("few = %s," % listed(few))
    for op in ("add", "sub", "mul", "div", "maximum", "minimum", "eq", "lt", "ge"):
        print("%s = %s," % (op, listed(getattr(torch, op)(a, b))))
    for op in ("neg", "abs", "sqrt", "reciprocal", "floor", "round", "isnan", "isfinite", "exp", "log", "tanh", "sigmoid"):
        print("%s = %s," % (op, listed(getattr(torch, op)(few))))
    for number in (0.3, 1e-4, 1e6, 3):  # a plain number: rounded to the type, but as a factor and a divisor
        finite = few[:10]
        print("[%s] = {" % number)
        for op in ("add", "sub", "mul", "div", "eq", "lt"):
            print("%s = %s," % (op, listed(getattr(finite, op)(number))))
        print("},")
    ramp = torch.arange(1, 301).float().div(7).to(dtype)
    print("ramp = %s," % listed(ramp))
    for op in ("sum", "mean", "prod", "amax", "amin", "argmax"):
        print("of_ramp_%s = %s," % (op, said(getattr(ramp, op)().item())))
    print("cumsum = %s," % listed(ramp.cumsum(0)))
    print("sorted = %s," % listed(few[:10].sort().values))
    print("},")
ends = torch.tensor([0, 1, -1, 2, -2, 7, 46341, 65536, -65537, 2**31 - 1, -2**31], dtype=torch.int32)
print("ends = %s," % listed(ends))
print("i32 = {")
a, b = ends.unsqueeze(1), ends.unsqueeze(0)
for op in ("add", "sub", "mul", "maximum", "minimum", "eq", "lt", "ge"):
    print("%s = %s," % (op, listed(getattr(torch, op)(a, b))))
for op in ("floor_divide", "remainder"):
    print("%s = %s," % (op, listed(getattr(torch, op)(a[:-1], b[:, 1:-1]))))
print("pow = %s," % listed(a ** torch.arange(0, 6, dtype=torch.int32)))
for op in ("neg", "abs", "sign", "square", "exp", "sqrt"):
    print("%s = %s," % (op, listed(getattr(torch, op)(ends))))
for op in ("sum", "prod", "amax", "amin", "argmax", "argmin", "any", "all"):
    print("of_all_%s = %s," % (op, said(getattr(ends, op)().item())))
print("cumsum = %s,\ncumprod = %s," % (listed(ends.cumsum(0)), listed(ends[1:].cumprod(0))))
wide = torch.tensor([0, -1, 2**31, 2**32 + 5, -2**31 - 1, 2**63 - 1, -2**63])
print("wide = %s,\nfrom_i64 = %s,\nto_u8 = %s," % (listed(wide), listed(wide.to(torch.int32)), listed(ends.to(torch.uint8))))
print("matmul = %s," % listed(ends.reshape(11, 1) @ ends.reshape(1, 11)))
print("},")
print("-- what two types, with dimensions or without, work in: { a, has dimensions, b, has dimensions, result }")
print("promoted = {")
for (na, ta), (nb, tb) in itertools.product(TYPES.items(), TYPES.items()):
    for da, db in ((1, 1), (1, 0), (0, 1)):
        got = torch.result_type(torch.ones([2] * da, dtype=ta), torch.ones([2] * db, dtype=tb))
        print('{"%s",%s,"%s",%s,"%s"},' % (na, said(bool(da)), nb, said(bool(db)), NAMES[got]), end="\n" if (da, db) == (0, 1) else "")
print("},")
print("with_number = {")
for name, dtype in TYPES.items():
    print('{"%s","%s","%s"},' % (name, NAMES[torch.result_type(torch.ones(2, dtype=dtype), 1)],
                                 NAMES[torch.result_type(torch.ones(2, dtype=dtype), 0.5)]))
print("},")
print("}")
