"""A pytest plugin that puts the book's gate in the place of nbval's comparison, and keeps what the page put out.

Used as `pytest --nbval --nbval-current-env -p nbdrift.plugin reference.ipynb`. Beside the reference it reads
`noise.json` and writes `fresh.ipynb` and `outcome.json`.
"""
import json
import re
import resource
import sys
import time
from queue import Empty

import nbformat
import nbval.plugin
import pytest

from nbdrift import compare

spent = dict.fromkeys(("kernel", "imports", "training", "rest"), 0.0)     # seconds
failures = []                    # cells that could not be run: {"cell": number of the code cell, "error": text, "source": code}


class WatchedKernel(nbval.plugin.RunningKernel):
    """A kernel whose death is noticed within a second, not after the cell's time is up."""

    def __init__(self, *arguments, **options):
        start = time.time()
        super().__init__(*arguments, **options)
        spent["kernel"] = time.time() - start

    def get_message(self, stream, timeout=None):
        end = time.monotonic() + (timeout or float("inf"))
        while True:
            try:
                return super().get_message(stream, timeout=min(1.0, max(0.01, end - time.monotonic())))
            except Empty:
                if not self.is_alive():
                    raise RuntimeError("the kernel died (killed, or out of memory)") from None
                if time.monotonic() >= end:
                    raise


def compare_outputs(cell, test, ref, skip_compare=None):
    """Takes the place of IPyNbCell.compare_outputs."""
    noise = cell.parent.path.with_name("noise.json")
    noise = json.loads(noise.read_text(encoding="utf-8")) if noise.exists() else {}
    differences = compare.compare_outputs(ref, test, noise.get("noise"))
    cell.comparison_traceback = [str(difference) for difference in differences]
    return not differences


nbval.plugin.IPyNbCell.compare_outputs = compare_outputs
nbval.plugin.RunningKernel = WatchedKernel


def pytest_runtest_setup(item):
    if failures:
        pytest.skip("an earlier cell of the page failed to run")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    start, tags = time.time(), item.cell.metadata.get("tags", [])
    try:
        return (yield)
    finally:
        spent["training" if "train" in tags else "imports" if re.search(r"^import |^from ", item.cell.source, re.M)
              and not spent["imports"] and "setup" not in tags else "rest"] += time.time() - start


def pytest_exception_interact(node, call):
    error = call.excinfo.value
    if isinstance(node, nbval.plugin.IPyNbCell) and str(error) != "Cell outputs differ":
        failures.append({"cell": node.cell_num, "error": f"{error}\n{plain(getattr(error, 'inner_traceback', None) or '')}",
                         "source": node.cell.source})


def plain(text):
    """Text without terminal colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def pytest_sessionfinish(session, exitstatus):
    if not session.items:
        return
    file = session.items[0].parent
    for number, item in enumerate(session.items, 1):
        outputs = item.test_outputs or []
        for output in outputs:
            if output.output_type == "execute_result":
                output.execution_count = number
        item.cell.outputs = [nbformat.from_dict(dict(output)) for output in outputs]
        item.cell.execution_count = None if item.test_outputs is None else number
    nbformat.write(file.nb, file.path.with_name("fresh.ipynb"))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    ran = not failures and exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
    outcome = {"ran": ran, "failures": failures, "cells": len(session.items), "spent": spent, "peak_bytes": peak * (1 if sys.platform == "darwin" else 1024)}
    file.path.with_name("outcome.json").write_text(json.dumps(outcome, indent=1), encoding="utf-8")
