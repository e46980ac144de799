"""Numbers that decode's behaviour decoding is held against: scikit-learn's ridge, R2 and numpy's correlation, percentile.

    /usr/bin/python3 tests/golden/nlb/make_behavior.py      (Debian: python3-numpy python3-sklearn)

Writes behavior.json beside itself. Inputs are multiples of 1/1024, so float32 holds them exactly.
"""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV

TRAIN, HELD_OUT, BINS, UNITS, COLUMNS, FOLDS = 11, 7, 24, 4, 2, 5
SIGMAS = [0.5, 1, 1.5, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 25, 30, 40, 60]
ALPHAS = [0.001, 0.1, 0.3, 1.0, 10.0]
DECODERS = {"same": (0, 0), "history": (-3, 0), "wiener": (-2, 4)}
FIRST, LAST = -3, 4  # what all decoders together reach


def exact(a):
    return np.round(np.asarray(a, dtype=np.float64) * 1024) / 1024


def numbers(a):
    return [None if np.isnan(x) else float(x) for x in np.asarray(a, dtype=np.float64).ravel()]


rng = np.random.default_rng(7)
mix = rng.normal(0, 1, (COLUMNS, 3, UNITS))


def make(trials):
    rates = exact(np.exp(0.4 * rng.normal(size=(trials, BINS, UNITS)) - 1))
    behavior = rng.normal(0, 0.2, (trials, BINS, COLUMNS))
    for lag, weights in zip((-2, 0, 3), mix.transpose(1, 0, 2)):
        shifted = np.zeros_like(rates)
        for t in range(BINS):
            if 0 <= t + lag < BINS:
                shifted[:, t] = rates[:, t + lag]
        behavior += shifted @ weights.T
    return rates, exact(behavior)


train_x, train_y = make(TRAIN)
test_x, test_y = make(HELD_OUT)
train_y[2, 10:13, 1] = np.nan
test_y[1, 5] = np.nan
train_x[4, 9, 2] = np.nan


def rows(x, y):
    """(trial, bin) whose behaviour is known and whose rates are from FIRST to LAST."""
    return [(i, t) for i in range(len(x)) for t in range(-FIRST, BINS - LAST)
            if not np.isnan(y[i, t]).any() and not np.isnan(x[i, t + FIRST:t + LAST + 1]).any()]


def features(x, where, lags):
    return np.array([x[i, t + lags[0]:t + lags[1] + 1].ravel() for i, t in where])


def folds_of(where):
    trial_of = np.array([i for i, _ in where])
    return [(np.flatnonzero(~np.isin(trial_of, held)), np.flatnonzero(np.isin(trial_of, held))) for held in np.array_split(np.arange(TRAIN), FOLDS)]


def search_of(x, where, lags, targets, blocks):
    return GridSearchCV(Ridge(), {"alpha": ALPHAS}, cv=blocks, scoring="r2").fit(features(x, where, lags), targets)


def smooth(counts, sigma):
    """A Gaussian cut at 4 sigma, its mass divided out over the bins that were recorded."""
    out, reach = np.full(counts.shape, np.nan), min(int(4 * sigma + 0.5), BINS - 1)
    for t in range(BINS):
        near = np.arange(max(0, t - reach), min(BINS, t + reach + 1))
        weights = np.exp(-0.5 * ((near - t) / sigma) ** 2)[None, :, None] * ~np.isnan(counts[:, near])
        out[:, t] = np.nansum(weights * counts[:, near], axis=1) / weights.sum(axis=1)
    return out


train_rows, test_rows = rows(train_x, train_y), rows(test_x, test_y)
folds = folds_of(train_rows)
y = np.array([train_y[i, t] for i, t in train_rows])
truth = np.array([test_y[i, t] for i, t in test_rows])
results = {}
for name, lags in DECODERS.items():
    search = search_of(train_x, train_rows, lags, y, folds)
    predicted = search.predict(features(test_x, test_rows, lags))
    dense = np.full(test_y.shape, np.nan)
    for (i, t), p in zip(test_rows, predicted):
        dense[i, t] = p
    chance_r2, chance_r = [], []
    for shift in range(1, HELD_OUT):
        other = np.roll(test_y, -shift, axis=0)  # trial i against behaviour of trial i + shift
        known = ~np.isnan(dense).any(axis=2) & ~np.isnan(other).any(axis=2)
        chance_r2.append(r2_score(other[known], dense[known]))
        chance_r.append(np.mean([np.corrcoef(other[known][:, c], dense[known][:, c])[0, 1] for c in range(COLUMNS)]))
    results[name] = {
        "first_lag": lags[0], "last_lag": lags[1],
        "alpha": float(search.best_params_["alpha"]), "cv_r2": numbers(search.cv_results_["mean_test_score"]),
        "weights": numbers(search.best_estimator_.coef_.T), "intercept": numbers(search.best_estimator_.intercept_),
        "r2": numbers(r2_score(truth, predicted, multioutput="raw_values")),
        "r": [float(np.corrcoef(truth[:, c], predicted[:, c])[0, 1]) for c in range(COLUMNS)],
        "chance_r2": [float(np.mean(chance_r2)), float(np.percentile(chance_r2, 95))],
        "chance_r": [float(np.mean(chance_r)), float(np.percentile(chance_r, 95))],
    }

# Beside counts: everything is fitted and judged where the counts are known too, and smoothed as far as serves training trials best.
slow = lambda y: np.repeat(smooth(np.nan_to_num(y), 2), UNITS // COLUMNS, axis=2)  # counts follow behaviour's slow part, so that smoothing pays
train_c, test_c = (rng.poisson(np.exp(0.7 + 0.8 * slow(y_half))).astype(float) for y_half in (train_y, test_y))
train_c[3, 12, 1] = test_c[2, 8, 0] = np.nan
both = lambda x, c, y: [row for row in rows(x, y) if row in set(rows(c, y))]
train_rows_c, test_rows_c = both(train_x, train_c, train_y), both(test_x, test_c, test_y)
y_c, truth_c, folds_c = np.array([train_y[i, t] for i, t in train_rows_c]), np.array([test_y[i, t] for i, t in test_rows_c]), folds_of(train_rows_c)
scores = [search_of(smooth(train_c, sigma), train_rows_c, (0, 0), y_c, folds_c).best_score_ for sigma in SIGMAS]
sigma = SIGMAS[int(np.argmax(scores))]
beside = {}
for source, (train_f, test_f) in {"rates": (train_x, test_x), "raw counts": (train_c, test_c), "smoothed counts": (smooth(train_c, sigma), smooth(test_c, sigma))}.items():
    for name, lags in DECODERS.items():
        search = search_of(train_f, train_rows_c, lags, y_c, folds_c)
        predicted = search.predict(features(test_f, test_rows_c, lags))
        beside[f"{source}, {name}"] = {"alpha": float(search.best_params_["alpha"]), "r2": numbers(r2_score(truth_c, predicted, multioutput="raw_values"))}

path = pathlib.Path(__file__).parent / "behavior.json"
path.write_text(json.dumps({
    "made_with": f"numpy {np.__version__}, scikit-learn {sklearn.__version__}",
    "train_x_shape": train_x.shape, "train_y_shape": train_y.shape, "test_x_shape": test_x.shape, "test_y_shape": test_y.shape,
    "train_x": numbers(train_x), "train_y": numbers(train_y), "test_x": numbers(test_x), "test_y": numbers(test_y),
    "alphas": ALPHAS, "folds": FOLDS, "train_rows": len(train_rows), "test_rows": len(test_rows), "decoders": results,
    "train_c": numbers(train_c), "test_c": numbers(test_c), "train_rows_c": len(train_rows_c), "sigma": sigma, "beside_counts": beside,
}, separators=(",", ":")) + "\n")
for name, result in results.items():
    print(name, result["alpha"], result["r2"], result["r"], result["chance_r2"], result["chance_r"])
