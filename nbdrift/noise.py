"""The re-run noise of an output's numbers: how far they move when the same notebook is run again under other rounding."""
import pickle
import re

import numpy as np

from nbdrift.bundle import pack

PRIOR = 8                        # weight, in runs, of the neighbours' mean variance in the variance of each number
LOW = -2.326                     # the 1 % quantile of a normal number


def distinct(runs):
    """Those of several `trained_values` that differ: a run that repeats another to the last bit tells nothing of the noise."""
    found = {}
    for values in runs:
        found.setdefault(pickle.dumps([array for rules in values.values() for arrays in rules.values() for array in arrays.values()]), values)
    return list(found.values())


def measure(runs):
    """{output name: {rule: {quantity: packed sd}}} of the `trained_values` of several runs, of which at least two differ."""
    noise, different = {}, distinct(runs)
    runs = different if len(different) > 1 else runs
    for name in runs[0]:
        steps = {key: spread_of_steps([values[name]["first_steps"][key] for values in runs]) for key in runs[0][name]["first_steps"]}
        arrays = {key: np.stack([values[name]["trained"][key] for values in runs]) for key in runs[0][name]["trained"]}
        variances = {key: array.var(axis=0, ddof=1) for key, array in arrays.items()}
        ends = {key: spread(variance, neighbours(key, variances, bool(steps), len(runs) - 1), len(runs) - 1) for key, variance in variances.items()}
        noise[name] = {"first_steps": {key: pack(sd) for key, sd in steps.items()}, "trained": {key: pack(sd) for key, sd in ends.items()}}
    return noise


def neighbours(key, variances, training, freedom):
    """The mean variance of what is like a quantity and its elements.

    For an epoch of a training run, (seeds, epochs) or (seeds,), the other seeds; for a point of a line the points of the
    other lines in the same axes; for a picture all of it; for a reported number the others of the same report, which may be unlike it, as a mean and
    its uncertainty are: it is lent no more than the 99 % upper limit of its own variance.
    """
    def kind(key):
        return re.sub(r"/\d+-", "/", key), np.shape(variances[key])
    variance = variances[key]
    if training:
        return variance.mean(axis=0)
    alike = [other for name, other in variances.items() if variance.ndim == 0 or kind(name) == kind(key)]
    if variance.ndim == 1:
        return np.mean(alike, axis=0)
    mean = np.mean([other.mean() for other in alike if other.ndim == variance.ndim])
    return min(mean, variance * upper_limit(freedom)) if variance.ndim == 0 and variance > 0 else mean


def spread(variance, prior, freedom):
    """Standard deviation of each element over re-runs, its variance drawn towards that of its neighbours.

    Few runs tell the noise of one element badly; that of its neighbours is alike (Smyth 2004, moderated variance).
    """
    return np.sqrt((freedom * variance + PRIOR * prior) / (freedom + PRIOR))


def spread_of_steps(arrays):
    """Standard deviation over re-runs of the losses (seeds, steps) of first minibatches: that of a step, over all seeds.

    Rounding errors only grow from step to step, so a later step's noise is at least that of the steps before it.
    """
    runs = np.stack(arrays)
    by_step = np.sqrt(runs.var(axis=0, ddof=1).reshape(runs.shape[1], -1).mean(axis=0))
    return np.broadcast_to(np.maximum.accumulate(by_step), (runs.shape[1], by_step.size)).reshape(runs.shape[1:])


def upper_limit(freedom):
    """The 99 % upper confidence limit of a variance, as a multiple of its estimate with that many degrees of freedom.

    By the approximation of the chi-squared quantile of Wilson and Hilferty (1931); infinite for one degree of freedom.
    """
    root = 1 - 2 / (9 * freedom) + LOW * (2 / (9 * freedom)) ** 0.5
    return root ** -3 if root > 0 else float("inf")
