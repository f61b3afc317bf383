"""The pytest plugin: with it, `pytest --nbval` compares by the rules of drift.

Beside a notebook lies, where it was measured, its re-run noise: <stem>.noise.json. --drift-out keeps, for programs, what each notebook
put out (<stem>.fresh.ipynb) and how it ran (<stem>.outcome.json).
"""
import copy
import json
import re
import resource
import sys
import time
from pathlib import Path
from queue import Empty

import nbformat
import nbval.plugin
import pytest

from nbdrift import accept, calibrate, capture, compare, moved, noise

failures = {}                    # {notebook: [{"cell": number of the code cell, "error": text, "source": code}]} of cells that could not be run
differences = {}                 # {notebook: [(number of the code cell, Difference)]}
seconds = {}                     # {notebook: [seconds of starting the kernel, seconds of each cell, ...]}


def pytest_addoption(parser):
    group = parser.getgroup("nbdrift", "drift of notebook outputs, with --nbval")
    group.addoption("--drift-accept", action="store_true", help="take the fresh outputs as the accepted ones and say what changes")
    group.addoption("--drift-calibrate", type=int, metavar="N", help="run N times under other rounding, threads and hash seeds; store the re-run noise")
    group.addoption("--drift-report", type=Path, metavar="FOLDER", help="write what moved into FOLDER, with pictures")
    group.addoption("--drift-out", type=Path, metavar="FOLDER", help="write fresh notebooks and how they ran into FOLDER")


def pytest_configure(config):
    option = config.option
    active = option.nbval or option.nbval_lax
    if not active and (option.drift_accept or option.drift_calibrate):
        raise pytest.UsageError("--drift-accept and --drift-calibrate need --nbval")
    if active:
        nbval.plugin.IPyNbCell.compare_outputs = compare_outputs
        nbval.plugin.RunningKernel = WatchedKernel


def pytest_cmdline_main(config):
    if config.option.drift_calibrate:            # runs no notebook itself: one pytest for each way of rounding
        return calibrate.calibrate(config.invocation_params.args, config.option.drift_calibrate)


class WatchedKernel(nbval.plugin.RunningKernel):
    """A kernel whose figures bring their numbers, and whose death is noticed within a second, not after the cell's time is up."""
    broken = []                  # what is wrong with it, as differences

    def __init__(self, *arguments, **options):
        start = time.time()
        super().__init__(*arguments, **options)
        if self.language in (None, "python"):
            reply = self.kc.execute(capture.SOURCE, silent=True, store_history=False, reply=True, timeout=60)
            self.broken = [] if reply["content"]["status"] == "ok" else [compare.Difference(
                "figures", "numbers", "none", "not compared: the kernel cannot import nbdrift; install it there, or use --nbval-current-env", unguarded=True)]
        self.seconds = time.time() - start

    def execute_cell_input(self, cell_input, allow_stdin=None):
        """With history, which IPython needs to see a `;` at the end, and a notebook for `In` and `Out`."""
        return self.kc.execute(cell_input, store_history=True, allow_stdin=allow_stdin, stop_on_error=False)

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
    path = cell.parent.path
    measured, broken = noise.read(path)
    if cell.parent.sanitize_patterns:
        ref, test = cell.sanitize_outputs(ref), cell.sanitize_outputs(test)
    found = compare.compare_outputs(ref, test, measured, cell.cell_num, cell.cell.source)
    if path not in differences:                  # the first cell
        found += broken + cell.parent.kernel.broken
    differences.setdefault(path, []).extend((cell.cell_num, difference) for difference in found)
    cell.comparison_traceback = [str(difference) for difference in found if not difference.unguarded]
    return cell.config.option.drift_accept or not cell.comparison_traceback


def pytest_runtest_setup(item):
    if not isinstance(item, nbval.plugin.IPyNbCell):
        return
    if failures.get(item.parent.path):
        pytest.skip("an earlier cell of the notebook failed to run")
    if any(output.output_type == "error" for output in item.cell.outputs):
        item.options["check_exception"] = True   # an accepted error is an output like others
    if item.config.option.drift_accept and item.cell.execution_count is None:
        item.cell.execution_count = 0            # for nbval, a cell that was run


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    start = time.time()
    try:
        return (yield)
    finally:
        if isinstance(item, nbval.plugin.IPyNbCell):
            if item.cell.execution_count is None and item.test_outputs and item.options["check"]:
                differences.setdefault(item.parent.path, []).append((item.cell_num, compare.Difference(
                    "outputs", "nothing", f"{len(item.test_outputs)} outputs", "cannot be compared: the cell was never run", unguarded=True)))
            kernel = getattr(item.parent.kernel, "seconds", 0.0)
            seconds.setdefault(item.parent.path, [kernel]).append(time.time() - start)


def pytest_exception_interact(node, call):
    error = call.excinfo.value
    if isinstance(node, nbval.plugin.IPyNbCell) and str(error) != "Cell outputs differ":
        failures.setdefault(node.parent.path, []).append({
            "cell": node.cell_num, "error": f"{error}\n{plain(getattr(error, 'inner_traceback', None) or '')}", "source": node.cell.source})


def plain(text):
    """Text without terminal colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def pytest_sessionfinish(session, exitstatus):
    option = session.config.option
    files = {}
    for item in session.items:
        if isinstance(item, nbval.plugin.IPyNbCell):
            files.setdefault(item.parent, []).append(item)
    if option.drift_report:
        option.drift_report.mkdir(parents=True, exist_ok=True)
    for file, items in files.items():
        ran = not failures.get(file.path) and exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) and \
            len(items) == sum(cell.cell_type == "code" for cell in file.nb.cells)
        fresh = fresh_notebook(file, items)
        if option.drift_out:
            write_outcome(option.drift_out / name_of(file, session), file.path, fresh, ran, failures.get(file.path, []), seconds.get(file.path, []))
        if option.drift_report and differences.get(file.path):
            moved.write(option.drift_report, file.path.stem, file.nb, fresh, differences[file.path], noise.read(file.path)[0])
        if option.drift_accept:
            file.accepted = ran
            if ran:
                accept.accept(file.path, fresh)
    session.config.drift_files = files


def name_of(file, session):
    """Where in a folder of results those of a notebook go: its path below the root folder, without suffix."""
    path = file.path.relative_to(session.config.rootpath) if file.path.is_relative_to(session.config.rootpath) else Path(file.path.name)
    return path.with_suffix("")


def fresh_notebook(file, items):
    """The notebook with what its cells put out in this session; those that nbval skips keep what they have."""
    fresh = copy.deepcopy(file.nb)
    cells = [cell for cell in fresh.cells if cell.cell_type == "code"]
    for number, item in enumerate(items, 1):
        if item.options["skip"]:
            continue
        outputs = item.test_outputs or []
        for output in outputs:
            if output.output_type == "execute_result":
                output.execution_count = number
        cells[item.cell_num].outputs = [nbformat.from_dict(dict(output)) for output in outputs]
        cells[item.cell_num].execution_count = None if item.test_outputs is None else number
    return fresh


def write_outcome(path, notebook, fresh, ran, broken, spent):
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(fresh, path.with_name(path.name + ".fresh.ipynb"))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    outcome = {"notebook": str(notebook), "ran": ran, "failures": broken, "cells": len(spent) - 1, "seconds of cells": spent, "peak_bytes": peak}
    path.with_name(path.name + ".outcome.json").write_text(json.dumps(outcome, indent=1), encoding="utf-8")


def pytest_terminal_summary(terminalreporter, config):
    for file in getattr(config, "drift_files", {}):
        found = differences.get(file.path, [])
        lines = [f"cell {number}: {difference}" for number, difference in found if not difference.unguarded]
        open_ends = [f"cell {number}: {difference}" for number, difference in found if difference.unguarded]
        if config.option.drift_accept:
            terminalreporter.section(f"{file.path.name}: " + ("accepted" if file.accepted else "not accepted, since it did not run to its end"))
            lines = [line.replace(": accepted ", ": was ") for line in lines + open_ends] if file.accepted else []
            terminalreporter.write_line("\n".join(lines) or "nothing changed beyond what is allowed")
        elif open_ends:
            terminalreporter.section(f"{file.path.name}: not compared")
            terminalreporter.write_line("\n".join(open_ends))
            terminalreporter.write_line("`pytest --nbval --drift-accept` stores the numbers of figures, so that they are compared from then on")
