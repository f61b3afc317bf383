"""Pages and practice notebooks on their own, as on Colab: in an empty folder, with packages but neither d2l nor this project.

The setup cell runs as it stands. Its address leads to this checkout, and what it takes from a package index (d2l, and setuptools to
build with) comes from there. `make test` tries one page and its practice notebook, `make colab` all of them.
"""
import json
import os
import subprocess

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from bookbuild import gate, pages, practice
from elsewhere import make_environment, run, served_at
from test_pages import each_page, tags
from test_practice import filled

FIRST, = pages.find_pages(only=["6.3.1"])


@pytest.fixture(scope="module")
def colab(tmp_path_factory):
    """The environment's folder and the variables for its kernels. Its first notebook installs the project."""
    folder = tmp_path_factory.mktemp("colab")
    make_environment(folder / "venv", lambda name: not name.startswith("d2l"))
    variables = served_at(pages.repository_url(), folder)
    return folder / "venv", variables


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
        if not tags(old) & {"setup", gate.IGNORED}:
            outputs = [output for output in new.outputs if output.get("name") != "stderr"]      # the progress of a training
            assert [str(difference) for difference in gate.compare_outputs(old.outputs, outputs, noise)] == [], old.source


def check_passed(page, executed):
    said = "".join(output.get("text", "") for cell in executed for output in cell.outputs)
    assert said.count("passed: ") == sum("check" in kind for kind, _ in filled(page))


def test_the_setup_cell_installs_all_that_a_page_needs(colab, tmp_path):
    environment, variables = colab
    accepted = page_cells(FIRST)
    assert len(accepted) > 5 and "%pip install" in accepted[0].source
    check_outputs(FIRST, accepted, run(environment, accepted, tmp_path / "page", variables))
    script = "import d2l, d2l_solutions, pathlib; print(pathlib.Path(d2l.__file__).parents[1]); print(d2l_solutions.__path__[0])"
    found = subprocess.run([environment / "bin" / "python", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True,
                           env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"}).stdout.split()
    assert all(str(environment / "lib") in path for path in found), found
    source = pages.ROOT / "d2l_solutions"
    for file in [*source.rglob("*.py"), *source.rglob("*.json")]:
        assert (type(file)(found[1]) / file.relative_to(source)).is_file(), f"{file.name} is not installed"


def test_a_practice_notebook_says_what_is_missing_and_takes_the_answer(colab, tmp_path):
    environment, variables = colab
    untouched = pages.code_cells(nbformat.read(practice.path(FIRST, "en"), as_version=4))
    executed = run(environment, untouched, tmp_path / "untouched", variables, allow_errors=True)
    errors = [output.evalue for cell in executed for output in cell.outputs if output.output_type == "error"]
    assert errors == ["your answer is missing: output_size", "your answer is missing: coverage"]
    check_passed(FIRST, run(environment, practice_cells(FIRST), tmp_path / "filled", variables))


@pytest.mark.colab
@each_page
def test_page_and_practice_notebook(colab, page, tmp_path):
    """The whole page; then, its names forgotten, the practice notebook."""
    environment, variables = colab
    accepted = page_cells(page)
    cells = [*accepted, new_code_cell("%reset -f"), *practice_cells(page)]
    executed = run(environment, cells, tmp_path / "empty", variables)
    check_outputs(page, accepted, executed[:len(accepted)])
    check_passed(page, executed[len(accepted):])
