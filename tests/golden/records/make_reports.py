"""Makes reports.json: confusion matrices, reports and scores as scikit-learn gives them, for tests/lua/records_metrics.lua."""
import json, math, os, warnings
import numpy as np
import sklearn
from sklearn import metrics as m

warnings.simplefilter("ignore")
rng = np.random.default_rng(7)
cases = []


def number(x):
    x = float(x)
    return None if math.isnan(x) else x


def case(y, p, names=None, digits=2, labels=None, zero_division=0.0):
    y, p = [int(v) for v in y], [int(v) for v in p]
    listed = labels if labels is not None else sorted(set(y) | set(p))
    prf = m.precision_recall_fscore_support(y, p, labels=listed, zero_division=zero_division)
    cases.append({
        "labels": y, "predictions": p, "names": names, "digits": digits, "listed": labels,
        "zero_division": "nan" if math.isnan(zero_division) else zero_division,
        "text": m.classification_report(y, p, labels=labels, target_names=names, digits=digits,
                                        zero_division=zero_division),
        "matrix": m.confusion_matrix(y, p, labels=labels).tolist(),
        "by_true": m.confusion_matrix(y, p, labels=labels, normalize="true").tolist(),
        "by_predicted": m.confusion_matrix(y, p, labels=labels, normalize="pred").tolist(),
        "by_all": m.confusion_matrix(y, p, labels=labels, normalize="all").tolist(),
        "precision": [number(v) for v in prf[0]], "recall": [number(v) for v in prf[1]],
        "f1": [number(v) for v in prf[2]], "support": [int(v) for v in prf[3]],
        "accuracy": m.accuracy_score(y, p), "balanced": number(m.balanced_accuracy_score(y, p)),
        "kappa": number(m.cohen_kappa_score(y, p)), "linear": number(m.cohen_kappa_score(y, p, weights="linear")),
        "quadratic": number(m.cohen_kappa_score(y, p, weights="quadratic")), "mcc": number(m.matthews_corrcoef(y, p)),
    })


y, p = [0, 0, 0, 1, 1, 1, 1, 2, 2, 2], [0, 0, 1, 1, 1, 1, 0, 2, 2, 1]
case(y, p)
case(y, p, ["cat", "dog", "a very long class name"], 4)
case(y, p, ["Bär", "ñandú", "一个很长很长的类名称在这里"], 3)
case(y, p, labels=[0, 1])
case(y, p, labels=[2, 0, 1])
case(y, p, digits=0)
case(y, p, digits=15)
case([1, 1, 1, 2], [1, 2, 3, 3])
case([1, 1, 1, 2], [1, 2, 3, 3], zero_division=1.0)
case([1, 1, 1, 2], [1, 2, 3, 3], zero_division=math.nan)
case([5, 5], [5, 5])
case([0] * 7 + [1], [0] * 8)
for n, k in ((50, 2), (500, 5), (1000, 10), (300, 60)):
    y = rng.integers(0, k, n)
    case(y, np.where(rng.random(n) < 0.7, y, rng.integers(0, k, n)), digits=4)

out = os.path.join(os.path.dirname(os.path.abspath(__file__)), "reports.json")
with open(out, "w") as f:
    json.dump({"scikit-learn": sklearn.__version__, "cases": cases}, f, separators=(",", ":"))
