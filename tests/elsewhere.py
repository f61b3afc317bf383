"""Environments other than the project's own, made of its packages: what Colab and Binder offer a page."""
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bookbuild import install

ROOT = Path(__file__).resolve().parents[1]
HERE = Path(sysconfig.get_path("purelib"))


def make_environment(folder, wanted):
    """A virtual environment that sees those packages of this one whose files in site-packages are wanted(name); its python."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    packages = folder / "linked" / "site-packages"
    packages.mkdir(parents=True)
    for entry in HERE.iterdir():
        if wanted(entry.name) and entry.suffix != ".pth":
            (packages / entry.name).symlink_to(entry)
    (site_packages(folder) / "linked.pth").write_text(f"{packages}\n")
    return add_kernel(folder)


def site_packages(environment):
    own = subprocess.run([environment / "bin" / "python", "-I", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
                         capture_output=True, text=True, check=True)
    return Path(own.stdout.strip())


def add_kernel(folder):
    """Give an environment a kernel named "elsewhere"; returns its python."""
    python = folder / "bin" / "python"
    kernel = folder / "share" / "jupyter" / "kernels" / "elsewhere" / "kernel.json"
    kernel.parent.mkdir(parents=True, exist_ok=True)
    kernel.write_text(json.dumps({"argv": [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"],
                                  "display_name": "elsewhere", "language": "python"}))
    return python


def with_dependencies(names):
    """These installed packages and all that they require: {name: distribution}. What is left out without a GPU is left out here."""
    found, todo = {}, set(names)
    while todo:
        name = todo.pop()
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            assert name in install.ONLY_WITH_GPU, f"{name} is not installed"
            continue
        needed = [Requirement(text) for text in found[name].requires or []]
        todo |= {one.name for one in needed if not one.marker or one.marker.evaluate({"extra": ""})} - set(found) - set(install.ONLY_WITH_GPU)
    return found


def colab_packages():
    """{name: version} of tests/colab-packages.txt, the names in their normal form."""
    lines = (ROOT / "tests" / "colab-packages.txt").read_text(encoding="utf-8").splitlines()
    return {canonicalize_name(name): version for name, version in (line.split("==") for line in lines if not line.startswith("#"))}


def like_colab(folder):
    """An environment of exactly the versions that Colab has, in `folder`, kept for the next time; its python.

    CUDA's libraries, without which the package index's torch does not load, are linked from this environment.
    """
    listing = ROOT / "tests" / "colab-packages.txt"
    done = folder / "done"
    if done.exists() and done.read_text(encoding="utf-8") == listing.read_text(encoding="utf-8"):
        return folder / "bin" / "python"
    shutil.rmtree(folder, ignore_errors=True)
    colabs = shutil.which("python3.13")
    runs = colabs and subprocess.run([colabs, "-c", ""], capture_output=True).returncode == 0       # not one of a version manager that lacks it
    base = colabs if runs else sys.executable
    subprocess.run([base, "-m", "venv", folder], check=True)
    subprocess.run([folder / "bin" / "python", "-I", "-m", "pip", "install", "-q", "--no-deps", "-r", listing], check=True)
    if (HERE / "nvidia").exists():
        (site_packages(folder) / "nvidia").symlink_to(HERE / "nvidia")
    shutil.copy(listing, done)
    return add_kernel(folder)


def copy_checkout(target):
    """The files of this checkout, committed or not, that git would take."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True,
                            text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)
    return target


def served_at(url, folder):
    """Environment variables with which git finds this checkout at `url`."""
    work, bare = copy_checkout(folder / "checkout"), folder / "repository.git"
    git = ["git", "-c", "user.name=test", "-c", "user.email=test@example.org", "-C", work]
    for arguments in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "checkout"], ["clone", "-q", "--bare", ".", bare]):
        subprocess.run([*git, *arguments], check=True)
    return {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": f"url.{bare.as_uri()}.insteadOf", "GIT_CONFIG_VALUE_0": url}


def run(environment, cells, folder, variables=None, allow_errors=False):
    """Run code cells in a kernel of the environment, in an empty folder; the executed cells."""
    folder.mkdir(parents=True)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell.source) for cell in cells])
    paths = os.environ.get("JUPYTER_PATH")
    os.environ["JUPYTER_PATH"] = str(environment / "share" / "jupyter")
    try:
        client = NotebookClient(notebook, timeout=1800, startup_timeout=300, kernel_name="elsewhere", resources={"metadata": {"path": str(folder)}},
                                allow_errors=allow_errors)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "MPL", "JUPYTER_"))}
        client.execute(env={**inherited, "IPYTHONDIR": str(folder / "ipython"), "MATPLOTLIBRC": os.devnull, "PYDEVD_DISABLE_FILE_VALIDATION": "1", **(variables or {})})
    finally:
        os.environ.pop("JUPYTER_PATH")
        if paths:
            os.environ["JUPYTER_PATH"] = paths
    return notebook.cells
