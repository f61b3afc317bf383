"""Environments other than the project's own, made of its packages: what Colab and Binder offer a page."""
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]
HERE = Path(sysconfig.get_path("purelib"))


def make_environment(folder, wanted):
    """A virtual environment that sees those packages of this one whose files in site-packages are wanted(name); its python."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    packages = folder / "packages"
    packages.mkdir()
    for entry in HERE.iterdir():
        if wanted(entry.name) and entry.suffix != ".pth":
            (packages / entry.name).symlink_to(entry)
    python = folder / "bin" / "python"
    own = subprocess.run([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], capture_output=True, text=True, check=True)
    (Path(own.stdout.strip()) / "packages.pth").write_text(f"{packages}\n")
    kernel = folder / "share" / "jupyter" / "kernels" / "elsewhere" / "kernel.json"
    kernel.parent.mkdir(parents=True)
    kernel.write_text(json.dumps({"argv": [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"],
                                  "display_name": "elsewhere", "language": "python"}))
    return python


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
        inherited = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "MPLBACKEND", "JUPYTER_PATH")}
        client.execute(env={**inherited, "PYDEVD_DISABLE_FILE_VALIDATION": "1", **(variables or {})})
    finally:
        os.environ.pop("JUPYTER_PATH")
        if paths:
            os.environ["JUPYTER_PATH"] = paths
    return notebook.cells
