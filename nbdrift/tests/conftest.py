"""A notebook of a stranger, and the plugin as it is installed from its wheel."""
import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

PACKAGE = Path(__file__).resolve().parents[1]
CELLS = {
    "printed": "import numpy as np\nx = np.linspace(0, 1, 5)\nprint(f'mean {x.mean() + 0.1234:.4f} of {len(x)} numbers')",
    "array": "x / 3",
    "frame": "import pandas as pd\npd.DataFrame({'name': ['one', 'two'], 'value': [1.25, 2 / 3]})",
    "figure": "import matplotlib.pyplot as plt\nfig, (left, right) = plt.subplots(1, 2)\nleft.plot(x, x ** 2, label='square')\n"
              "left.plot(x, x ** 3, label='cube')\nleft.set_xlabel('time')\nright.imshow(np.arange(6).reshape(2, 3))\nplt.show()",
    "object": "print(object(), len({'a', 'b'}))\n%timeit -n 10 -r 2 sum(range(100))",
}


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """A folder with nothing but the installed wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--target", folder / "site",
                           copy_of_the_package(folder / "source")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder / "site"


def copy_of_the_package(folder):
    """A copy, so that building leaves nothing beside the source."""
    folder.mkdir()
    for file in [*PACKAGE.glob("*.py"), PACKAGE / "pyproject.toml", PACKAGE / "README.md"]:
        (folder / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    return folder


@pytest.fixture
def nbval(installed, tmp_path):
    """Runs `pytest --nbval` with these arguments in an empty folder; returns its exit code and what it said."""
    def run(*arguments):
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "MPL"))}
        done = subprocess.run([sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "--color=no", "-p", "no:cacheprovider", *map(str, arguments)],
                              cwd=tmp_path, capture_output=True, text=True, env={**environment, "PYTHONPATH": str(installed), "IPYTHONDIR": str(tmp_path / "ipython")})
        return done.returncode, done.stdout + done.stderr
    return run


def write(path, cells):
    """A notebook with these code cells, never run."""
    nbformat.write(new_notebook(cells=[new_code_cell(source) for source in cells], metadata={"kernelspec": {
        "name": "python3", "display_name": "Python 3", "language": "python"}}), path)
    return path


def edit(path, old, new):
    """Another code under the same stored outputs."""
    notebook = nbformat.read(path, as_version=4)
    assert sum(old in cell.source for cell in notebook.cells) == 1, old
    for cell in notebook.cells:
        cell.source = cell.source.replace(old, new)
    nbformat.write(notebook, path)


def report_of(path):
    return json.loads(path.read_text(encoding="utf-8"))
