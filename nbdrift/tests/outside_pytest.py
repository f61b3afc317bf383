"""A pytest plugin for `outside.py`: one execution of a notebook, judged by plain nbval and by what compares it now.

With $OUTSIDE_RECORD every cell's outputs, seconds and both verdicts go into that file as the notebook is run. With
$OUTSIDE_JUDGE, a list of such files, nothing is run: what they hold, with and without faults seeded into it, is compared
with the notebook's outputs, and both verdicts go into $OUTSIDE_VERDICTS.

Load it with -p, so that it is imported before nbdrift is.
"""
import copy
import json
import os
import random
import time
from pathlib import Path
from types import SimpleNamespace

import nbval.plugin
import pytest
from nbformat import from_dict

import outside_faults

PLAIN = nbval.plugin.IPyNbCell.compare_outputs
nbval.plugin.IPyNbCell.format_output_compare = lambda cell, *difference: None      # pytest's explanation of long outputs takes minutes
BUNDLE = "application/vnd.nbdrift+json"
cells = []


def without_bundles(outputs):
    outputs = copy.deepcopy(outputs)
    for output in outputs:
        output.get("data", {}).pop(BUNDLE, None)
    return outputs


def verdict(item, outputs, compare, strip):
    """Why a cell fails by one comparison, "" if it passes."""
    clean = without_bundles if strip else copy.deepcopy
    accepted, new = (nbval.plugin.coalesce_streams(clean([from_dict(output) for output in side])) for side in (item.cell.outputs, outputs))
    if any(output["output_type"] == "error" for output in new) and not item.options["check_exception"] and strip:
        return "error: " + next(output["ename"] for output in new if output["output_type"] == "error")
    if item.cell.execution_count is None or not item.options["check"]:
        return ""
    return "" if compare(item, new, accepted) else "\n".join(item.comparison_traceback)[:2000] or "differs"


def both(item, outputs):
    return {"plain": verdict(item, outputs, PLAIN, True), "drift": verdict(item, outputs, type(item).compare_outputs, False)}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    log = Path(os.environ.get("OUTSIDE_FAULT_LOG", "/nonexistent"))
    before, start, failed = log.read_text().count("\n") if log.exists() else 0, time.time(), ""
    try:
        return (yield)
    except BaseException as error:
        failed = str(error) or type(error).__name__
        raise
    finally:
        seconds, outputs = time.time() - start, copy.deepcopy(item.test_outputs or [])
        faults = [json.loads(line) for line in log.read_text().splitlines()[before:]] if log.exists() else []
        ran = item.test_outputs is not None
        cells.append({"cell": item.cell_num, "source": item.cell.source, "outputs": outputs, "ran": ran, "failed": failed,
                      "seconds": round(seconds, 3), "faults": faults, **(both(item, outputs) if ran else {"plain": "not run", "drift": "not run"})})


def pytest_sessionfinish(session):
    if os.environ.get("OUTSIDE_RECORD"):
        Path(os.environ["OUTSIDE_RECORD"]).write_text(json.dumps(cells))


def pytest_runtestloop(session):
    if not os.environ.get("OUTSIDE_JUDGE"):
        return None
    verdicts = {}
    for item in session.items:
        item.parent.kernel = SimpleNamespace(broken=[])
    for file in map(Path, os.environ["OUTSIDE_JUDGE"].split(os.pathsep)):
        recorded = {cell["cell"]: cell for cell in json.loads(file.read_text())}
        verdicts[file.stem] = rows = []
        for item in session.items:
            cell = recorded.get(item.cell_num)
            if cell is None or not cell["ran"]:
                continue
            seeded = {}
            if file.stem == os.environ.get("OUTSIDE_SEED"):
                for kind, seed in outside_faults.OUTPUTS.items():
                    outputs = copy.deepcopy(nbval.plugin.coalesce_streams([from_dict(output) for output in cell["outputs"]]))
                    if seed(outputs, random.Random(f"{item.cell_num} {kind}")):
                        seeded[kind] = both(item, outputs)
            rows.append({"cell": item.cell_num, "faults": cell["faults"], "failed": cell["failed"], "seeded": seeded, **both(item, cell["outputs"])})
    Path(os.environ["OUTSIDE_VERDICTS"]).write_text(json.dumps(verdicts))
    return True
