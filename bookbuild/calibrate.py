"""Measures the re-run noise of trained numbers: the same seeds, run under other rounding."""
import json

import numpy as np

from bookbuild import report, run
from bookbuild.pages import code_cells, code_digest, noise_digest, read_source, write
from d2l_solutions.outputs import BUNDLE, pack, unpack

PRIOR = 4                        # weight, in runs, of a quantity's mean variance in the variance of each of its elements


def variations():
    """The ways of rounding that a build may meet: (name, changes to the environment of a run)."""
    return [("as in a build", {}), ("inputs times 1 + 1e-7", {"D2L_PERTURB": "scale"}),
            ("other memory layout, no AVX", {"D2L_PERTURB": "layout", "ATEN_CPU_CAPABILITY": "default"})]


def calibrate(pages, build):
    """Run every page with trained numbers under each variation and store their noise beside its accepted outputs."""
    trained = {page: [] for page in pages}
    for name, changes in variations():
        print(f"calibrating: {name}")
        for result in rerun(list(trained), build / "calibration" / name.replace(" ", "-") if changes else build, changes):
            if result.fresh is None:
                raise SystemExit("a page failed while calibrating\n" + report.describe(result))
            trained[result.page].append(trained_values(result.fresh))
        trained = {page: runs for page, runs in trained.items() if runs[0]}
    for page, runs in trained.items():
        noise = {name: {rule: {key: pack(measure([values[name][rule][key] for values in runs])) for key in runs[0][name][rule]}
                        for rule, measure in (("first_steps", spread_of_steps), ("trained", spread))} for name in runs[0]}
        write(page.noise, json.dumps({"code": code_digest(read_source(page, "en")), "runs": [name for name, _ in variations()],
                                      "digest": noise_digest(noise), "noise": noise}, indent=1) + "\n")
        print(f"{page.name}: noise of {sum(len(keys) for rules in noise.values() for keys in rules.values())} quantities from {len(runs)} runs")


def rerun(pages, build, changes):
    """The pages, run with some of run.environment() changed."""
    return run.run_pages(pages, build, {**run.environment(), **changes})


def trained_values(notebook):
    """{output name: {rule: {quantity: array}}} of the numbers of an executed page that training produced."""
    bundles = [output["data"][BUNDLE] for cell in code_cells(notebook) for output in cell.outputs if BUNDLE in output.get("data", {})]
    return {bundle["name"]: {rule: {key: unpack(value) for key, value in bundle[rule].items()} for rule in ("first_steps", "trained")}
            for bundle in bundles if bundle["first_steps"] or bundle["trained"]}


def spread(arrays):
    """Standard deviation of each element over re-runs, its variance drawn towards the mean over the quantity.

    Few runs tell the noise of one element badly; that of its neighbours is alike (Smyth 2004, moderated variance).
    """
    runs = np.stack(arrays)
    variance = runs.var(axis=0, ddof=1)
    freedom = len(arrays) - 1
    return np.sqrt((freedom * variance + PRIOR * variance.mean()) / (freedom + PRIOR))


def spread_of_steps(arrays):
    """Standard deviation over re-runs of the losses (seeds, steps) of first minibatches: that of a step, over all seeds.

    Rounding errors only grow from step to step, so a later step's noise is at least that of the steps before it.
    """
    runs = np.stack(arrays)
    by_step = np.sqrt(runs.var(axis=0, ddof=1).reshape(runs.shape[1], -1).mean(axis=0))
    return np.broadcast_to(np.maximum.accumulate(by_step), (runs.shape[1], by_step.size)).reshape(runs.shape[1:])
