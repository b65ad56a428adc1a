"""Makes scores.json: calls of metrics with what scikit-learn gives, for tests/lua/records_scores.lua. A call is a name, two
arguments, options and a value; null stands for NaN. Columns of scores are those of the labels 1..n here."""
import json, math, os, warnings
import numpy as np
import sklearn
from sklearn import metrics as m

warnings.simplefilter("ignore")
rng = np.random.default_rng(23)
calls = []


def plain(v):
    if isinstance(v, (list, tuple)):
        return [plain(x) for x in v]
    if isinstance(v, np.ndarray):
        return plain(v.tolist())
    if isinstance(v, (str, bool)) or v is None:
        return v
    if isinstance(v, (int, np.integer)):
        return int(v)
    return None if math.isnan(v) else "inf" if math.isinf(v) else float(v)


def call(name, y, p, ours=None, shift=0, **o):
    """ours: options as they are written here, where they differ; shift: what labels are more here than there."""
    value = getattr(m, name)(y, p, **o)
    options = {k: ("none" if k == "average" and v is None else plain(v)) for k, v in o.items() if k != "multi_class" or v}
    options.update(ours or {})
    calls.append({"name": name, "truth": plain(np.asarray(y) + shift if shift else y), "answers": plain(p), "options": options,
                  "value": plain(value)})


def weights(n):
    return (rng.integers(0, 9, n) / 4).tolist()  # their sums are exact, whatever the order


names = np.array(["ash", "birch", "cedar", "elm"])
for n, k in ((10, 2), (24, 3), (50, 4)):
    y = rng.integers(0, k, n)
    p = np.where(rng.random(n) < 0.6, y, rng.integers(0, k, n))
    w = weights(n)
    for y_, p_ in ((y.tolist(), p.tolist()), (names[y].tolist(), names[p].tolist())):
        for o in ({}, {"sample_weight": w}):
            for name in ("accuracy_score", "zero_one_loss", "balanced_accuracy_score", "cohen_kappa_score", "matthews_corrcoef",
                         "hamming_loss", "confusion_matrix", "classification_report", "multilabel_confusion_matrix"):
                call(name, y_, p_, **o)
            call("accuracy_score", y_, p_, normalize=False, **o)
            call("cohen_kappa_score", y_, p_, weights="quadratic", **o)
            call("confusion_matrix", y_, p_, normalize="true", **o)
            for average in (None, "macro", "micro", "weighted"):
                for name in ("precision_score", "recall_score", "f1_score", "jaccard_score"):
                    call(name, y_, p_, average=average, **o)
                for beta in (0, 0.5, 2):
                    call("fbeta_score", y_, p_, beta=beta, average=average, **o)
    some = [2, 0] if k > 2 else [1]
    for o in ({}, {"sample_weight": w}):
        for average in (None, "macro", "micro", "weighted"):
            for name in ("precision_score", "recall_score", "f1_score", "jaccard_score"):
                call(name, y.tolist(), p.tolist(), average=average, labels=some, **o)
        call("confusion_matrix", y.tolist(), p.tolist(), labels=some, **o)
        call("classification_report", y.tolist(), p.tolist(), labels=some, digits=3, **o)
        call("cohen_kappa_score", y.tolist(), p.tolist(), labels=list(range(k)), **o)
    if k == 2:
        for o in ({}, {"pos_label": 0}, {"sample_weight": w}):
            for name in ("precision_score", "recall_score", "f1_score", "jaccard_score"):
                call(name, y.tolist(), p.tolist(), **o)
            call("fbeta_score", y.tolist(), p.tolist(), beta=3, **o)

# labels that do not occur, samples of one class, zero_division
for zero in (0.0, 1.0, math.nan):
    ours = {"zero_division": "nan"} if math.isnan(zero) else {}
    for average in (None, "macro", "weighted", "micro"):
        for name in ("precision_score", "recall_score", "f1_score"):
            call(name, [1, 1, 2], [1, 3, 3], ours, average=average, labels=[1, 2, 3, 7], zero_division=zero)
    for name in ("precision_score", "recall_score", "f1_score"):
        call(name, [0, 0, 0], [0, 0, 0], ours, zero_division=zero)

# several labels for each sample
for n, k in ((9, 3), (24, 5)):
    y = (rng.random((n, k)) < 0.4).astype(int)
    p = np.where(rng.random((n, k)) < 0.7, y, 1 - y)
    y[0], p[0] = 0, 0
    y[:, -1] = 0
    s, w = np.round(rng.random((n, k)), 2), weights(n)
    for o in ({}, {"sample_weight": w}):
        for name in ("accuracy_score", "zero_one_loss", "hamming_loss", "multilabel_confusion_matrix"):
            call(name, y, p, **o)
        call("classification_report", y, p, {"target_names": [str(i) for i in range(k)]}, **o)
        call("multilabel_confusion_matrix", y, p, samplewise=True, **o)
        call("accuracy_score", y, p, normalize=False, **o)
        for average in (None, "macro", "micro", "weighted", "samples"):
            for zero in (0.0, 1.0):
                for name in ("precision_score", "recall_score", "f1_score", "jaccard_score"):
                    call(name, y, p, average=average, zero_division=zero, **o)
            call("fbeta_score", y, p, beta=2, average=average, **o)
            call("average_precision_score", y, s, average=average, **o)
            for whole in ((y[:, :-1], s[:, :-1]),):
                if average != "samples":
                    call("roc_auc_score", *whole, average=average, **o)
    call("f1_score", y, p, {"labels": [3, 1]}, average="macro", labels=[2, 0])
    call("classification_report", y, p, target_names=[f"label {i}" for i in range(k)], digits=4)

# scores
for n in (6, 40):
    y, s, w = rng.integers(0, 2, n), np.round(rng.random(n), 1), weights(n)
    y[:2] = 0, 1
    for o in ({}, {"sample_weight": w}):
        for name in ("roc_auc_score", "average_precision_score", "roc_curve", "precision_recall_curve", "log_loss", "brier_score_loss"):
            call(name, y, s, **o)
        call("roc_curve", y, s, drop_intermediate=False, **o)
        call("brier_score_loss", y, s, pos_label=0, **o)
        call("brier_score_loss", names[y].tolist(), s, pos_label="ash", **o)
        call("top_k_accuracy_score", y, s, k=1, **o)
        call("top_k_accuracy_score", y, s * 4 - 2, k=1, **o)
        call("log_loss", names[y].tolist(), s, **o)
# no positive sample, no negative one
for y in ([0, 0, 0], [1, 1, 1]):
    for name in ("average_precision_score", "roc_curve", "precision_recall_curve", "brier_score_loss"):
        call(name, y, [0.5, 0.25, 1.0])
    call("log_loss", y, [0.5, 0.25, 1.0], labels=[0, 1])

for n, k in ((8, 3), (60, 5)):
    y = rng.integers(0, k, n)
    y[:k] = range(k)
    s = rng.integers(1, 5, (n, k)) / 4.0  # many ties
    q, w = s / s.sum(1, keepdims=True), weights(n)
    texts = [f"kind {i}" for i in range(k)]
    for o in ({}, {"sample_weight": w}):
        for kk in range(1, k):
            call("top_k_accuracy_score", y, s, k=kk, shift=1, **o)
        call("top_k_accuracy_score", y, s, k=2, normalize=False, shift=1, **o)
        call("top_k_accuracy_score", [texts[i] for i in y], s, k=2, **o)
        call("log_loss", y, q, shift=1, **o)
        call("log_loss", [texts[i] for i in y], q, **o)
        call("log_loss", y, q, normalize=False, shift=1, **o)
        call("brier_score_loss", y, q, shift=1, **o)
        call("brier_score_loss", y, q, shift=1, scale_by_half=True, **o)
        for average in ("macro", "weighted", "micro", None):
            call("roc_auc_score", y, q, multi_class="ovr", average=average, shift=1, **o)
    for average in ("macro", "weighted"):
        call("roc_auc_score", y, q, multi_class="ovo", average=average, shift=1)
        few = np.where(y == 1, 2, y)  # a class that does not occur
        call("roc_auc_score", few, q, {"labels": list(range(1, k + 1))}, multi_class="ovo", average=average, labels=list(range(k)), shift=1)
    call("top_k_accuracy_score", few, s, {"labels": list(range(1, k + 1))}, k=2, labels=list(range(k)), shift=1)
    call("log_loss", few, q, {"labels": list(range(1, k + 1))}, labels=list(range(k)), shift=1)

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "scores.json"), "w") as f:
    json.dump({"scikit-learn": sklearn.__version__, "calls": calls}, f, separators=(",", ":"))
print(len(calls))
