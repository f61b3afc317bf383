"""Measures the re-run noise of notebooks: the same cells, run again under other rounding, threads and hash seeds."""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat

from nbdrift import noise

NO_VECTORS = {"NPY_DISABLE_CPU_FEATURES": "AVX2 FMA3 AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR X86_V3 X86_V4",
              "OPENBLAS_CORETYPE": "Nehalem", "MKL_CBWR": "COMPATIBLE", "ATEN_CPU_CAPABILITY": "default"}


def variations(count):
    """`count` environments in which numbers are rounded otherwise: {name: variables}, the plain one first."""
    threads = lambda n: {name: str(n) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")}
    ways = {"as it is": {}, "one thread, no vector instructions": {**threads(1), **NO_VECTORS}, "two threads": threads(2),
            "no vector instructions": NO_VECTORS, "one thread": threads(1), "three threads": threads(3)}
    ways = {name: {**variables, "PYTHONHASHSEED": str(seed)} for seed, (name, variables) in enumerate(ways.items())}
    more = {f"hash seed {seed}": {"PYTHONHASHSEED": str(seed)} for seed in range(len(ways), count)}
    return dict(list({**ways, **more}.items())[:count])


def calibrate(arguments, count):
    """Run pytest with these arguments `count` times and store the noise of every notebook beside it; returns an exit code."""
    if count < 2:
        sys.exit("--drift-calibrate needs at least 2 runs: noise is what differs between them")
    arguments = list(map(str, arguments))
    if f"--drift-calibrate={count}" in arguments:
        arguments.remove(f"--drift-calibrate={count}")
    else:
        place = arguments.index("--drift-calibrate")
        del arguments[place:place + 2]
    with tempfile.TemporaryDirectory(prefix="nbdrift-") as folder:
        for number, (name, variables) in enumerate(variations(count).items()):
            print(f"calibrating, run {number + 1} of {count}: {name}", flush=True)
            out = Path(folder) / str(number)
            ran = subprocess.run([sys.executable, "-m", "pytest", *arguments, f"--drift-out={out}", "-p", "no:cacheprovider"],
                                 env={**os.environ, **variables}, capture_output=True, text=True)
            outcomes = list(out.rglob("*.outcome.json"))
            if not outcomes or not all(json.loads(file.read_text(encoding="utf-8"))["ran"] for file in outcomes):
                print(ran.stdout[-3000:] + ran.stderr[-1000:] + "\nnot calibrated: a notebook did not run to its end")
                return 1
        for first in sorted((Path(folder) / "0").rglob("*.fresh.ipynb")):
            place = first.relative_to(Path(folder) / "0")
            runs = [nbformat.read(Path(folder) / str(number) / place, as_version=4) for number in range(count)]
            outcome = json.loads(first.with_name(first.name.replace(".fresh.ipynb", ".outcome.json")).read_text(encoding="utf-8"))
            tell(Path(outcome["notebook"]), *noise.store(Path(outcome["notebook"]), runs, list(variations(count))))
    return 0


def tell(path, moving, unsteady):
    """Say what was found: moving, {output: how many of its numbers move}; unsteady, outputs whose words or shapes differ from run to run."""
    print(f"{path.name}: noise stored in {noise.file(path).name}; numbers that move: " +
          (", ".join(f"{count} in {name}" for name, count in moving.items()) or "none"))
    for name in unsteady:
        print(f"{path.name}: {name} has other words, or as many numbers no more, from run to run: fix a seed, or tag its cell {noise.IGNORED}")
