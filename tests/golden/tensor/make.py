"""Writes values.lua: what PyTorch computes, for tests/lua/tensor_golden.lua. Run: python3 make.py > values.lua

A case is { Lua expression, names of inputs it uses, expected }. Expressions count dimensions and places from 1, as Lua does; the
PyTorch expression beside each counts from 0. Places that PyTorch returns are shifted here.
"""
import math

import torch

torch.manual_seed(1)
torch.set_num_threads(1)
NAMES = {torch.float32: "f32", torch.float64: "f64", torch.int64: "i64", torch.uint8: "u8", torch.bool: "bool"}


def number(x):
    if isinstance(x, bool):
        return "true" if x else "false"
    if isinstance(x, float):
        return "0/0" if math.isnan(x) else "%s1/0" % ("-" if x < 0 else "") if math.isinf(x) else "%.9g" % x + ("" if x % 1 else ".0")
    return "math.mininteger" if x == -2**63 else str(x)


def lua(t):
    flat = ",".join(number(x) for x in t.reshape(-1).tolist())
    return '{shape={%s},dtype="%s",data={%s}}' % (",".join(map(str, t.shape)), NAMES[t.dtype], flat)


nan, inf = math.nan, math.inf
inputs = {
    "u": torch.tensor([[1, 200, 3], [250, 0, 7]], dtype=torch.uint8),
    "i": torch.tensor([[5, -2, 3], [9, 0, -7]]),
    "j": torch.tensor([3, 1, 2]),
    "f": torch.randn(2, 3),
    "d": torch.randn(2, 3, dtype=torch.float64),
    "row": torch.randn(3),
    "column": torch.randn(2, 1),
    "cube": torch.randn(3, 4, 5),
    "ties": torch.tensor([[2.0, 1.0, 2.0, 0.0], [0.0, 0.0, 5.0, 5.0]]),
    "odd": torch.tensor([1.0, nan, -inf, inf, -0.5]),
    "empty": torch.zeros(0, 3),
}
cases = []


def case(expression, value):
    cases.append((expression, value))


def both(expression, **more):
    """An expression that reads the same in both languages."""
    case(expression.replace("**", "^"), eval(expression, {**inputs, **more}))


# promotion: every pair of types, numbers on either side
for a in "uifd":
    for b in "uifd":
        for op in "+", "-", "*":
            both("%s %s %s" % (a, op, b))
        both("%s / (%s * %s + 1)" % (a, b, b) if b != "u" else "%s / (u * 0.5 + 1)" % a)
    for n in "2", "0.5":
        for op in "+", "-", "*", "/":
            both("%s %s %s" % (a, op, n))
            if op != "/":
                both("%s %s %s" % (n, op, a))
    for name in "lt", "ge", "eq", "ne":
        case("%s:%s(3)" % (a, name), getattr(inputs[a], name)(3))
both("i ** 3")
both("u ** 2")
both("2.0 ** i")
both("d ** 2")
# broadcasting
for expression in "f + row", "f * column", "row - column", "column / row", "i + column", "cube * 2 - 1":
    both(expression)
case("cube * cube:narrow(1, 1, 1)", inputs["cube"] * inputs["cube"][:1])
case("cube + cube:sum { dim = 3, keepdim = true }", inputs["cube"] + inputs["cube"].sum(2, keepdim=True))
# functions of one element
for name in ("exp expm1 sin cos tanh sigmoid relu erf floor ceil round abs neg square isnan isfinite logical_not".split()):
    for t in "f", "odd", "i":
        if not (t == "i" and name in ("isnan",)):
            case("%s:%s()" % (t, name), getattr(torch, name)(inputs[t]))
for name in "sqrt", "log", "log1p", "reciprocal":
    case("odd:%s()" % name, getattr(torch, name)(inputs["odd"]))
case("odd:clamp(-1, 1)", inputs["odd"].clamp(-1, 1))
case("i:clamp(-1, 4)", inputs["i"].clamp(-1, 4))
case("i:clamp { min = 0.5 }", inputs["i"].clamp(min=0.5))
case("odd:maximum(odd:neg())", torch.maximum(inputs["odd"], -inputs["odd"]))
case("odd:minimum(0)", torch.minimum(inputs["odd"], torch.tensor(0.0)))
# reductions
for t in "cube", "ties":
    x = inputs[t]
    for name in "sum", "mean", "prod", "var", "std", "norm":
        case("%s:%s()" % (t, name), getattr(x, name)())
        for dim in range(x.ndim):
            for keep in False, True:
                options = "{ dim = %d, keepdim = %s }" % (dim + 1, str(keep).lower())
                value = x.norm(dim=dim, keepdim=keep) if name == "norm" else getattr(x, name)(dim, keepdim=keep)
                case("%s:%s%s" % (t, name, options), value)
    for name in "amax", "amin":
        case("%s:%s { dim = %d, keepdim = true }" % (t, name[1:], x.ndim), getattr(x, name)(x.ndim - 1, keepdim=True))
    for dim in range(x.ndim):
        case("%s:argmax { dim = %d }" % (t, dim + 1), x.argmax(dim) + 1)
        case("%s:argmin { dim = %d }" % (t, dim + 1), x.argmin(dim) + 1)
        case("%s:cumsum(%d)" % (t, dim + 1), x.cumsum(dim))
        for down in False, True:
            values, places = torch.sort(x, dim=dim, descending=down, stable=True)
            options = "{ dim = %d, descending = %s }" % (dim + 1, str(down).lower())
            case("(%s:sort%s)" % (t, options), values)
            case("%s:argsort%s" % (t, options), places + 1)
case("cube:sum { dim = { 1, 3 } }", inputs["cube"].sum((0, 2)))
case("cube:var { dim = { 1, 3 } }", inputs["cube"].var((0, 2)))
case("cube:std { unbiased = false }", inputs["cube"].std(unbiased=False))
case("cube:argmax()", inputs["cube"].argmax() + 1)
case("(cube:topk(2))", inputs["cube"].topk(2)[0])
case("(cube:topk(3, { dim = 2, largest = false }))", inputs["cube"].topk(3, 1, largest=False)[0])
for t in "u", "i":
    for name in "sum", "prod", "max", "min", "any", "all":
        case("%s:%s()" % (t, name), getattr(inputs[t], name)())
case("i:any { dim = 1 }", (inputs["i"] != 0).any(0))
case("odd:max()", inputs["odd"].max())
case("(odd:sort())", inputs["odd"].sort()[0])
case("(odd:sort { descending = true })", inputs["odd"].sort(descending=True)[0])
for name in "sum", "mean", "prod":
    case("empty:%s()" % name, getattr(inputs["empty"], name)())
    case("empty:%s(1)" % name, getattr(inputs["empty"], name)(0))
    case("empty:%s(2)" % name, getattr(inputs["empty"], name)(1))
# indexing and shapes
c = inputs["cube"]
case("cube[2]", c[1])
case("cube[{ {}, { 2, 3 }, 5 }]", c[:, 1:3, 4])
case("cube[{ -1, -2 }]", c[-1, -2])
case("cube[j]", c[inputs["j"] - 1])
case("cube:index_select(2, j)", c.index_select(1, inputs["j"] - 1))
case("f:gather(2, j:reshape(1, 3))", inputs["f"].gather(1, (inputs["j"] - 1).reshape(1, 3)))
case("cube:permute(3, 1, 2):reshape(5, 12)", c.permute(2, 0, 1).reshape(5, 12))
case("cube:transpose(1, 3):flatten(2)", c.transpose(0, 2).flatten(1))
case("ml.cat({ f, i }, 2)", torch.cat([inputs["f"], inputs["i"]], 1))
case("ml.stack({ f, f * 2 }, 3)", torch.stack([inputs["f"], inputs["f"] * 2], 2))
case("ml.where(i:gt(0), i, 0.5)", torch.where(inputs["i"] > 0, inputs["i"], 0.5))
case("ml.where(i:gt(0), 1, 0)", torch.where(inputs["i"] > 0, 1, 0))
case("cube:matmul(cube:transpose(2, 3))", c @ c.transpose(1, 2))
case("column:expand(2, 3):matmul(cube[{ { 1, 3 }, 1 }])", inputs["column"].expand(2, 3) @ c[:3, 0])
case("row:matmul(f:t())", inputs["row"] @ inputs["f"].T)
# constructors
case("ml.arange(5, 1, -1.5)", torch.arange(5, 1, -1.5))
case("ml.arange(3, 9, 2)", torch.arange(3, 9, 2))
case("ml.linspace(-1, 2, 7)", torch.linspace(-1, 2, 7))
case("ml.full({ 2, 1 }, 3)", torch.full((2, 1), 3))
case("ml.eye(2, 3)", torch.eye(2, 3))
case("odd:to('f64')", inputs["odd"].double())
case("i:byte()", inputs["i"].byte())
case("d:long()", inputs["d"].long())

print("-- made by make.py with PyTorch %s" % torch.__version__)
print("return {\ninputs = {")
for name, value in inputs.items():
    print("%s = %s," % (name, lua(value)))
print("},\ncases = {")
for expression, value in cases:
    print('{"%s",%s},' % (expression, lua(value)))
print("} }")
