"""What Binder builds from `.binder`, as far as it can be done here: without Docker, from packages that are installed."""
import ast
import json
import os
import re
import subprocess
from importlib.metadata import distribution

import nbformat
import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement

from bookbuild import install, pages, practice
from elsewhere import copy_checkout, make_environment, run, with_dependencies
from test_pages import PAGES

BINDER = pages.ROOT / ".binder"
MEMORY = 2e9                     # bytes that mybinder.org grants
DISK = 5e9                       # bytes that the packages may take


def named(file):
    """The packages that a file of `.binder` installs: {name: version}."""
    return dict(re.findall(r"^([\w.-]+)==(\S+)$", (BINDER / file).read_text().replace(" ", "\n"), re.M))


def imports():
    """The import statements of all pages and practice notebooks."""
    files = [file for page in PAGES for file in (page.ipynb("en"), practice.path(page, "en"))]
    sources = [cell.source for file in files for cell in pages.code_cells(nbformat.read(file, as_version=4)) if "%pip" not in cell.source]
    return sorted({ast.unparse(node) for source in sources for node in ast.walk(ast.parse(source)) if isinstance(node, (ast.Import, ast.ImportFrom))})


def test_versions_are_those_of_the_lock():
    python = re.fullmatch(r"python-(3\.1[1-3])\n", (BINDER / "runtime.txt").read_text())[1]
    lock = {}
    for name, version, marker in re.findall(r"^([a-z0-9-]+)==([^\s;]+)(?: ; (.*?))? *\\?$", (pages.ROOT / "requirements.txt").read_text(), re.M):
        if not marker or Marker(marker).evaluate({"python_version": python, "python_full_version": f"{python}.0"}):
            lock[name] = version
    for name, version in [*named("requirements.txt").items(), *named("postBuild").items()]:
        assert version == lock[name], name
    assert {name for name in lock if name.startswith("nvidia-")} - set(install.ONLY_WITH_GPU) <= set(named("requirements.txt"))
    assert f"python{python} -m venv" in (pages.ROOT / "README.md").read_text(encoding="utf-8"), "the light way takes the same versions"


def test_the_listed_packages_and_post_build_suffice_for_every_page(tmp_path):
    packages = with_dependencies([*named("requirements.txt"), "pip"])
    assert not {"torch", *install.ONLY_WITH_GPU} & {Requirement(text).name for one in packages.values() for text in one.requires or []}
    packages |= {name: distribution(name) for name in ("torch", "torchvision")}
    files = [file for one in packages.values() for file in one.files]
    assert sum(file.locate().stat().st_size for file in files if file.locate().is_file()) < DISK
    names = {file.parts[0] for file in files}
    python = make_environment(tmp_path / "environment", lambda name: name in names)
    checkout = copy_checkout(tmp_path / "checkout")
    assert os.access(checkout / ".binder" / "postBuild", os.X_OK)
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    built = subprocess.run([checkout / ".binder" / "postBuild"], cwd=checkout, capture_output=True, text=True,
                           env=variables | {"PATH": f"{python.parent}:{os.environ['PATH']}"})
    assert built.returncode == 0, built.stdout + built.stderr
    (tmp_path / "empty").mkdir()
    tried = subprocess.run([python, "-c", "\n".join([*imports(), "import ipykernel, d2l_solutions", "print(d2l_solutions.__path__[0])"])],
                           cwd=tmp_path / "empty", capture_output=True, text=True, env=variables)
    assert tried.returncode == 0, tried.stderr
    assert tried.stdout.strip() == str(checkout / "d2l_solutions")
    run(tmp_path / "environment", pages.code_cells(nbformat.read(PAGES[0].ipynb("en"), as_version=4)), tmp_path / "page")


def test_notebooks_name_the_kernel_that_binder_has():
    for page in PAGES:
        for edition in pages.EDITIONS:
            for file in (page.ipynb(edition), practice.path(page, edition)):
                assert nbformat.read(file, as_version=4).metadata["kernelspec"]["name"] == "python3", file


def test_pages_fit_into_the_memory_of_binder():
    report = pages.ROOT / "_build" / "report.json"
    if not report.exists():
        pytest.fail("no page has been run: run `make book`")
    peaks = {page["page"]: page["peak_bytes"] for page in json.loads(report.read_text())["pages"]}
    assert set(peaks) >= {page.name for page in PAGES}
    assert max(peaks.values()) < MEMORY, {name: peak for name, peak in peaks.items() if peak >= MEMORY}
