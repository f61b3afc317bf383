"""nbdrift on notebooks that nobody here wrote: false alarms and seeded faults, beside plain nbval's.

    python nbdrift/tests/outside.py CHECKOUTS --python NEW --other OLD [--only WORD ...] [--out FOLDER] [--jobs 2]

CHECKOUTS holds a checkout of each of COLLECTIONS at its commit, in a folder of the repository's name. NEW and OLD are the
Pythons of two environments with other versions of numpy and matplotlib, both with nbdrift, nbval, ipykernel, pillow and the packages
that the collections name. Each notebook is

    run on its stored outputs,
    run and accepted (--drift-accept), then run again under each of RERUNS and in the other environment,
    calibrated (--drift-calibrate=4), and what was run again is judged with the noise measured,
    run again with faults in its figures, and what was run again is judged with faults in its outputs (outside_faults.py),

always in a temporary copy of its folder and without a network. Each run is kept in FOLDER and is made again only if its file is
removed; the tables, outside.md and outside.json there, are made anew each time.
"""
import argparse
import functools
import json
import os
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import nbformat

import outside_faults

HERE = Path(__file__).resolve().parent


class Collection(NamedTuple):
    repository: str
    commit: str
    notebooks: str               # patterns, separated by spaces
    packages: str                # that they import, beside numpy and matplotlib
    folder: str = ""             # what is copied for a run, from the root of the checkout; the notebook's own folder if empty
    beside: str = ""             # folders whose files a notebook that names them finds beside it, instead of downloading them


COLLECTIONS = [
    Collection("jakevdp/PythonDataScienceHandbook", "d66231454ef753818dc9213c9b5942e067266966",
               "notebooks/0[2345].[01][1-9]-*.ipynb notebooks/0[2345].10-*.ipynb", "pandas scipy seaborn scikit-learn"),
    Collection("numerical-mooc/numerical-mooc", "6a70f986729067dee9ca1fb26ba164b035fc971b", "lessons/0[1-5]_*/0[1-5]_*.ipynb", "scipy sympy", folder="."),
    Collection("AllenDowney/ThinkBayes2", "597602d67b8b03c38569173dc91cd10e190a0429", "soln/chap[01]*.ipynb", "pandas scipy seaborn statsmodels empiricaldist",
               beside="data soln"),
    Collection("AllenDowney/ThinkDSP", "b80edd98016d4d5afe3336faf31fdf8e25056ebc", "soln/chap*.ipynb examples/*.ipynb", "pandas scipy ipywidgets",
               beside="data thinkdsp"),
    Collection("norvig/pytudes", "414fe258a4181c2a819959d9a29bfcbe4c4b19c7",
               "ipynb/[DMPS]*.ipynb ipynb/Coin*.ipynb ipynb/Economics.ipynb ipynb/Life.ipynb ipynb/NightKing.ipynb", "pandas scipy seaborn"),
]

QUIET = {"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
RERUNS = {"again-1": {"PYTHONHASHSEED": "1"},
          "again-2": {"PYTHONHASHSEED": "2", "OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"},
          "again-3": {"PYTHONHASHSEED": "3", "OPENBLAS_CORETYPE": "Nehalem"},
          "again-4": {"PYTHONHASHSEED": "4", "NPY_DISABLE_CPU_FEATURES": "AVX2 FMA3 AVX512F AVX512_SKX"},
          "again-5": {"PYTHONHASHSEED": "5", "OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2", "OPENBLAS_CORETYPE": "Haswell"}}
OFFLINE = {name: "http://127.0.0.1:9" for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")}
LONG = 60                        # seconds; a notebook that takes longer is left out
NOT_TRIED = "not tried yet"
FAULTY = ["figures-0", "figures-1", "figures-2"]         # in each every figure gets another fault


class Work(NamedTuple):
    """One notebook and where what is known of it is kept."""
    collection: Collection
    root: Path                   # of the checkout
    notebook: Path
    copied: Path                 # folder of the checkout that is copied for a run
    results: Path

    @property
    def name(self):
        return f"{self.collection.repository}/{self.notebook.stem}"


def find(checkouts, out, only):
    """The notebooks of the collections that hold a few outputs, one of each collection in turn."""
    found = []
    for collection in COLLECTIONS:
        root = checkouts / collection.repository.partition("/")[2]
        notebooks = [notebook for pattern in collection.notebooks.split() for notebook in sorted(root.glob(pattern))]
        works = [Work(collection, root, notebook, root / collection.folder if collection.folder else notebook.parent, out / root.name / notebook.stem)
                 for notebook in notebooks if sum(bool(cell.get("outputs")) for cell in read(notebook)["cells"]) >= 3]
        found += [(number, work) for number, work in enumerate(works) if not only or any(word in work.name for word in only)]
    return [work for _, work in sorted(found, key=lambda pair: pair[0])]


def execute(work, python, name, timeout, notebook, changes=None, options=(), figures=None):
    """Runs a notebook in a copy of its folder, if that is not done yet; keeps what it put out with both verdicts, and the notebook.

    figures: the first of the faults to be put into its figures in turn.
    """
    if (work.results / f"{name}.json").exists():
        return
    with tempfile.TemporaryDirectory(prefix="outside-") as folder:
        folder = Path(folder)
        shutil.copytree(work.copied, folder / "copy", ignore=shutil.ignore_patterns(".git"), ignore_dangling_symlinks=True)
        target = folder / "copy" / work.notebook.relative_to(work.copied)
        for file in (file for beside in work.collection.beside.split() for file in (work.root / beside).iterdir()):
            if file.name in work.notebook.read_text(encoding="utf-8"):
                shutil.copy(file, target.parent)
        shutil.copy(notebook, target)
        startup = folder / "ipython" / "profile_default" / "startup"
        startup.mkdir(parents=True)
        environment = {**os.environ, **QUIET, **OFFLINE, **(changes or {}), "IPYTHONDIR": str(folder / "ipython"), "PYTHONPATH": str(HERE),
                       "MPLCONFIGDIR": styles(python), "OUTSIDE_RECORD": str(folder / "record.json")}
        if figures is not None:
            environment["OUTSIDE_FAULT_LOG"] = str(folder / "faults")
            (startup / "faults.py").write_text(f"import outside_faults\noutside_faults.seed_figures({figures}, {str(folder / 'faults')!r})\n")
        pytest(python, target.name, target.parent, environment, work.results / f"{name}.log", f"--nbval-cell-timeout={timeout}", *options)
        for made, kept in ((target, f"{name}.ipynb"), (target.with_suffix(".noise.json"), f"{name}.noise.json"), (folder / "record.json", f"{name}.json")):
            if made.exists():
                shutil.copy(made, work.results / kept)


@functools.cache
def styles(python):
    """A folder of matplotlib's settings, its fonts found, in which its seaborn styles have the names that they had before matplotlib 3.8."""
    folder = Path(tempfile.mkdtemp(prefix="outside-matplotlib-"))
    data = subprocess.run([python, "-c", "import matplotlib.font_manager; print(matplotlib.get_data_path())"], capture_output=True, text=True,
                          env={**os.environ, "MPLCONFIGDIR": str(folder)}).stdout
    (folder / "stylelib").mkdir()
    for style in Path(data.strip(), "stylelib").glob("seaborn-v0_8*.mplstyle"):
        shutil.copy(style, folder / "stylelib" / style.name.replace("-v0_8", ""))
    return str(folder)


def judge(work, python, notebook, output, runs, noise=None, seed=""):
    """Compares recorded runs with a notebook's outputs, without running it; writes {run: [{"cell", "plain", "drift", "seeded", ...}]}.

    seed: the run into whose outputs faults are put as well.
    """
    with tempfile.TemporaryDirectory(prefix="outside-") as folder:
        shutil.copy(notebook, Path(folder) / "accepted.ipynb")
        if noise:
            shutil.copy(noise, Path(folder) / "accepted.noise.json")
        records = [work.results / f"{run}.json" for run in runs if (work.results / f"{run}.json").exists()]
        environment = {**os.environ, "PYTHONPATH": str(HERE), "OUTSIDE_JUDGE": os.pathsep.join(map(str, records)), "OUTSIDE_SEED": seed,
                       "OUTSIDE_VERDICTS": str(work.results / f"{output}.json")}
        pytest(python, "accepted.ipynb", folder, environment, work.results / f"{output}.log")


def pytest(python, notebook, folder, environment, log, *options):
    command = [python, "-m", "pytest", "-p", "outside_pytest", "--nbval", "--nbval-current-env", "-p", "no:cacheprovider", "-q", "--color=no",
               f"--rootdir={folder}", "-c", os.devnull, *options, str(notebook)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    log.write_text(done.stdout + done.stderr, encoding="utf-8")


def execute_all(work, new, other, timeout, only_once):
    """All runs of a notebook that are not kept yet."""
    work.results.mkdir(parents=True, exist_ok=True)
    run = lambda name, *arguments, python=new, **options: execute(work, python, name, timeout, *arguments, **options)
    run("accept", work.notebook, options=["--drift-accept"])
    if unexpected(work):
        return
    run("plain", work.notebook, options=["-p", "no:nbdrift"])
    if only_once:
        return
    accepted = work.results / "accept.ipynb"
    for name, changes in RERUNS.items():
        run(name, accepted, changes=changes)
    run("other", accepted, python=other)
    if "image/png" in accepted.read_text(encoding="utf-8"):
        for number, name in enumerate(FAULTY):
            run(name, accepted, figures=4 * number)
    run("calibrate", accepted, options=["--drift-calibrate=4"])


def judge_all(work, python):
    """All verdicts on a notebook's runs."""
    accepted, runs = work.results / "accept.ipynb", [*RERUNS, "other", *FAULTY]
    if unexpected(work):
        return
    judge(work, python, work.notebook, "judged-stored", ["accept"])
    if not (work.results / "calibrate.json").exists():
        return
    judge(work, python, accepted, "judged", runs, seed="again-1")
    judge(work, python, accepted, "judged-noise", runs, noise=work.results / "calibrate.noise.json", seed="again-1")


def unexpected(work):
    """Why a notebook cannot be run in this environment: the first cell that fails where it had not failed for its author; "" if none."""
    record = work.results / "accept.json"
    if not (work.results / "accept.log").exists():
        return NOT_TRIED
    if not record.exists():
        return "pytest failed: " + (work.results / "accept.log").read_text(encoding="utf-8")[-300:]
    cells = [cell for cell in nbformat.read(work.notebook, as_version=4).cells if cell.cell_type == "code"]
    for cell in read(record):
        stored = [output.ename for output in cells[cell["cell"]].outputs if output.output_type == "error"]
        errors = [output for output in cell["outputs"] if output["output_type"] == "error"]
        if not cell["ran"] or "Timeout" in cell["failed"] or [error["ename"] for error in errors] != stored:
            why = "takes too long" if "Timeout" in cell["failed"] else f"{errors[0]['ename']}: {errors[0]['evalue']}" if errors else cell["failed"] or "no error any more"
            return f"cell {cell['cell']}: {why}"[:200]
    seconds = sum(cell["seconds"] for cell in read(record))
    return f"takes {seconds:.0f} s" if seconds > LONG else ""


def read(file):
    return json.loads(file.read_text(encoding="utf-8"))


def summary(works):
    """What is in the tables, as data."""
    found = {"not run": {}, "notebooks": []}
    for work in works:
        if (why := unexpected(work)) and why != NOT_TRIED:
            found["not run"][work.name] = why
        if why or not (work.results / "judged-stored.json").exists():
            continue
        stored = read(work.results / "judged-stored.json")["accept"]
        entry = {"notebook": work.name, "collection": work.collection.repository, "cells": len(stored),
                 "stored": {"plain": [cell["cell"] for cell in read(work.results / "plain.json") if cell["failed"]],
                            "drift": {cell["cell"]: cell["drift"] for cell in stored if cell["drift"]}}}
        if (work.results / "judged-noise.json").exists():
            entry |= again(read(work.results / "judged.json"), read(work.results / "judged-noise.json"))
        found["notebooks"].append(entry)
    return found


def again(judged, noise):
    """What became of the re-runs of a notebook: {"alarms": {run: {column: {cell: why}}}, "faults": [...]}."""
    columns = {"plain": (judged, "plain"), "drift": (judged, "drift"), "noise": (noise, "drift")}
    alarms = {run: {column: {cell["cell"]: cell[by] for cell in verdicts.get(run, []) if cell[by]} for column, (verdicts, by) in columns.items()}
              for run in (*RERUNS, "other")}
    noisy = {column: {cell for run in RERUNS for cell in alarms[run][column]} for column in columns}
    faults = []
    for column, (verdicts, by) in columns.items():
        for run, cells in verdicts.items():
            for cell in cells:
                seeded = {**{kind: verdict[by] for kind, verdict in cell["seeded"].items()}, **{kind: cell[by] for kind in cell["faults"]}}
                steady = not any(cell["cell"] in cells for cells in noisy.values())
                faults += [{"column": column, "run": run, "cell": cell["cell"], "steady": steady, "kind": kind, "caught": bool(verdict)}
                           for kind, verdict in seeded.items() if cell["cell"] not in noisy[column]]
    return {"alarms": alarms, "faults": faults}


COLUMNS = {"plain": "nbval", "drift": "nbdrift", "noise": "nbdrift, noise measured"}


def table(heads, rows):
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in (heads, ["---", *["---:"] * (len(heads) - 1)], *rows)) + "\n"


def share(part, whole):
    return f"{part} of {whole} ({part / whole:.0%})" if whole else "none"


def tables(found):
    """The tables as Markdown."""
    notebooks = found["notebooks"]
    repositories = [collection.repository for collection in COLLECTIONS if any(entry["collection"] == collection.repository for entry in notebooks)]
    of = lambda repository: [entry for entry in notebooks if repository in (entry["collection"], "all")]
    rows = []
    for repository in [*repositories, "all"]:
        entries, failed = of(repository), sum(repository in (name.rpartition("/")[0], "all") for name in found["not run"])
        cells = sum(entry["cells"] for entry in entries)
        rows.append([repository, len(entries) + failed, len(entries), *(share(sum(not entry["stored"][by] for entry in entries), len(entries)) for by in ("plain", "drift")),
                     *(share(cells - sum(len(entry["stored"][by]) for entry in entries), cells) for by in ("plain", "drift"))])
    text = "## Stored outputs, unchanged: what passes\n\n" + table(
        ["collection", "notebooks", "that run", "notebooks pass nbval", "nbdrift", "cells pass nbval", "nbdrift"], rows)
    rows = []
    for repository in [*repositories, "all"]:
        entries = [entry for entry in of(repository) if "alarms" in entry]
        for what, runs in (("five re-runs", [*RERUNS]), ("other numpy and matplotlib", ["other"])):
            cells = sum(entry["cells"] for entry in entries) * len(runs)
            rows.append([repository, what, *(share(sum(any(entry["alarms"][run][column] for run in runs) for entry in entries), len(entries)) for column in COLUMNS),
                         *(share(sum(len(entry["alarms"][run][column]) for entry in entries for run in runs), cells) for column in COLUMNS)])
    text += "\n## False alarms against outputs accepted once\n\n" + table(
        ["collection", "run again", *(f"notebooks, {name}" for name in COLUMNS.values()), *(f"cells, {name}" for name in COLUMNS.values())], rows)
    faults = [fault for entry in notebooks for fault in entry.get("faults", [])]
    for steady, what in ((True, "that put out the same in every re-run, by all three"), (False, "that do not, as far as they raise no false alarm")):
        rows = []
        for kind in [*outside_faults.OUTPUTS, *outside_faults.FIGURES]:
            of_kind = {column: [fault["caught"] for fault in faults if (fault["kind"], fault["column"], fault["steady"]) == (kind, column, steady)] for column in COLUMNS}
            if any(of_kind.values()):
                rows.append([kind, *(share(sum(caught), len(caught)) for caught in of_kind.values())])
        text += f"\n## Faults caught, in cells {what}\n\n" + table(["fault", *COLUMNS.values()], rows)
    text += "\n## Left out\n\n" + table(["notebook", "why"], [[name, why.replace("|", "\\|").replace("\n", " ")] for name, why in found["not run"].items()])
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkouts", type=Path)
    parser.add_argument("--python", required=True)
    parser.add_argument("--other", required=True)
    parser.add_argument("--only", nargs="*", metavar="WORD", help="notebooks whose name holds one of these")
    parser.add_argument("--out", type=Path, default=Path("_build/outside"))
    parser.add_argument("--jobs", type=int, default=2, choices=(1, 2))
    parser.add_argument("--timeout", type=int, default=60, help="seconds for a cell")
    parser.add_argument("--judge", action="store_true", help="run nothing: compare what was run again, by today's rules")
    parser.add_argument("--look", action="store_true", help="run each on its stored outputs only")
    options = parser.parse_args()
    works = list(find(options.checkouts.resolve(), options.out.resolve(), options.only))
    def do(work):
        if not options.judge:
            execute_all(work, options.python, options.other, options.timeout, options.look)
        judge_all(work, options.python)
        print(work.name, unexpected(work) or "done", flush=True)

    with ThreadPoolExecutor(options.jobs) as pool:
        list(pool.map(do, works))
    found = summary(works)
    options.out.joinpath("outside.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
    options.out.joinpath("outside.md").write_text(tables(found), encoding="utf-8")
    print(tables(found))


if __name__ == "__main__":
    main()
