"""Measures the re-run noise of trained numbers: the same seeds, run again under other rounding.

`make calibrate PAGES="6.6.2" RUNS=8` runs the pages under the first RUNS of `variations()` (what was run before with the
same code is recalled), stores the noise beside the accepted outputs, and reports what the gate makes of it: whether any
run would have raised a false alarm, judged by noise that was measured without it, and how small a shift is caught.
TORCH=FOLDER adds a run with another version of torch, installed there by
`pip install --no-deps --target FOLDER torch==... torchvision==...`.
"""
import json
import os
import re
from pathlib import Path

import numpy as np
from scipy import stats

from bookbuild import report, run
from bookbuild.pages import code_cells, find_pages, noise_digest, read_source, write
from d2l_solutions.statistics import wilson
from nbdrift import compare, figures
from nbdrift.bundle import BUNDLE, unpack
from nbdrift.noise import PRIOR, digest, distinct, measure

RULES = {"z": compare.Z, "computed": compare.COMPUTED, "first steps": compare.FIRST_STEPS, "floor": compare.FLOOR}     # under which the record was made
CAUGHT = 0.99                    # probability with which the shifts of `sensitivity` are caught


def variations():
    """The ways of rounding that a build may meet: {name: changes to run.environment()}, the build's own first."""
    scaled = {n: (f"inputs times 1 + {n}e-7", {"D2L_PERTURB": f"{n}e-7"}) for n in range(1, 7)}
    layout, vectors, threads = (("channels first", {"D2L_PERTURB": "layout"}), ("no AVX", {"ATEN_CPU_CAPABILITY": "default"}),
                                ("two threads", {"threads": 2}))
    ways = [(), (scaled[1],), (layout, vectors), (layout,), (scaled[2],), (vectors,), (threads,), (scaled[3],), (scaled[4],),
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
            write(page.noise, json.dumps({"code": noise_digest(read_source(page, "en")), "runs": list(values),
                                          "distinct": len(distinct(list(values.values()))), "digest": digest(noise), "noise": noise}, indent=1) + "\n")
        record[page.name] = {"page": page.name, "trained": any(values.values()), "runs": [
            {"run": name, "closeness": closeness(notebooks, values, name)} for name in list(notebooks)[1:]]}
        worst = max((each["closeness"] or 0 for each in record[page.name]["runs"]), default=0)
        print(f"{page.name}: {len(notebooks)} runs, the worst at {worst:.2f} of what is allowed")
    write(pages[0].root / "figures" / "re-run-noise.svg", draw(pages[0].root))
    pages_record = [record[name] for name in sorted(record)]
    write(record_file(pages[0].root), json.dumps({**RULES, "digest": digest([RULES, pages_record]), "pages": pages_record}, indent=1) + "\n")


def record_file(root):
    return root / "chapters" / "calibration.json"


def read_record(root):
    """{"z", "computed", "first steps", "floor", "digest", "pages": [{"page", "trained", "runs": [{"run", "closeness"}]}]}: what the last calibrations found."""
    file = record_file(root)
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {"pages": []}


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
    return figures.draw(figure, "re-run-noise")


def torch_version(folder):
    return next(Path(folder).glob("torch-*.dist-info")).name.removeprefix("torch-").removesuffix(".dist-info")


def bundles(notebook):
    """The bundles of numbers among the outputs of an executed page."""
    return [output["data"][BUNDLE] for cell in code_cells(notebook) for output in cell.outputs if BUNDLE in output.get("data", {})]


def trained_values(notebook):
    """{output name: {rule: {quantity: array}}} of the numbers of an executed page that training produced."""
    return {bundle["name"]: {rule: {key: unpack(value) for key, value in bundle[rule].items()} for rule in ("first_steps", "trained")}
            for bundle in bundles(notebook) if bundle["first_steps"] or bundle["trained"]}


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
        if compare.IGNORED in old.metadata.get("tags", []):
            continue
        worst = max([worst, *(difference.excess for difference in compare.compare_outputs(old.outputs, new.outputs, noise))])
        for accepted, fresh in zip(old.outputs, new.outputs):
            bundle = accepted.get("data", {}).get(BUNDLE)
            for rule in ("first_steps", "trained") if bundle else ():
                for key, value in bundle[rule].items():
                    sd = noise.get(bundle["name"], {}).get(rule, {}).get(key)
                    moved = np.abs(unpack(value) - unpack(fresh["data"][BUNDLE][rule][key]))
                    if np.size(moved) and (sd is not None or rule == "first_steps"):
                        allowed = compare.tolerance(rule, value, sd, compare.unit(bundle["structure"]), compare.bears(bundle, key))
                        worst = max(worst, np.max(np.divide(moved, allowed, out=np.zeros_like(moved), where=moved > 0)))
    return round(float(worst), 4)


def alarms(root):
    """(runs that would have raised an alarm, runs, Wilson's 95 % interval of the share) over the recorded runs of training pages."""
    worst = [entry["closeness"] for page in read_record(root)["pages"] if page["trained"] for entry in page["runs"] if entry["closeness"] is not None]
    raised = sum(value > 1 for value in worst)
    return raised, len(worst), wilson(raised, len(worst))[1:] if worst else (0.0, 1.0)


def guarded(page, noise, z=compare.Z):
    """(output, its unit, quantity, values, their sd, how far each may move) for every trained quantity of a page."""
    for bundle in bundles(run.accepted_notebook(page)):
        unit = compare.unit(bundle["structure"])
        for key, value in bundle["trained"].items():
            sd = noise["noise"][bundle["name"]]["trained"][key]
            yield bundle["name"], unit, key, unpack(value), unpack(sd), compare.tolerance("trained", value, sd, unit, compare.bears(bundle, key), z)


def false_alarm_probability(pages, z=compare.Z):
    """Upper bound of the probability that a build without a fault raises an alarm: the sum over all guarded numbers.

    Two runs of a quantity with sd s differ by a normal number with sd s * 2**0.5, and s is known from few runs: Student's
    t with that many degrees of freedom, PRIOR of them lent by its neighbours. A single number's neighbours are other sums
    over the same nets, which move with it and lend it none.
    """
    total = 0.0
    for page in pages:
        noise = run.page_noise(page)
        if noise:
            for *_, sd, allowed in guarded(page, noise, z):
                moves = sd > 0
                total += 2 * stats.t.sf(allowed[moves] / (sd[moves] * 2**0.5), noise["distinct"] - 1 + (PRIOR if sd.ndim else 0)).sum()
    return float(total)


def sensitivity(page):
    """[(output, quantity, unit, value, sd, allowed, shift)]: the smallest shift of each reported number that is caught with CAUGHT.

    The numbers are those that `report` shows, and for each training run the final test accuracy of its noisiest seed.
    """
    noise, rows = run.page_noise(page), []
    if not noise:
        return rows
    for name, unit, key, numbers, s, allowed in guarded(page, noise):
        if key == "test accuracy" and numbers.ndim == 2:
            place = int(s[:, -1].argmax()), -1
        elif numbers.ndim == 0:
            place = ()
        else:
            continue
        rows.append((name, key, unit, float(numbers[place]), float(s[place]), float(allowed[place]), float(allowed[place]) + smallest_shift(float(s[place]))))
    return rows


def smallest_shift(sd):
    """What must be added to the tolerance so that two noisy runs differ by more than it with probability CAUGHT."""
    return float(stats.norm.ppf(CAUGHT)) * 2**0.5 * sd


