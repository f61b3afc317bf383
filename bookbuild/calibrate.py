"""Measures the re-run noise of trained numbers: the same seeds, run under other rounding."""
import json

import numpy as np

from bookbuild import run
from bookbuild.pages import code_cells, code_digest, read_source, write
from d2l_solutions.outputs import BUNDLE, pack, unpack

PRIOR = 4                        # weight, in runs, of a quantity's mean variance in the variance of each of its elements


def variations():
    """The ways of rounding that a build may meet: (name, changes to the environment of a run)."""
    return [("as in a build", {}), ("two threads", {"threads": 2}), ("inputs times 1 + 1e-7", {"D2L_PERTURB": "scale"}),
            ("other memory layout", {"D2L_PERTURB": "layout"}), ("no AVX", {"ATEN_CPU_CAPABILITY": "default"})]


def calibrate(pages, build):
    """Run every page with trained numbers under each variation and store their noise beside its accepted outputs."""
    trained = {page: [] for page in pages}
    for name, changes in variations():
        print(f"calibrating: {name}")
        for result in rerun(list(trained), build / "calibration" / name.replace(" ", "-") if changes else build, changes):
            if result.fresh is None:
                raise SystemExit(f"{result.page.name} failed while calibrating:\n" + "\n".join(result.failures))
            trained[result.page].append(trained_values(result.fresh))
        trained = {page: runs for page, runs in trained.items() if runs[0]}
    for page, runs in trained.items():
        noise = {output: {key: pack(spread([values[output][key] for values in runs])) for key in keys}
                 for output, keys in runs[0].items()}
        write(page.noise, json.dumps({"code": code_digest(read_source(page, "en")), "runs": [name for name, _ in variations()],
                                      "noise": noise}, indent=1) + "\n")
        print(f"{page.name}: noise of {sum(map(len, noise.values()))} quantities from {len(runs)} runs")


def rerun(pages, build, changes):
    """The pages, run with some of run.environment() changed."""
    return run.run_pages(pages, build, {**run.environment(), **changes})


def trained_values(notebook):
    """{output name: {quantity: array}} of the trained numbers of an executed page."""
    return {output["data"][BUNDLE]["name"]: {key: unpack(value) for key, value in output["data"][BUNDLE]["trained"].items()}
            for cell in code_cells(notebook) for output in cell.outputs
            if BUNDLE in output.get("data", {}) and output["data"][BUNDLE]["trained"]}


def spread(arrays):
    """Standard deviation of each element over re-runs, its variance drawn towards the mean over the quantity.

    Few runs tell the noise of one element badly; that of its neighbours is alike (Smyth 2004, moderated variance).
    """
    runs = np.stack(arrays)
    variance = runs.var(axis=0, ddof=1)
    freedom = len(arrays) - 1
    return np.sqrt((freedom * variance + PRIOR * variance.mean()) / (freedom + PRIOR))
