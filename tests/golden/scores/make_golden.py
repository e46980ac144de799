"""Numbers that core/ and decode/ are held against, made by numpy, scipy and scikit-learn from seeded toy data.

    /usr/bin/python3 tests/golden/scores/make_golden.py      (Debian: python3-numpy python3-scipy python3-sklearn)

Writes metrics.json and ridge.json beside itself. Inputs are multiples of 1/1024, so float32 holds them exactly.
"""
import json
import pathlib

import numpy as np
import scipy.ndimage
import scipy.special
import scipy.stats
import sklearn
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV

HERE = pathlib.Path(__file__).parent


def exact(a):
    return np.round(np.asarray(a, dtype=np.float64) * 1024) / 1024


def numbers(a):
    """Nested lists flattened row-major; NaN as null."""
    return [None if np.isnan(x) else float(x) for x in np.asarray(a, dtype=np.float64).ravel()]


def write(name, content):
    content["made_with"] = f"numpy {np.__version__}, scipy {scipy.__version__}, scikit-learn {sklearn.__version__}"
    (HERE / name).write_text(json.dumps(content, indent=None, separators=(",", ":")) + "\n")


def rate_scores(rng):
    truth = exact(rng.gamma(2.0, 0.2, (4, 12, 5)))
    truth[:, :, 2] = 0.25  # a silent unit
    rates = exact(truth * 0.7 + rng.gamma(2.0, 0.05, truth.shape))
    columns = [0, 1, 3, 4]
    t, r = truth.reshape(-1, 5), rates.reshape(-1, 5)
    per_unit = r2_score(t[:, columns], r[:, columns], multioutput="raw_values")
    return {
        "shape": truth.shape, "truth": numbers(truth), "rates": numbers(rates),
        "uniform": r2_score(t[:, columns], r[:, columns], multioutput="uniform_average"),
        "pooled": r2_score(t.ravel(), r.ravel()),
        "median": float(np.median(per_unit)),
        "per_unit": [per_unit[0], per_unit[1], None, per_unit[2], per_unit[3]],
    }


def poisson(rng):
    rates = exact(rng.gamma(2.0, 0.5, (3, 10, 4)))
    counts = rng.poisson(rates).astype(np.float64)
    counts[0, 0, 0] = 300  # beyond any table of factorials
    rates[1, 4, 2] = 0.0
    counts[1, 4, 2] = 2  # a spike where the rate is zero
    counts[2, 3:6, 1] = np.nan
    floored = np.where(rates == 0, 1e-9, rates)
    known = ~np.isnan(counts)
    nll = -scipy.stats.poisson.logpmf(counts[known], floored[known]).sum()
    mean = np.nanmean(counts, axis=(0, 1), keepdims=True)
    null = -scipy.stats.poisson.logpmf(counts[known], np.broadcast_to(mean, counts.shape)[known]).sum()
    log_rates = exact(np.log(floored))
    log_nll = (np.exp(log_rates) - counts * log_rates)[known].sum()
    log_nll_full = log_nll + scipy.special.gammaln(counts[known] + 1).sum()
    n = np.array([0, 1, 2, 5, 20, 127, 128, 300, 5000, 0.5, 3.25, 11.5])
    return {
        "shape": rates.shape, "rates": numbers(rates), "counts": numbers(counts), "log_rates": numbers(log_rates),
        "nll": nll, "nll_without_factorial": nll - scipy.special.gammaln(counts[known] + 1).sum(),
        "log_nll": log_nll_full, "log_nll_without_factorial": log_nll,
        "bits_per_spike": (null - nll) / counts[known].sum() / np.log(2),
        "bits_per_spike_of_log_rates": (null - log_nll_full) / counts[known].sum() / np.log(2),
        "n": numbers(n), "log_factorial": numbers(scipy.special.gammaln(n + 1)),
    }


def smoothing(rng):
    counts = rng.poisson(0.7, (2, 17, 3)).astype(np.float64)
    gaps = counts.copy()
    gaps[0, 3:5, 1] = np.nan
    gaps[1, :, 2] = np.nan

    def normalised(x, sigma):
        known = (~np.isnan(x)).astype(np.float64)
        filt = lambda a: scipy.ndimage.gaussian_filter1d(a, sigma, axis=1, mode="constant", cval=0.0, truncate=4.0)
        mass = filt(known)
        return np.where(mass > 1e-12, filt(np.nan_to_num(x)) / np.maximum(mass, 1e-12), np.nan)

    def without_own_bin(x, sigma):
        out = np.zeros_like(x)
        reach = int(4 * sigma + 0.5)
        for t in range(x.shape[1]):
            others = [s for s in range(x.shape[1]) if s != t and abs(s - t) <= reach]
            w = np.exp(-0.5 * ((np.array(others) - t) / sigma) ** 2)
            out[:, t] = np.tensordot(x[:, others], w / w.sum(), axes=(1, 0))
        return out

    return {
        "shape": counts.shape, "counts": numbers(counts), "with_gaps": numbers(gaps),
        "sigma_1.5": numbers(normalised(counts, 1.5)), "sigma_20": numbers(normalised(counts, 20)),
        "with_gaps_1.5": numbers(normalised(gaps, 1.5)), "without_own_bin_1.5": numbers(without_own_bin(counts, 1.5)),
    }


def ridge(rng):
    trials, bins, features, dims = 11, 9, 6, 2  # 11 trials in 5 folds: the first fold has one more
    x = exact(rng.normal(3.0, 1.0, (trials, bins, features)))
    x[:, :, 4] = 0.5  # a silent unit
    w = rng.normal(0, 1, (features, dims))
    y = exact(x @ w + 2.0 + rng.normal(0, 2.0, (trials, bins, dims)))
    x2, y2 = x.reshape(-1, features), y.reshape(-1, dims)
    alphas = [0.01, 1.0, 10.0, 100.0, 1000.0]
    fitted = []
    for alpha in alphas:
        model = Ridge(alpha=alpha).fit(x2, y2)
        fitted.append({"alpha": alpha, "weights": numbers(model.coef_.T), "intercept": numbers(model.intercept_)})
    rows = np.arange(trials * bins).reshape(trials, bins)
    folds = [(np.delete(rows, held, axis=0).ravel(), rows[held].ravel()) for held in np.array_split(np.arange(trials), 5)]
    search = GridSearchCV(Ridge(), {"alpha": alphas}, cv=folds, scoring="r2").fit(x2, y2)
    xt = exact(rng.normal(3.0, 1.0, (3, bins, features)))
    yt = exact(xt @ w + 2.0 + rng.normal(0, 2.0, (3, bins, dims)))
    prediction = search.predict(xt.reshape(-1, features))
    return {
        "train_shape": x.shape, "test_shape": xt.shape, "dims": dims,
        "x": numbers(x), "y": numbers(y), "x_test": numbers(xt), "y_test": numbers(yt),
        "alphas": alphas, "fitted": fitted, "cv_scores": numbers(search.cv_results_["mean_test_score"]),
        "best_alpha": float(search.best_params_["alpha"]), "prediction": numbers(prediction),
        "r2": numbers(r2_score(yt.reshape(-1, dims), prediction, multioutput="raw_values")),
    }


rng = np.random.default_rng(20)
write("metrics.json", {"rate_scores": rate_scores(rng), "poisson": poisson(rng), "smoothing": smoothing(rng)})
write("ridge.json", ridge(rng))
