"""Prints mean and standard deviation over seeds of the statistics of the two simulators' recipes, written in numpy.

Recipes: Pandarinath et al. 2018 (LFADS), Methods, with the sizes of the published data sets; statistics as in reference_statistics.py.
Run: python3 simulator_family.py
"""
import numpy as np

SEEDS = 40


def statistics(rates, dt):
    power = (np.abs(np.fft.rfft(rates - rates.mean(1, keepdims=True), axis=1)) ** 2).sum((0, 2))
    freq = np.fft.rfftfreq(rates.shape[1], dt)
    bands = [power[(freq > a) & (freq <= b)].sum() / power.sum() for a, b in ((0, 2), (2, 5), (5, 10), (10, 1e9))]
    return [rates.mean() / dt, (rates.std((0, 1)) / rates.mean((0, 1))).mean()] + bands


def lorenz(seed, conditions=65, units=29, ms=1000, width=20, burn_in=2000):
    rng = np.random.RandomState(seed)
    state = rng.randn(conditions, 3)
    path = np.zeros((conditions, ms, 3))
    for t in range(-burn_in, ms):
        x, y, z = state.T
        state = state + 0.006 * np.stack([10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z], 1)
        if t >= 0:
            path[:, t] = state
    path -= path.mean((0, 1))
    path /= np.abs(path).max((0, 1))
    readout = rng.uniform(1, 2, (3, units)) * rng.choice([-1, 1], (3, units))
    return statistics(5 * np.exp(path @ readout).reshape(conditions, ms // width, width, units).mean(2) * 0.02, 0.02)


def chaotic(seed, conditions=130, units=50, bins=100, dt=0.01, tau=0.025, g=1.5):
    rng = np.random.RandomState(seed)
    weights = rng.randn(units, units) / np.sqrt(units)
    x = rng.randn(conditions, units)
    r = np.zeros((conditions, bins, units))
    for t in range(bins):
        x = (1 - dt / tau) * x + dt / tau * g * np.tanh(x) @ weights.T
        r[:, t] = np.tanh(x)
    low, high = r.min(1, keepdims=True), r.max(1, keepdims=True)
    return statistics((r - low) / (high - low) * 30 * dt, dt)


for name, run in (("lorenz", lorenz), ("chaotic", chaotic)):
    values = np.array([run(seed) for seed in range(SEEDS)])
    print(name, "[" + ", ".join("(%.4f, %.4f)" % pair for pair in zip(values.mean(0), values.std(0))) + "]")
