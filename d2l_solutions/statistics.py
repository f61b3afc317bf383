"""Intervals and tests for runs over several seeds; all that scipy.stats has is taken from there."""
from typing import NamedTuple

import numpy as np
from scipy import stats


class Interval(NamedTuple):
    mean: float
    low: float
    high: float

    @property
    def half(self):
        """The u of "m ± u"."""
        return (self.high - self.low) / 2


class Difference(NamedTuple):
    mean: float
    low: float
    high: float
    pvalue: float


def mean_interval(values, level=0.95):
    """Mean of `values` (n >= 2 seeds) and its t-interval."""
    values = _samples(values)
    return Interval(values.mean().item(), *map(float, stats.ttest_1samp(values, 0).confidence_interval(level)))


def paired_difference(a, b, level=0.95):
    """Mean of a - b over equal seeds (n >= 2), its t-interval, and the p-value of the paired t-test."""
    a, b = _samples(a), _samples(b)
    if len(a) != len(b):
        raise ValueError(f"pairs need equally many values, not {len(a)} and {len(b)}")
    test = stats.ttest_rel(a, b)
    return Difference((a - b).mean().item(), *map(float, test.confidence_interval(level)), float(test.pvalue))


def holm(pvalues):
    """Holm's adjusted p-values, in the order given: those below 0.05 hold together at the level 0.05."""
    pvalues = np.asarray(pvalues, dtype=float)
    order = np.argsort(pvalues)
    adjusted = np.empty_like(pvalues)
    adjusted[order] = np.minimum(1, np.maximum.accumulate(pvalues[order] * np.arange(len(pvalues), 0, -1)))
    return adjusted


def wilson(successes, n, level=0.95):
    """Share of successes among n and its Wilson interval."""
    low, high = stats.binomtest(int(successes), int(n)).proportion_ci(level, method="wilson")
    return Interval(successes / n, float(low), float(high))


def mcnemar(right_a, right_b):
    """(only a right, only b right, exact two-sided p-value) of two classifiers on the same images.

    right_a, right_b: booleans, shape (images,).
    """
    right_a, right_b = np.asarray(right_a, dtype=bool), np.asarray(right_b, dtype=bool)
    if right_a.shape != right_b.shape:
        raise ValueError(f"both classifiers need the same images, not {right_a.shape} and {right_b.shape}")
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    pvalue = float(stats.binomtest(only_a, only_a + only_b).pvalue) if only_a + only_b else 1.0
    return only_a, only_b, pvalue


def _samples(values):
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or len(values) < 2:
        raise ValueError(f"an interval over seeds needs at least two values in one row, not shape {values.shape}")
    return values
