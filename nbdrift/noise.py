"""The re-run noise of an output's numbers: how far they move when the same notebook is run again under other rounding.

Stored beside a notebook as <stem>.noise.json: {"runs": what they were called, "distinct": how many of them differ, "digest",
"noise": {output: {rule: {quantity: packed standard deviation}}}}. An output without a name of its own goes by its place.
"""
import hashlib
import json
import pickle
import re

import numpy as np

from nbdrift import compare
from nbdrift.bundle import BUNDLE, pack, unpack
from nbdrift.compare import IGNORED

PRIOR = 8                        # weight, in runs, of the neighbours' mean variance in the variance of each number
LOW = -2.326                     # the 1 % quantile of a normal number


def file(notebook):
    """Where the noise of a notebook lies."""
    return notebook.with_name(notebook.stem + ".noise.json")


def read(notebook):
    """(noise, differences): what was measured for a notebook, {} if nothing was; differences say what is wrong with the record."""
    if not file(notebook).exists():
        return {}, []
    record = json.loads(file(notebook).read_text(encoding="utf-8"))
    if record.get("digest") != digest(record["noise"]):
        return record["noise"], [compare.Difference("re-run noise", "as measured", "edited since", "calibrate again")]
    return record["noise"], []


def digest(noise):
    """What tells measured noise from noise that was typed in or edited."""
    return hashlib.sha256(json.dumps(noise, sort_keys=True).encode()).hexdigest()


def store(notebook, runs, names):
    """Measure the noise of executed notebooks and write it beside `notebook`.

    Returns ({output: how many of its numbers move}, [outputs whose words or shapes differ from run to run]).
    """
    values = [numbers(run) for run in runs]
    words = [{place: {mime: compare.words(text) for mime, text in texts.items()} for place, texts in printed(run)} for run in runs]
    steady = [name for name in values[0] if all(name in other and shapes(other[name]) == shapes(values[0][name]) for other in values)
              and all(other.get(name) == words[0].get(name) for other in words)]
    kept = [{name: value[name] for name in steady} for value in values]
    found = {name: {rule: quantities for rule, quantities in rules.items() if quantities} for name, rules in measure(kept).items()}
    found = {name: rules for name, rules in found.items() if any(np.any(unpack(sd)) for quantities in rules.values() for sd in quantities.values())}
    record = {"runs": names, "distinct": len(distinct(kept)), "digest": digest(found), "noise": found}
    file(notebook).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    moving = {name: sum(int(np.count_nonzero(unpack(sd))) for quantities in rules.values() for sd in quantities.values()) for name, rules in found.items()}
    return moving, sorted({name for value in values for name in value} - set(steady))


def shapes(rules):
    return {(rule, key): np.shape(array) for rule, quantities in rules.items() for key, array in quantities.items()}


def numbers(notebook):
    """{output: {rule: {quantity: array}}} of the numbers that the cells of an executed notebook put out, by bundle or in text."""
    found = {place: {"printed": {mime: np.array(compare.numbers(text)) for mime, text in texts.items()}} for place, texts in printed(notebook)}
    for _, output in outputs(notebook):
        bundle = output.get("data", {}).get(BUNDLE)
        if bundle:
            found[bundle["name"]] = {rule: {key: unpack(value) for key, value in bundle[rule].items()} for rule in ("computed", "first_steps", "trained")}
    return found


def printed(notebook):
    """(place, {kind: text}) of every output without a bundle."""
    for place, output in outputs(notebook):
        if "data" not in output:
            yield place, {"text": compare.describe(output)}
        elif BUNDLE not in output["data"]:
            yield place, {mime: text for mime, text in output["data"].items() if mime.startswith("text/") and isinstance(text, str)}


def outputs(notebook):
    """(place, output) of all outputs that are compared."""
    for number, cell in enumerate(cell for cell in notebook.cells if cell.cell_type == "code"):
        if IGNORED not in cell.metadata.get("tags", []):
            yield from ((compare.place(number, place), output) for place, output in enumerate(compare.comparable(cell.outputs, cell.source)))


def distinct(runs):
    """Those of several runs' numbers that differ: a run that repeats another to the last bit tells nothing of the noise."""
    found = {}
    for values in runs:
        found.setdefault(pickle.dumps([array for rules in values.values() for arrays in rules.values() for array in arrays.values()]), values)
    return list(found.values())


def measure(runs):
    """{output: {rule: {quantity: packed sd}}} of the numbers of several runs, of which at least two differ."""
    noise, different = {}, distinct(runs)
    runs = different if len(different) > 1 else runs
    if len(runs) < 2:
        return noise
    for name, rules in runs[0].items():
        noise[name] = {}
        for rule, quantities in rules.items():
            stacked = {key: np.stack([values[name][rule][key] for values in runs]) for key in quantities}
            if rule == "first_steps":
                found = {key: spread_of_steps(arrays) for key, arrays in stacked.items()}
            else:
                variances = {key: arrays.var(axis=0, ddof=1) for key, arrays in stacked.items()}
                lent = {"trained": lambda key: neighbours(key, variances, bool(rules.get("first_steps")), len(runs) - 1),
                        "computed": lambda key: variances[key].mean() if variances[key].size else 0.0,
                        "printed": lambda key: lent_in_a_text(variances[key], len(runs) - 1)}[rule]
                found = {key: spread(variance, lent(key), len(runs) - 1) for key, variance in variances.items()}
            noise[name][rule] = {key: pack(sd) for key, sd in found.items()}
    return noise


def lent_in_a_text(variance, freedom):
    """What the numbers of one text lend each other, which may be unlike: their mean variance, up to the upper limit of each."""
    return np.minimum(variance.mean(), variance * upper_limit(freedom)) if variance.size else variance


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


def spread_of_steps(runs):
    """Standard deviation over re-runs of the losses (seeds, steps) of first minibatches: that of a step, over all seeds.

    Rounding errors only grow from step to step, so a later step's noise is at least that of the steps before it.
    """
    by_step = np.sqrt(runs.var(axis=0, ddof=1).reshape(runs.shape[1], -1).mean(axis=0))
    return np.broadcast_to(np.maximum.accumulate(by_step), (runs.shape[1], by_step.size)).reshape(runs.shape[1:])


def upper_limit(freedom):
    """The 99 % upper confidence limit of a variance, as a multiple of its estimate with that many degrees of freedom.

    By the approximation of the chi-squared quantile of Wilson and Hilferty (1931); for one degree of freedom, a million.
    """
    root = 1 - 2 / (9 * freedom) + LOW * (2 / (9 * freedom)) ** 0.5
    return min(root ** -3, 1e6) if root > 0 else 1e6
