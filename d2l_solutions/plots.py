"""Figures that several pages draw."""
import matplotlib.pyplot as plt
import numpy as np

COLORS = {"train loss": "#D55E00", "train accuracy": "#0072B2", "test accuracy": "#009E73"}


def training_curves(runs, title):
    """Loss, training and test accuracy by epoch: a thin line per seed, the mean, and the 95% band of the mean over seeds.

    runs: train.Runs with at least two seeds. Returns the figure.
    """
    fig, (left, right) = plt.subplots(1, 2, figsize=(7, 2.8), layout="constrained")
    epochs = np.arange(1, runs.train_loss.shape[1] + 1)
    for ax, name, values in ((left, "train loss", runs.train_loss), (right, "train accuracy", runs.train_acc),
                             (right, "test accuracy", runs.test_acc[:, 1:])):
        band(ax, epochs, values, name, COLORS[name])
    left.set(title=title, xlabel="epoch", ylabel="cross-entropy", ylim=(0, 2.5))
    right.set(xlabel="epoch", ylabel="accuracy", ylim=(0, 1))
    right.legend(loc="lower right")
    return fig


def band(ax, x, values, label, color):
    """Draw rows of `values` (K, len(x)) as thin lines, their mean as a thick one, and the 95% t-band of the mean."""
    from scipy import stats
    mean = values.mean(0)
    half = stats.t.ppf(0.975, len(values) - 1) * values.std(0, ddof=1) / len(values) ** 0.5
    ax.plot(x, values.T, color=color, linewidth=0.5, alpha=0.5)
    ax.plot(x, mean, color=color, linewidth=2, label=label)
    ax.fill_between(x, mean - half, mean + half, color=color, alpha=0.2, linewidth=0)
