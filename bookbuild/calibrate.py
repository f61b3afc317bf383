"""Measures the re-run noise of trained numbers: the same seeds, run again under other rounding.

`make calibrate PAGES="6.6.2" RUNS=8` runs the pages under the first RUNS of `variations()` (what was run before with the
same code is recalled), stores the noise beside the accepted outputs, and reports what the gate makes of it: whether any
run would have raised a false alarm, judged by noise that was measured without it, and how small a shift is caught.
TORCH=FOLDER adds a run with another version of torch, installed there by
`pip install --no-deps --target FOLDER torch==... torchvision==...`.
"""
import json
import os
import pickle
import re
from pathlib import Path

import numpy as np
from scipy import stats

from bookbuild import gate, report, run
from bookbuild.pages import code_cells, code_digest, find_pages, noise_digest, read_source, write
from d2l_solutions import outputs
from d2l_solutions.outputs import BUNDLE, pack, unpack
from d2l_solutions.statistics import wilson

RULES = {"z": gate.Z, "computed": gate.COMPUTED, "first steps": gate.FIRST_STEPS, "floor": gate.FLOOR}     # under which the record was made
PRIOR = 8                        # weight, in runs, of the neighbours' mean variance in the variance of each number
CAUGHT = 0.99                    # probability with which the shifts of `sensitivity` are caught


def variations():
    """The ways of rounding that a build may meet: {name: changes to run.environment()}, the build's own first."""
    scaled = {n: (f"inputs times 1 + {n}e-7", {"D2L_PERTURB": f"{n}e-7"}) for n in range(1, 7)}
    layout, vectors, threads = (("channels first", {"D2L_PERTURB": "layout"}), ("no AVX", {"ATEN_CPU_CAPABILITY": "default"}),
                                ("two threads", {"threads": 2}))
    ways = [(), (scaled[1],), (layout, vectors), (vectors,), (layout,), (scaled[2],), (threads,), (scaled[3],), (scaled[4],),
            (scaled[5],), (scaled[6], vectors), (layout, threads)]
    return {", ".join(name for name, _ in way) or "as in a build": {key: value for _, changes in way for key, value in changes.items()}
            for way in ways}


def calibrate(pages, build, count):
    """Run every page under each variation; store the noise of trained numbers and what the gate makes of the runs."""
    ways = dict(list(variations().items())[:count])
    if os.environ.get("TORCH"):
        ways[f"torch {torch_version(os.environ['TORCH'])}"] = {"torch": os.environ["TORCH"]}
    executed = {page: {} for page in pages}
    for name, changes in ways.items():
        print(f"calibrating: {name}")
        where = build / "calibration" / name.replace(" ", "-").replace(",", "") if changes else build
        for result in run.run_pages(pages, where, {**run.environment(), **changes}):
            if result.fresh is None:
                raise SystemExit("a page failed while calibrating\n" + report.describe(result))
            executed[result.page][name] = result.fresh
    record = {entry["page"]: entry for entry in read_record(pages[0].root)["pages"]}
    for page, notebooks in executed.items():
        values = {name: trained_values(notebook) for name, notebook in notebooks.items()}
        if any(values.values()):
            noise = measure(list(values.values()))
            write(page.noise, json.dumps({"code": code_digest(read_source(page, "en")), "runs": list(values),
                                          "distinct": len(distinct(list(values.values()))), "digest": noise_digest(noise), "noise": noise}, indent=1) + "\n")
        record[page.name] = {"page": page.name, "trained": any(values.values()), "runs": [
            {"run": name, "closeness": closeness(notebooks, values, name)} for name in list(notebooks)[1:]]}
        worst = max((each["closeness"] or 0 for each in record[page.name]["runs"]), default=0)
        print(f"{page.name}: {len(notebooks)} runs, the worst at {worst:.2f} of what is allowed")
    write(pages[0].root / "figures" / "re-run-noise.svg", draw(pages[0].root))
    pages_record = [record[name] for name in sorted(record)]
    write(record_file(pages[0].root), json.dumps({**RULES, "digest": noise_digest([RULES, pages_record]), "pages": pages_record}, indent=1) + "\n")


def record_file(root):
    return root / "chapters" / "calibration.json"


def read_record(root):
    """{"z", "computed", "first steps", "floor", "digest", "pages": [{"page", "trained", "runs": [{"run", "closeness"}]}]}: what the last calibrations found."""
    file = record_file(root)
    return json.loads(file.read_text()) if file.exists() else {"pages": []}


def draw(root):
    """SVG of the re-run noise of the test loss by epoch (mean variance of the seeds), one line per training run."""
    from matplotlib import pyplot
    lines = {}                   # runs with the same noise share a line
    for page in find_pages(root):
        structures = {bundle["name"]: bundle["structure"] for bundle in bundles(run.accepted_notebook(page))}
        for name, rules in run.page_noise(page).get("noise", {}).items():
            if "test loss" in rules["trained"] and name in structures:       # not before its page is accepted
                style = "-" if re.search("ReLU|MaxPool", structures[name]["net"]) else "--"
                sd = np.sqrt(np.square(unpack(rules["trained"]["test loss"])[:, 1:]).mean(axis=0))
                lines.setdefault((style, *sd), []).append(f"{page.number}, {name}")
    figure, axes = pyplot.subplots(figsize=(6.4, 3.4), layout="constrained")
    for (style, *sd), names in lines.items():
        axes.semilogy(range(1, len(sd) + 1), sd, style, marker="o", markersize=3, label="\n".join(names))
    axes.set(xlabel="epoch", ylabel="re-run noise of the test loss")
    axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    return outputs.draw(figure, "re-run-noise")


def torch_version(folder):
    return next(Path(folder).glob("torch-*.dist-info")).name.removeprefix("torch-").removesuffix(".dist-info")


def bundles(notebook):
    """The bundles of numbers among the outputs of an executed page."""
    return [output["data"][BUNDLE] for cell in code_cells(notebook) for output in cell.outputs if BUNDLE in output.get("data", {})]


def trained_values(notebook):
    """{output name: {rule: {quantity: array}}} of the numbers of an executed page that training produced."""
    return {bundle["name"]: {rule: {key: unpack(value) for key, value in bundle[rule].items()} for rule in ("first_steps", "trained")}
            for bundle in bundles(notebook) if bundle["first_steps"] or bundle["trained"]}


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
        ends = {key: spread(variance, neighbours(key, variances, training=bool(steps)), len(runs) - 1) for key, variance in variances.items()}
        noise[name] = {"first_steps": {key: pack(sd) for key, sd in steps.items()}, "trained": {key: pack(sd) for key, sd in ends.items()}}
    return noise


def neighbours(key, variances, training):
    """The mean variance of what is like a quantity and its elements.

    For an epoch of a training run, (seeds, epochs) or (seeds,), the other seeds; for a point of a line the points of the
    other lines in the same axes; for a picture all of it; for a reported number the others of the same report.
    """
    def kind(key):
        return re.sub(r"/\d+-", "/", key), np.shape(variances[key])
    variance = variances[key]
    if training:
        return variance.mean(axis=0)
    alike = [other for name, other in variances.items() if variance.ndim == 0 or kind(name) == kind(key)]
    return np.mean(alike, axis=0) if variance.ndim == 1 else np.mean([other.mean() for other in alike if other.ndim == variance.ndim])


def closeness(notebooks, values, name):
    """How far the run `name` is from that of a build, in units of what the gate allows; above 1 it raises an alarm.

    None if there are fewer than two different runs besides. The noise is measured without the run itself, so that it is
    as new to the gate as a reader's would be.
    """
    first = next(iter(notebooks))
    others = distinct([run_values for other, run_values in values.items() if other != name])
    if len(others) < 2 and any(others):
        return None
    noise = measure(others) if any(others) else {}
    worst = 0.0
    for old, new in zip(code_cells(notebooks[first]), code_cells(notebooks[name])):
        if gate.IGNORED in old.metadata.get("tags", []):
            continue
        worst = max([worst, *(difference.excess for difference in gate.compare_outputs(old.outputs, new.outputs, noise))])
        for accepted, fresh in zip(old.outputs, new.outputs):
            bundle = accepted.get("data", {}).get(BUNDLE)
            for rule in ("first_steps", "trained") if bundle else ():
                for key, value in bundle[rule].items():
                    sd = noise.get(bundle["name"], {}).get(rule, {}).get(key)
                    moved = np.abs(unpack(value) - unpack(fresh["data"][BUNDLE][rule][key]))
                    if np.size(moved) and (sd is not None or rule == "first_steps"):
                        allowed = gate.tolerance(rule, value, sd, gate.unit(bundle["structure"]))
                        worst = max(worst, np.max(np.divide(moved, allowed, out=np.zeros_like(moved), where=moved > 0)))
    return round(float(worst), 4)


def alarms(root):
    """(runs that would have raised an alarm, runs, Wilson's 95 % interval of the share) over the recorded runs of training pages."""
    worst = [entry["closeness"] for page in read_record(root)["pages"] if page["trained"] for entry in page["runs"] if entry["closeness"] is not None]
    raised = sum(value > 1 for value in worst)
    return raised, len(worst), wilson(raised, len(worst))[1:] if worst else (0.0, 1.0)


def guarded(page, accepted, noise):
    """(output, its unit, quantity, packed values, their packed sd) for every trained quantity of a page."""
    for bundle in bundles(accepted):
        for key, value in bundle["trained"].items():
            yield bundle["name"], gate.unit(bundle["structure"]), key, value, noise["noise"][bundle["name"]]["trained"][key]


def false_alarm_probability(pages, z=gate.Z):
    """Upper bound of the probability that a build without a fault raises an alarm: the sum over all guarded numbers.

    Two runs of a quantity with sd s differ by a normal number with sd s * 2**0.5, and s is known from few runs: Student's
    t with that many degrees of freedom, PRIOR of them lent by its neighbours.
    """
    total = 0.0
    for page in pages:
        noise = run.page_noise(page)
        if noise:
            for _, unit, _, value, sd in guarded(page, run.accepted_notebook(page), noise):
                s, freedom = unpack(sd), noise["distinct"] - 1 + PRIOR
                ratio = np.divide(gate.tolerance("trained", value, sd, unit, z), s * 2**0.5, out=np.full(s.shape, np.inf), where=s > 0)
                total += 2 * stats.t.sf(ratio, freedom).sum()
    return float(total)


def sensitivity(page):
    """[(output, quantity, unit, value, sd, allowed, shift)]: the smallest shift of each reported number that is caught with CAUGHT.

    The numbers are those that `report` shows, and for each training run the final test accuracy of its noisiest seed.
    """
    noise, rows = run.page_noise(page), []
    if not noise:
        return rows
    for name, unit, key, value, sd in guarded(page, run.accepted_notebook(page), noise):
        numbers, s = unpack(value), unpack(sd)
        if key == "test accuracy" and numbers.ndim == 2:
            place = int(s[:, -1].argmax()), -1
        elif numbers.ndim == 0:
            place = ()
        else:
            continue
        allowed = float(gate.tolerance("trained", value, sd, unit)[place])
        rows.append((name, key, unit, float(numbers[place]), float(s[place]), allowed, allowed + smallest_shift(float(s[place]))))
    return rows


def smallest_shift(sd):
    """What must be added to the tolerance so that two noisy runs differ by more than it with probability CAUGHT."""
    return float(stats.norm.ppf(CAUGHT)) * 2**0.5 * sd


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
