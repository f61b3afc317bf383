"""Pages and practice notebooks on their own, as on Colab: in an empty folder, with what Colab has and nothing else.

The setup cell runs as it stands. Its address leads to this checkout, and what it takes from a package index (d2l, and
setuptools to build with) comes from there. `make test` tries two pages and a practice notebook in an environment of this one's versions
of Colab's packages; `make colab` tries all in one of Colab's versions, with Python 3.13 if the machine has it.
"""
import ast
import json
import os
import re
import subprocess
import sys
import warnings
from importlib.metadata import distribution, distributions, packages_distributions

import nbformat
import pytest
from nbformat.v4 import new_code_cell
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bookbuild import pages, practice
from nbdrift import compare
from elsewhere import add_kernel, colab_packages, like_colab, make_environment, run, served_at, site_packages, with_dependencies
from test_pages import each_page, tags
from test_practice import filled

FIRST, SECOND = pages.find_pages(only=["6.3.1", "6.2.3"])[::-1]


@pytest.fixture(scope="module")
def colab(tmp_path_factory):
    """The environment's folder and the variables for its kernels. Its first notebook installs the project."""
    folder = tmp_path_factory.mktemp("colab")
    packages = with_dependencies(set(colab_packages()) & {canonicalize_name(one.metadata["Name"]) for one in distributions()})
    names = {file.parts[0] for one in packages.values() for file in one.files}
    make_environment(folder / "venv", lambda name: name in names)
    return folder / "venv", served_at(pages.repository_url(), folder)


@pytest.fixture(scope="module")
def real_colab(tmp_path_factory):
    """The same with Colab's versions, in `_build/colab`; what a page's setup cell installs goes to a folder of its own."""
    folder, kept = tmp_path_factory.mktemp("colab"), pages.ROOT / "_build" / "colab"
    python = like_colab(kept)
    version = subprocess.run([python, "-V"], capture_output=True, text=True, check=True).stdout.split()[1]
    if not version.startswith("3.13"):
        warnings.warn(f"Colab has Python 3.13, this machine has {version}: the versions of the packages are Colab's, Python's is not")
    subprocess.run([python, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    (site_packages(folder / "venv") / "colab.pth").write_text(f"{site_packages(kept)}\n")
    add_kernel(folder / "venv")
    return folder / "venv", served_at(pages.repository_url(), folder)


def page_cells(page):
    """Accepted code cells of the page."""
    return pages.code_cells(nbformat.read(page.ipynb("en"), as_version=4))


def practice_cells(page):
    """Code cells of the practice notebook, with the page's answers."""
    setup = pages.code_cells(nbformat.read(practice.path(page, "zh"), as_version=4))[0]
    return [setup, *(new_code_cell(source) for _, source in filled(page))]


def check_outputs(page, accepted, executed):
    noise = json.loads(page.noise.read_text())["noise"] if page.noise.exists() else {}
    for old, new in zip(accepted, executed, strict=True):
        if not tags(old) & {"setup", compare.IGNORED}:
            outputs = [output for output in new.outputs if output.get("name") != "stderr"]      # the progress of a training
            assert [str(difference) for difference in compare.compare_outputs(old.outputs, outputs, noise)] == [], old.source


def check_passed(page, executed):
    said = "".join(output.get("text", "") for cell in executed for output in cell.outputs)
    assert said.count("passed") == sum(source.count("verify(") for kind, source in filled(page) if "check" in kind)


def installed_by(setup):
    """The packages that the setup cell installs, in their normal form."""
    line = re.search(r"%pip install (.+?)\n(?! {8})", setup.replace("\\\n", " "))[1]
    return {canonicalize_name(re.split("[=+]", word)[0]) for word in line.split() if not word.startswith(("-", "git+"))}


def imported(code):
    """Names of the modules that these sources import, directly or through the project's own."""
    todo, names = [("", source) for source in code], set()
    while todo:
        package, source = todo.pop()
        for node in ast.walk(ast.parse(source)):
            found = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                module = ".".join(filter(None, [package * node.level, node.module]))
                found = [module, *(f"{module}.{one.name}" for one in node.names)]
            for name in {*found, *(name.split(".")[0] for name in found)} - names:
                names.add(name)
                stem = pages.ROOT / name.replace(".", "/")
                todo += [(name.split(".")[0], file.read_text(encoding="utf-8")) for file in (stem.with_suffix(".py"), stem / "__init__.py") if file.exists()]
    return names


def test_colab_and_the_setup_cell_together_give_all_that_is_imported():
    given = set(colab_packages()) | installed_by(pages.setup_source())
    code = []
    for page in pages.find_pages():
        notebooks = [page.ipynb("en"), *(file for file in [practice.path(page, "en")] if file.exists())]
        code += [cell.source for file in notebooks for cell in pages.code_cells(nbformat.read(file, as_version=4)) if "%pip" not in cell.source]
    modules = imported(code)
    assert {"d2l_solutions.checks", "nbdrift.outputs"} <= modules
    names = {module.split(".")[0] for module in modules} - set(sys.stdlib_module_names) - {"d2l_solutions", "nbdrift", "IPython"}
    assert {"torch", "d2l", "sympy"} <= names
    for name in sorted(names):
        assert {canonicalize_name(one) for one in packages_distributions()[name]} & given, f"neither Colab nor the setup cell gives {name}"
    for name in sorted(given - {"d2l"} & {canonicalize_name(one.metadata["Name"]) for one in distributions()}):       # d2l pins what it does not need
        if name in installed_by(pages.setup_source()):
            needed = [Requirement(text) for text in distribution(name).requires or []]
            lacking = {canonicalize_name(one.name) for one in needed if not one.marker or one.marker.evaluate({"extra": ""})} - given
            assert not lacking, f"{name}, which is installed without what it requires, lacks {lacking}"


def test_a_failed_installation_says_so_in_the_setup_cell(colab, tmp_path):
    environment, _ = colab
    nowhere = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": f"url.{tmp_path.as_uri()}/none.insteadOf", "GIT_CONFIG_VALUE_0": pages.repository_url()}
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    (site_packages(tmp_path / "venv") / "linked.pth").write_text(f"{environment / 'linked' / 'site-packages'}\n")
    add_kernel(tmp_path / "venv")
    cell, = run(tmp_path / "venv", [new_code_cell(pages.setup_source())], tmp_path / "empty", nowhere, allow_errors=True)
    error = cell.outputs[-1]
    assert error.output_type == "error" and error.ename == "ImportError" and "the installation failed" in error.evalue


def test_at_home_the_setup_cell_does_nothing(tmp_path):
    source = pages.setup_source()
    assert max(map(len, source.splitlines())) <= 88 and len(source.splitlines()) <= 8
    from IPython.core.inputtransformer2 import TransformerManager
    plain = TransformerManager().transform_cell(source)
    home = subprocess.run([sys.executable, "-c", f"import sys\n{plain}\nprint(sorted(name for name in sys.modules if 'd2l' in name))"],
                          cwd=tmp_path, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(pages.ROOT)})
    assert (home.stdout, home.stderr) == ("[]\n", "")


def test_the_setup_cell_installs_all_that_a_page_needs(colab, tmp_path):
    environment, variables = colab
    accepted = page_cells(FIRST)
    assert len(accepted) > 5 and "%pip install" in accepted[0].source
    check_outputs(FIRST, accepted, run(environment, accepted, tmp_path / "page", variables))
    script = "import d2l, d2l_solutions, nbdrift, pathlib; print(pathlib.Path(d2l.__file__).parents[1], d2l_solutions.__path__[0], nbdrift.__path__[0])"
    found = subprocess.run([environment / "bin" / "python", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True,
                           env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"}).stdout.split()
    assert all(str(environment / "lib") in path for path in found), found
    for source, installed in (("d2l_solutions", found[1]), ("nbdrift", found[2])):
        for file in [*(pages.ROOT / source).glob("*.py"), *(pages.ROOT / source).glob("studies/*.json")]:
            assert (type(file)(installed) / file.relative_to(pages.ROOT / source)).is_file(), f"{file.name} is not installed"


def test_a_practice_notebook_says_what_is_missing_and_takes_the_answer(colab, tmp_path):
    environment, variables = colab
    untouched = pages.code_cells(nbformat.read(practice.path(FIRST, "en"), as_version=4))
    executed = run(environment, untouched, tmp_path / "untouched", variables, allow_errors=True)
    errors = [output.evalue for cell in executed for output in cell.outputs if output.output_type == "error"]
    assert errors == ["your answer is missing: output_size"]
    check_passed(FIRST, run(environment, practice_cells(FIRST), tmp_path / "filled", variables))


def test_a_second_page_runs(colab, tmp_path):
    environment, variables = colab
    accepted = page_cells(SECOND)
    check_outputs(SECOND, accepted, run(environment, accepted, tmp_path / "page", variables))


@pytest.mark.colab
@each_page
def test_page_and_practice_notebook(real_colab, page, tmp_path):
    """The whole page; then, its names forgotten, the practice notebook."""
    environment, variables = real_colab
    accepted = page_cells(page)
    cells = [*accepted, new_code_cell("%reset -f"), *practice_cells(page)]
    executed = run(environment, cells, tmp_path / "empty", variables)
    check_outputs(page, accepted, executed[:len(accepted)])
    check_passed(page, executed[len(accepted):])
