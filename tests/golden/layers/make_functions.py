"""Writes functions.lua: what functions of torch.nn.functional compute, with gradients. Run: python3 make_functions.py

Each case has its call in Lua; the inputs are a, b, c in it. Tensors are written as in ../nets/make.py.
"""
import importlib.util
import pathlib

import torch
import torch.nn.functional as F

HERE = pathlib.Path(__file__).parent
spec = importlib.util.spec_from_file_location("layers", HERE / "make.py")
layers = importlib.util.module_from_spec(spec)
spec.loader.exec_module(layers)
lua, seeded, with_gradients = layers.lua, layers.seeded, layers.with_gradients
F32, F64 = torch.float32, torch.float64


def value(v):
    """A Python value as Lua code."""
    if isinstance(v, bool):
        return "true" if v else "false"
    if isinstance(v, (tuple, list)):
        return "{ %s }" % ", ".join(map(value, v))
    return "'%s'" % v if isinstance(v, str) else repr(v)


def call(name, inputs, options, *arguments, given=(), grad=True, own=None):
    """A case; given: inputs without gradient, behind the others, arguments behind them, then options. own: options as named here."""
    parts = ["abcdefg"[i] for i in range(len(inputs) + len(given))] + [value(a) for a in arguments]
    own = options if own is None else own
    if own:
        parts.append("{ %s }" % ", ".join("%s = %s" % (k, value(v)) for k, v in own.items()))
    result = {"call": "F.%s(%s)" % (name, ", ".join(parts)), "given": list(given)}
    result["case"] = with_gradients(lambda *x: getattr(F, name)(*x, *given, *arguments, **options), *inputs)
    if not grad:
        result["case"].pop("grads"), result["case"].pop("dy")
    return result


def paddings():
    x = seeded(1, 2, 4, 3, seed=3)
    cases = [call("pad", [x], o, pad) for pad in ((1, 2), (1, 0, 2, 1), (-1, 1), (0, -1, -1, 2))
             for o in ({}, {"value": 2.5})]
    cases += [call("pad", [x], {"mode": mode}, pad) for mode in ("reflect", "replicate", "circular")
              for pad in ((1, 2, 0, 0), (2, 1, 1, 3), (0, 2, 0, 0))]
    cases += [call("pad", [x], {"mode": "replicate"}, (5, 4, 7, 0)), call("pad", [x], {"mode": "circular"}, (3, 3, 4, 4)),
              call("pad", [seeded(3, seed=4)], {"value": -1.0}, (2, 1)), call("pad", [seeded(2, 3, seed=5, dtype=F32)], {}, (1, 1, 0, 1))]
    return cases


def resizings():
    x, cases = seeded(1, 2, 4, 3, seed=6), []
    for mode in ("nearest", "nearest-exact", "bilinear", "bicubic", "area"):
        for options in ({"size": (8, 6)}, {"size": (5, 7)}, {"size": (2, 2)}, {"size": (1, 1)}, {"scale_factor": 2.0},
                        {"scale_factor": (1.5, 0.7)}, {"size": (4, 3)}):
            own = {k: v for k, v in options.items()}
            if options == {"scale_factor": 2.0}:
                options = {"scale_factor": 2}
            cases.append(call("interpolate", [x], {**options, "mode": mode}, own={**own, "mode": mode}))
            if mode in ("bilinear", "bicubic"):
                cases.append(call("interpolate", [x], {**options, "mode": mode, "align_corners": True}))
        cases.append(call("interpolate", [seeded(1, 1, 3, 3, seed=7, dtype=F32)], {"size": (7, 4), "mode": mode}))
    return cases


def pools():
    x = seeded(1, 2, 5, 7, seed=8)
    return [call("adaptive_max_pool2d", [v], {}, size) for v in (x, x[0], x.float())
            for size in ((1, 1), (2, 3), (5, 7), (3, 2), (7, 9))]


def transposed():
    cases = []
    for shape, out, kernel, o in (((2, 3, 4, 3), 4, (3, 3), {}), ((2, 3, 4, 3), 4, (3, 3), {"stride": 2}), ((1, 2, 3, 4), 3, (2, 3),
                                  {"stride": (2, 3), "padding": (1, 0), "output_padding": (1, 2)}), ((1, 4, 3, 3), 6, (3, 3),
                                  {"groups": 2, "padding": 1}), ((1, 2, 3, 3), 2, (3, 2), {"dilation": 2, "output_padding": 1}),
                                  ((4, 3, 3), 4, (3, 3), {"stride": 2, "padding": 1, "output_padding": 1, "groups": 4}),
                                  ((1, 16, 5, 5), 16, (3, 3), {"padding": 1})):
        groups = o.get("groups", 1)
        channels = shape[-3]
        for dtype in (F64, F32):
            inputs = [seeded(*shape, seed=9, dtype=dtype), seeded(channels, out // groups, *kernel, seed=10, dtype=dtype),
                      seeded(out, seed=11, dtype=dtype)]
            case = {"case": with_gradients(lambda *x: F.conv_transpose2d(*x, **o), *inputs), "given": []}
            options = ", ".join(["bias = c"] + ["%s = %s" % (k, value(v)) for k, v in o.items()])
            cases.append({"call": "F.conv_transpose2d(a, b, { %s })" % options, **case})
    return cases


def surrounded():
    """conv2d of pictures with other surroundings than zeros."""
    cases = []
    for mode in ("reflect", "replicate", "circular"):
        for kernel, padding in (((3, 3), 1), ((3, 2), (2, 1)), ((2, 4), "same"), ((3, 3), "same")):
            layer = torch.nn.Conv2d(2, 3, kernel, padding=padding, padding_mode=mode, dtype=F64)
            layer.weight.data = seeded(3, 2, *kernel, seed=12)
            layer.bias.data = seeded(3, seed=13)
            case = with_gradients(lambda x, w, b: torch.func.functional_call(layer, {"weight": w, "bias": b}, (x,)),
                                  seeded(2, 2, 4, 5, seed=14), layer.weight.data, layer.bias.data)
            cases.append({"call": 'F.conv2d(a, b, { bias = c, padding = %s, padding_mode = \'%s\' })' % (value(padding), mode),
                          "given": [], "case": case})
    return cases


def norms():
    cases = []
    for shape, groups in (((2, 4, 3, 2), 2), ((3, 6), 3), ((2, 3, 5), 1), ((2, 4, 2, 2), 4)):
        for eps in (1e-5, 0.1):
            x, w, b = seeded(*shape, seed=15) + 1, seeded(shape[1], seed=16), seeded(shape[1], seed=17)
            cases.append({"call": "F.group_norm(a, %d, { weight = b, bias = c, eps = %g })" % (groups, eps), "given": [],
                          "case": with_gradients(lambda x, w, b: F.group_norm(x, groups, w, b, eps), x, w, b)})
    for shape in ((2, 3, 4, 2), (2, 3, 5)):
        x, w, b = seeded(*shape, seed=15) + 1, seeded(shape[1], seed=16), seeded(shape[1], seed=17)
        cases.append({"call": "F.instance_norm(a, { weight = b, bias = c })", "given": [],
                      "case": with_gradients(lambda x, w, b: F.instance_norm(x, weight=w, bias=b), x, w, b)})
        cases.append(call("instance_norm", [x], {}))
        mean, var = seeded(shape[1], seed=18), seeded(shape[1], low=0.5, high=2, seed=19)
        cases.append({"call": "F.instance_norm(a, { running_mean = b, running_var = c, use_input_stats = false, eps = 0.01 })",
                      "given": [mean, var], "case": with_gradients(
                          lambda x: F.instance_norm(x, mean, var, use_input_stats=False, eps=0.01), x)})
    return cases


def losses():
    cases = []
    a, b, c = (seeded(4, 3, seed=s) for s in (20, 21, 22))
    sign = torch.tensor([1, -1, 1, -1])
    labels = torch.tensor([0, 2, 1, 2])
    for reduction in ("mean", "sum", "none"):
        r = {"reduction": reduction}
        for o in ({}, {"margin": 0.3}):
            cases.append(call("cosine_embedding_loss", [a, b], {**r, **o}, given=[sign]))
            cases.append(call("margin_ranking_loss", [a[:, 0], b[:, 1]], {**r, **o}, given=[sign.double()]))
        for o in ({}, {"p": 1.0}, {"margin": 0.5, "swap": True}, {"p": 3.0, "eps": 0.01}):
            cases.append(call("triplet_margin_loss", [a, b, c], {**r, **o}))
        for o in ({}, {"p": 2}, {"margin": 0.25}):
            case = call("multi_margin_loss", [a], {**r, **o}, given=[labels])
            cases.append({**case, "labels": True})
        cases.append(call("multilabel_soft_margin_loss", [a * 5], r, given=[torch.tensor([[1., 0, 1], [0, 0, 1], [1, 1, 1], [0, 1, 0]]).double()]))
    weight = seeded(3, low=0.5, high=2, seed=23)
    cases.append({"call": "F.multi_margin_loss(a, b, { weight = c })", "labels": True, "given": [labels, weight],
                  "case": with_gradients(lambda x: F.multi_margin_loss(x, labels, weight=weight), a)})
    target = torch.tensor([[1., 0, 1], [0, 0, 1], [1, 1, 1], [0, 1, 0]]).double()
    cases.append({"call": "F.multilabel_soft_margin_loss(a, b, { weight = c })", "given": [target, weight],
                  "case": with_gradients(lambda x: F.multilabel_soft_margin_loss(x, target, weight=weight), a)})
    cases.append(call("cosine_similarity", [a, b], {}))
    cases.append({**call("cosine_similarity", [a, b], {"dim": 0}, own={"dim": 1})})
    cases += [call("pairwise_distance", [a, b], o) for o in ({}, {"p": 1.0}, {"p": 3.0, "keepdim": True})]
    return cases


def lines(text, most=128):
    """The text in lines of that length, broken behind commas that are in no string."""
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


def main():
    with open(HERE / "functions.lua", "w", encoding="ascii") as f:
        print("-- made by make_functions.py with PyTorch %s" % torch.__version__, file=f)
        print("return {", file=f)
        for part in (paddings, resizings, pools, transposed, surrounded, norms, losses):
            print("\n".join(lines("%s = %s" % (part.__name__, lua(part())))) + ",", file=f)
        print("}", file=f)


if __name__ == "__main__":
    main()
