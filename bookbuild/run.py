"""Runs the pages: once each, in fresh kernels under nbval, side by side, only those whose inputs changed."""
import errno
import hashlib
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from bookbuild import words
from bookbuild.pages import (EDITIONS, attach_outputs, clash, code_cells, code_digest, find_pages, library_digest, noise_digest, problems,
                             read_source, shown, source_digest, write, write_notebook)
from nbdrift import compare
from nbdrift.bundle import BUNDLE
from nbdrift.noise import digest

OUTCOME, FRESH = "page.outcome.json", "page.fresh.ipynb"     # what the plugin leaves of a page's run
CELL_TIMEOUT = 1800              # seconds
HEARTBEAT = 60                   # seconds between signs of life
SHORT = 60                       # seconds below which a page runs before those that train
LAST = {"6.6.4-activations"}         # shows nets that another page trains, once in a build: it would wait for them
PASSED = ("PATH", "HOME", "USER", "LOGNAME", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "D2L_DATA", "D2L_FORK", "XDG_CACHE_HOME",
          "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE")
KNOBS = ("D2L_PERTURB", "ATEN_CPU_CAPABILITY")   # environment variables that change how numbers are rounded


@dataclass
class Result:
    """What came of one page. `failures`: one dictionary for each thing that is not as accepted (see `judge`)."""
    page: object
    failures: list
    fresh: object = None         # the executed English notebook; None if it did not run to its end
    seconds: float = 0.0
    peak_bytes: int = 0
    cached: bool = False
    environment: dict = field(default_factory=dict)    # where it ran, as environment() tells


def environment():
    """What, besides code, decides a page's numbers: device kind, threads, versions, perturbations of the calibration."""
    threads = int(os.environ.get("OMP_NUM_THREADS") or 1)
    return {"device": device_kind(), "threads": threads, "python": platform.python_version(), "machine": platform.machine(),
            **{name: os.environ[name] for name in KNOBS if os.environ.get(name)}}


def device_kind():
    """"cpu" or "cuda", as the pages will choose; asks in a process of its own, because importing torch takes seconds."""
    wanted = os.environ.get("DEVICE", "auto").lower() or "auto"
    if wanted not in ("auto", "cpu", "cuda"):
        raise SystemExit(f"DEVICE={wanted}: it must be auto, cpu or cuda")
    if wanted == "cpu" or (wanted == "auto" and not os.path.exists("/dev/nvidiactl")):
        return "cpu"
    found = subprocess.run([sys.executable, "-c", "import torch; print(torch.cuda.is_available())"], capture_output=True, text=True)
    if "True" in found.stdout:
        return "cuda"
    if wanted == "cuda":
        raise SystemExit("DEVICE=cuda demands a CUDA GPU, and torch finds none. Check `nvidia-smi` and the driver, "
                         "or build on the CPU: make book DEVICE=cpu")
    return "cpu"


def run_key(page, env):
    """Digest of all that decides what a page puts out."""
    source = read_source(page, "en")
    lock = (page.root / "requirements.txt").read_bytes()
    parts = [code_digest(source), library_digest(source, page.root), hashlib.sha256(lock).hexdigest(), json.dumps(env, sort_keys=True)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def folder(page, build):
    return build / "pages" / page.name


def run_pages(pages, build, env=None, say=print):
    """Run or recall every page and compare it with its accepted outputs: [Result], in the order of `pages`."""
    env = env or environment()
    workers = max(1, (os.cpu_count() or 1) // env["threads"]) if env["device"] == "cpu" else 1
    broken = {page: problems(page) for page in pages}
    runnable = [page for page in pages if page.md("en").exists() and not clash(page)]
    keys = {page: run_key(page, env) for page in runnable}
    results = {page: Result(page, out_of_step(broken[page])) for page in pages if page not in runnable}
    stale = [page for page in runnable if not recall(page, keys[page], build)]
    expected = {page: estimate(page, build) for page in stale}
    stale.sort(key=lambda page: (page.name in LAST, -expected[page] if expected[page] > SHORT else float("-inf")))     # short ones in order, then the longest
    start, seconds, ended = time.time(), {}, threading.Event()
    shutil.rmtree(build / "running", ignore_errors=True)      # what an interrupted build left
    if stale:
        say(f"running {len(stale)} of {len(pages)} pages, {workers} at a time, on {env['device']} "
            f"with {env['threads']} thread{'s' * (env['threads'] > 1)} each")

    def left():
        return remaining([expected[page] for page in stale], {stale.index(page): took for page, took in seconds.items()}, time.time() - start, workers)

    def heartbeat():
        while not ended.wait(HEARTBEAT):
            flying = [page.name for page in stale if page not in seconds][:workers]
            say(f"still running: {', '.join(flying)}; {time.time() - start:.0f} s elapsed, about {left():.0f} s left")
    beating = threading.Thread(target=heartbeat, daemon=True)
    beating.start()
    try:
        with closing(execute(stale, keys, build, env, workers)) as outcomes:
            for page, outcome in outcomes:
                seconds[page] = outcome["seconds"]
                say(f"[{len(seconds)}/{len(stale)}] {page.name}: {outcome['seconds']:.0f} s, {outcome['peak_bytes'] / 1e9:.2f} GB; "
                    f"{time.time() - start:.0f} s elapsed, about {left():.0f} s left")
    finally:
        ended.set()
        beating.join()
    for page in runnable:
        results[page] = judge(page, keys[page], build, broken[page], page not in stale)
    return [results[page] for page in pages]


def recall(page, key, build):
    """The outcome of an earlier run with the same inputs, or None. A page that broke off is run again."""
    file = folder(page, build) / OUTCOME
    try:
        outcome = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return outcome if outcome.get("key") == key and outcome["ran"] and (folder(page, build) / FRESH).exists() else None


def estimate(page, build):
    """Seconds that a page will take: as last time here, else as when it was accepted, else as such pages take on average."""
    try:
        return json.loads((folder(page, build) / OUTCOME).read_text(encoding="utf-8"))["seconds"]
    except (OSError, ValueError, KeyError):
        pass
    try:
        return float(json.loads(page.ipynb("en").read_text(encoding="utf-8"))["metadata"]["d2l_solutions"]["seconds"])
    except (OSError, ValueError, KeyError):
        return 350.0 if "d2l_solutions.train" in page.md("en").read_text(encoding="utf-8") else 4.0


def remaining(expected, seconds, elapsed, workers):
    """Seconds until pages will have run that start in this order, `workers` at a time; learns from those that have ended.

    expected: seconds that each was thought to take; seconds: {number of the page: seconds it took}; elapsed: since the first began.
    A page in flight has run since one before it ended; if it is over its time, it is thought to end now.
    """
    def pace(kind):
        """How much longer than expected the ended pages took that train, or those that do not; None if none has ended."""
        numbers = [n for n in seconds if (expected[n] > SHORT) == kind]
        return sum(seconds[n] for n in numbers) / sum(expected[n] for n in numbers) if numbers else None
    known = [pace(kind) for kind in (True, False) if pace(kind)] or [1.0]
    common = sum(known) / len(known)                 # few pages train: what the others tell of the machine steadies the guess
    free, ends = [0.0] * workers, []
    for n in range(len(expected)):
        began = min(free)
        end = began + seconds[n] if n in seconds else max(elapsed, began + expected[n] * common)
        free[free.index(began)] = end
        ends.append(end)
    return max([elapsed, *ends]) - elapsed


def execute(pages, keys, build, env, workers):
    """Run pages under nbval, `workers` at a time; yields (page, outcome) as they end."""
    if not pages:
        return
    jobs = {str(prepare(page, build)): page for page in pages}
    with runner(pages[0].root, build, env, workers) as warm:
        with warm.stdin as stdin:
            stdin.writelines(json.dumps({"work": work, "arguments": nbval_arguments(work)}) + "\n" for work in jobs)
        for line in warm.stdout:
            ended = json.loads(line)
            page = jobs.pop(ended["work"])
            yield page, conclude(page, Path(ended["work"]), build, {"key": keys[page], "seconds": ended["seconds"], "environment": env})
        for work, page in jobs.items():
            yield page, conclude(page, Path(work), build, {"key": keys[page], "seconds": 0.0, "environment": env})


@contextmanager
def runner(root, build, env, workers):
    """The process that runs pages, `bookbuild.warm`; afterwards nothing is left of it, nor of what it wrote into its TMPDIR."""
    short = None if len(tempfile.gettempdir()) <= 50 else "/tmp"                      # a socket's path has at most 107 characters
    with tempfile.TemporaryDirectory(prefix="kernels-", ignore_cleanup_errors=True, dir=short) as runtime:
        warm = subprocess.Popen([sys.executable, "-m", "bookbuild.warm", str(workers)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                text=True, encoding="utf-8", cwd=root, start_new_session=True, env=variables(root, build, env, runtime))
        try:
            yield warm
        finally:
            with suppress(ProcessLookupError, PermissionError):          # the latter on macOS, when all have ended
                os.killpg(warm.pid, signal.SIGKILL)
            warm.wait()
            warm.stdout.close()
            shutil.rmtree(build / "running" / "trained", ignore_errors=True)


def variables(root, build, env, runtime):
    """The environment of runner and kernels: of the reader's own only what is `PASSED`, no profile, no settings, no locale.

    runtime: a folder for sockets, temporary files and what IPython and Jupyter would keep at home.
    """
    return {**{name: os.environ[name] for name in PASSED if name in os.environ}, **{name: env[name] for name in KNOBS if name in env},
            "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1", "PYTHONHASHSEED": "0", "PYTHONNOUSERSITE": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1",
            "PYTHONPATH": os.pathsep.join(filter(None, [str(root), env.get("torch")])), "TMPDIR": runtime, "IPYTHONDIR": f"{runtime}/ipython",
            "JUPYTER_RUNTIME_DIR": runtime, "JUPYTER_CONFIG_DIR": f"{runtime}/jupyter", "JUPYTER_DATA_DIR": f"{runtime}/jupyter",
            "TORCH_LOGS": "-torch.utils.flop_counter",                     # or it complains where there is no Triton
            "JUPYTER_PLATFORM_DIRS": "1", "MPLBACKEND": "agg", "MATPLOTLIBRC": os.devnull, "DEVICE": env["device"],
            "OMP_NUM_THREADS": str(env["threads"]), "MKL_NUM_THREADS": str(env["threads"]), "D2L_BUILD": "1",
            "D2L_RUNS": str(build / "running" / "trained")}


def prepare(page, build):
    """A scratch folder with what the run of a page needs."""
    work = build / "running" / page.name
    work.mkdir(parents=True)
    reference = accepted_notebook(page)
    for number, cell in enumerate(code_cells(reference)):
        cell.execution_count = number + 1        # compare every cell; un-run references are reported as problems
    write_notebook(work / "page.ipynb", reference)
    if page.noise.exists():
        shutil.copy(page.noise, work / "page.noise.json")
    return work


def nbval_arguments(work):
    return ["--nbval", "--nbval-current-env", f"--nbval-cell-timeout={CELL_TIMEOUT}", "-p", "nbdrift.plugin", f"--drift-out={work}",
            "-p", "no:cacheprovider", "-q", "--tb=short", "--color=no", f"--rootdir={work}",
            "-c", "/dev/null", f"{work}/page.ipynb"]


def conclude(page, work, build, facts):
    """The outcome of a run; its folder takes the place of the old one only now, when it is complete."""
    try:
        outcome = json.loads((work / OUTCOME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        text = (work / "nbval.log").read_text(encoding="utf-8", errors="replace") if (work / "nbval.log").exists() else "it was never started"
        if os.strerror(errno.ENOSPC) in text:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(work)) from None
        outcome = {"failures": [{"cell": 0, "error": f"the run came to no result:\n{text[-2000:]}", "source": ""}],
                   "ran": False, "peak_bytes": 0, "cells": 0}
    outcome |= facts
    write(work / OUTCOME, json.dumps(outcome, indent=1))
    shutil.rmtree(folder(page, build), ignore_errors=True)
    folder(page, build).parent.mkdir(parents=True, exist_ok=True)
    os.replace(work, folder(page, build))
    return outcome


def judge(page, key, build, broken, cached):
    """Compare what a page put out with what is accepted now (which may have changed since it ran).

    The failures are {"kind": "out of step", "text"}, {"kind": "failed", "cell", "text"} of a cell that did not run, or
    {"kind": "drifted", "cell", "quantity", "accepted", "new", "rule", "allowed", "excess"}; cells are numbered as the
    site shows them, the hidden setup cell being 0.
    """
    outcome = json.loads((folder(page, build) / OUTCOME).read_text(encoding="utf-8"))
    result = Result(page, out_of_step(broken), None, outcome["seconds"], outcome["peak_bytes"], cached, outcome["environment"])
    if not outcome["ran"]:
        result.failures += [{"kind": "failed", "cell": failure["cell"], "text": failure["error"].strip()} for failure in outcome["failures"]]
        return result
    result.fresh = nbformat.read(folder(page, build) / FRESH, as_version=4)
    result.failures += out_of_step(misnamed(page, result.fresh))
    if not broken:
        result.failures += out_of_step(misplaced_figures(page))
    result.failures += [difference.facts(cell) for cell, difference in compare_page(page, result.fresh)]
    return result


def out_of_step(broken):
    return [{"kind": "out of step", "text": text} for text in broken]


def misplaced_figures(page):
    """What in `figures` is not as in the accepted notebook."""
    there = {file.name: file.read_text(encoding="utf-8") for file in (page.root / "figures").glob(f"{page.number}-*.svg")}
    drawn = {name: svg for name, svg in figures(accepted_notebook(page)).items() if name.startswith(f"{page.number}-")}
    return [f"figures/{name} is not the figure of the accepted notebook: run `make accept`"
            for name in sorted(there.keys() | drawn.keys()) if there.get(name) != drawn.get(name)]


def misnamed(page, executed):
    """Outputs of a page whose names are not theirs alone: a page tells its outputs apart by name, the book its figures and sounds."""
    found, cells = [], {}
    for number, cell in enumerate(code_cells(executed)):
        for data in (output["data"] for output in cell.outputs if BUNDLE in output.get("data", {})):
            name = data[BUNDLE]["name"]
            if name in cells:
                found.append(f"{shown(page.md('en'), page)}: code cells {cells[name]} and {number} both name an output {name}: give one another name")
            elif not name.startswith(f"{page.number}-") and (compare.SVG in data or "<audio" in data.get("text/html", "")):
                owner = [f", a name of {shown(other.md('en'), page)}" for other in find_pages(page.root) if other.number == name.split("-")[0]]
                found.append(f"{shown(page.md('en'), page)}: code cell {number} names an output {name}{''.join(owner)}: begin its name with {page.number}-")
            cells[name] = number
    return found


def accepted_notebook(page):
    """The page's English source with the accepted outputs."""
    notebook = read_source(page, "en")
    if page.ipynb("en").exists():
        attach_outputs(notebook, nbformat.read(page.ipynb("en"), as_version=4))
    return notebook


def page_noise(page):
    """What `make calibrate` measured: {"code", "runs", "noise"}; {} if nothing was."""
    return json.loads(page.noise.read_text(encoding="utf-8")) if page.noise.exists() else {}


def compare_page(page, fresh):
    """[(number of the code cell, Difference)] between a page's fresh and accepted outputs."""
    accepted, noise = accepted_notebook(page), page_noise(page)
    if not any(cell.execution_count for cell in code_cells(accepted)):
        return []                                # never run: `problems` says so, and everything would differ
    found = []
    if noise and noise.get("digest") != digest(noise["noise"]):
        found.append((0, compare.Difference("re-run noise", "as measured", "edited since", "run `make calibrate`")))
    if noise and noise.get("code") != noise_digest(accepted):
        found.append((0, compare.Difference("re-run noise", "measured for other code", "this code", "run `make calibrate`")))
    return found + compare.compare_notebooks(accepted, fresh, noise.get("noise"))


def write_fresh(results, target):
    """The fresh outputs as notebooks of both editions, laid out as in `chapters`; unchanged files are left alone."""
    wanted = set()
    for result in results:
        for edition in EDITIONS:
            path = target / edition / f"{result.page.path}.ipynb"
            wanted.add(path)
            notebook = with_outputs(result, edition)
            if edition == "zh":                          # the pages themselves have the same code in both editions
                words.translate_remarks_of(notebook, result.page)
            notebook.metadata["d2l_solutions"]["run"] = {"seconds": round(result.seconds),
                                                         "device": result.environment["device"], "threads": result.environment["threads"]}
            write_notebook(path, notebook)
    for path in target.glob("*/*/*.ipynb"):
        if path not in wanted:
            path.unlink()


def with_outputs(result, edition):
    """The page of one edition with the fresh outputs, marked with the code that they belong to."""
    notebook, chinese = read_source(result.page, edition), words.of_page(result.page)
    for cell, executed in zip(code_cells(notebook), code_cells(result.fresh), strict=True):
        cell.outputs = executed.outputs if edition == "en" else words.translate_outputs(executed.outputs, chinese)
        cell.execution_count = executed.execution_count
    notebook.metadata["d2l_solutions"] = {"code": code_digest(notebook), "source": source_digest(notebook), "seconds": round(result.seconds, 1)}
    return notebook


def figures(notebook):
    """{file name: SVG text} of the figures in an executed notebook."""
    return {f"{output['data'][BUNDLE]['name']}.svg": output["data"]["image/svg+xml"]
            for cell in code_cells(notebook) for output in cell.outputs
            if "image/svg+xml" in output.get("data", {}) and BUNDLE in output["data"]}
