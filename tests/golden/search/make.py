"""Densities of Parzen estimators as Optuna computes them (multivariate TPE), for tests/lua/search.lua.

python make.py > parzen.json        # with optuna 4
"""
import json
import math

import numpy as np
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers._tpe.parzen_estimator import _ParzenEstimator, _ParzenEstimatorParameters
from optuna.samplers._tpe.sampler import default_weights

SPACE = {
    "act": CategoricalDistribution(["relu", "tanh", "gelu"]),
    "lr": FloatDistribution(1e-4, 1e-1, log=True),
    "p": FloatDistribution(0.0, 0.5),
    "width": IntDistribution(1, 64),
}
rng = np.random.RandomState(7)


def draw(n):
    return {
        "act": rng.randint(0, 3, n).astype(float),
        "lr": np.exp(rng.uniform(math.log(1e-4), math.log(1e-1), n)),
        "p": rng.uniform(0, 0.5, n),
        "width": 1.0 + rng.permutation(64)[:n],  # each once: of equal values it is open which bump is wider
    }


def rows(columns):
    n = len(columns["p"])
    return [{"act": SPACE["act"].choices[int(columns["act"][i])], "lr": columns["lr"][i], "p": columns["p"][i],
             "width": int(columns["width"][i])} for i in range(n)]


parameters = _ParzenEstimatorParameters(
    prior_weight=1.0, consider_magic_clip=True, consider_endpoints=False, weights=default_weights, multivariate=True)
cases = []
for n in (0, 1, 2, 9, 26, 40):
    seen, at = draw(n), draw(8)
    logs = _ParzenEstimator(seen, SPACE, parameters).log_pdf(at)
    # A density of the values themselves becomes one of places in [0, 1]: lr by its logarithm, p by its range. Optuna's density of
    # a logarithmic range is one of the logarithm already.
    logs = logs + math.log(math.log(1e3)) + math.log(0.5)
    cases.append({"seen": rows(seen), "at": rows(at), "log_density": [float(x) for x in logs]})
print(json.dumps(cases))
