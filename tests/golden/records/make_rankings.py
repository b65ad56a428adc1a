"""Makes rankings.json: ROC, precision-recall, log loss and top-k as scikit-learn gives them, and a calibration error by
hand, for tests/lua/records_ranking.lua. Classes count from 1 here."""
import json, os, warnings
import numpy as np
import sklearn
from sklearn import metrics as m

warnings.simplefilter("ignore")
rng = np.random.default_rng(11)
binary, several = [], []


def numbers(a):
    return [None if np.isnan(v) else "inf" if np.isinf(v) else float(v) for v in a]


def two(y, s):
    fpr, tpr, at = m.roc_curve(y, s)
    fpr_all, tpr_all, at_all = m.roc_curve(y, s, drop_intermediate=False)
    precision, recall, thresholds = m.precision_recall_curve(y, s)
    binary.append({
        "labels": [int(v) for v in y], "scores": [float(v) for v in s],
        "auc": numbers([m.roc_auc_score(y, s)])[0], "ap": float(m.average_precision_score(y, s)),
        "roc": [numbers(fpr), numbers(tpr), numbers(at)], "roc_all": [numbers(fpr_all), numbers(tpr_all), numbers(at_all)],
        "pr": [numbers(precision), numbers(recall), numbers(thresholds)],
    })


def ece(y, p, bins):
    confidence, right = p.max(1), p.argmax(1) == y
    edges = np.linspace(0, 1, bins + 1)
    total = 0.0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            total += abs(confidence[inside].mean() - right[inside].mean()) * inside.mean()
    return total


def many(y, p):
    k = p.shape[1]
    case = {"labels": [int(v) + 1 for v in y], "scores": p.tolist(), "log_loss": m.log_loss(y, p, labels=range(k)),
            "ece10": ece(y, p, 10), "ece15": ece(y, p, 15)}
    for way in ("ovr", "ovo"):
        for average in ("macro", "weighted"):
            case[f"{way}_{average}"] = m.roc_auc_score(y, p, multi_class=way, average=average, labels=range(k))
    case["ovr_none"] = m.roc_auc_score(y, p, multi_class="ovr", average=None, labels=range(k)).tolist()
    shown = np.eye(k)[y]
    case["ap_macro"] = m.average_precision_score(shown, p, average="macro")
    case["ap_weighted"] = m.average_precision_score(shown, p, average="weighted")
    several.append(case)


two([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
two([0, 1, 0, 1, 1], [0.5, 0.5, 0.5, 0.5, 0.5])
two([1, 0, 1, 0, 1, 1, 0], [0.9, 0.9, 0.8, 0.3, 0.3, 0.2, 0.2])
two([1, 0], [0.2, 0.8])
for n in (30, 200):
    y = rng.integers(0, 2, n)
    two(y, np.round(np.clip(y * 0.3 + rng.random(n) * 0.7, 0, 1), 2))
y = np.array([0, 0, 0, 1, 1, 1, 1, 2, 2, 2])
p = np.array([[.7, .2, .1], [.5, .3, .2], [.3, .4, .3], [.2, .6, .2], [.1, .8, .1], [.2, .5, .3], [.6, .3, .1],
              [.1, .2, .7], [.2, .2, .6], [.3, .5, .2]])
many(y, p)
for n, k in ((60, 3), (120, 6)):
    y = np.concatenate([np.arange(k), rng.integers(0, k, n - k)])
    logits = rng.normal(size=(n, k)) + 1.2 * np.eye(k)[y]
    p = np.exp(logits)
    many(y, p / p.sum(1, keepdims=True))

out = os.path.join(os.path.dirname(os.path.abspath(__file__)), "rankings.json")
with open(out, "w") as f:
    json.dump({"scikit-learn": sklearn.__version__, "binary": binary, "several": several}, f, separators=(",", ":"))
