"""Statistics against published values, formulas from the textbook and simulation."""
import numpy as np
import pytest

from d2l_solutions.statistics import holm, mcnemar, mean_interval, paired_difference, wilson


def test_mean_interval_is_the_textbook_formula():
    values = [0.78, 0.81, 0.79, 0.80, 0.77]
    half = 2.776445105 * np.std(values, ddof=1) / np.sqrt(5)            # t(0.975, 4) from the table
    assert mean_interval(values) == pytest.approx((0.79, 0.79 - half, 0.79 + half))
    assert mean_interval(values).half == pytest.approx(half)


def test_interval_covers_as_often_as_it_says():
    samples = np.random.default_rng(0).normal(1, 2, (2000, 4))
    covered = [interval.low < 1 < interval.high for interval in map(mean_interval, samples)]
    assert 0.935 < np.mean(covered) < 0.965


def test_paired_difference_cancels_what_the_seeds_share():
    seeds = np.array([-5, 3, 11, -2.0])
    difference = paired_difference(seeds + [1.1, 0.9, 1.0, 1.2], seeds)
    half = 3.182446305 * np.std([1.1, 0.9, 1.0, 1.2], ddof=1) / 2       # t(0.975, 3)
    assert difference[:3] == pytest.approx((1.05, 1.05 - half, 1.05 + half))
    assert difference.pvalue < 0.001
    assert paired_difference(seeds, seeds + 1.0 + 0.1 * seeds).mean < 0


def test_intervals_need_two_values_and_pairs():
    with pytest.raises(ValueError, match="at least two"):
        mean_interval([0.8])
    with pytest.raises(ValueError, match="equally many"):
        paired_difference([1, 2, 3], [1, 2])


def test_holm_known_example():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.7]) == pytest.approx([1, 1])
    assert holm([0.03]) == pytest.approx([0.03])


def test_wilson_is_its_formula():
    k, n, z = 81, 263, 1.959963985
    p, centre = k / n, (k + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * np.sqrt(n * p * (1 - p) + z * z / 4)
    assert wilson(k, n) == pytest.approx((p, centre - half, centre + half))
    assert wilson(0, 10).low == 0 and wilson(0, 10).high == pytest.approx(0.2775, abs=1e-4)


def test_mcnemar_counts_only_disagreements():
    a = np.array([1] * 50 + [1] * 9 + [0] * 1 + [0] * 40)
    b = np.array([1] * 50 + [0] * 9 + [1] * 1 + [0] * 40)
    assert mcnemar(a, b) == (9, 1, pytest.approx(2 * (1 + 10) / 2 ** 10))
    assert mcnemar(b, a)[:2] == (1, 9)
    assert mcnemar(a, a) == (0, 0, 1.0)
