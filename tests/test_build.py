"""The way from page to accepted outputs, on a book of one page: the real runner, the real commands."""
import json
import os
import shutil
import sys

import nbformat
import pytest

from bookbuild import pages
from conftest import bookbuild


def page_of(root):
    return pages.find_pages(root)[0]


def edit(file, old, new):
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def edit_both(root, old, new, paired=True):
    for edition in pages.EDITIONS:
        edit(page_of(root).md(edition), old, new)
        if paired:
            pages.pair(page_of(root), edition)


def test_a_page_that_was_never_run_fails_and_accepting_makes_it_pass(book):
    failed = bookbuild(book, "pages")
    assert failed.returncode == 1 and "was never run" in failed.stdout and "never measured" not in failed.stdout
    assert bookbuild(book, "calibrate").returncode == 0
    assert bookbuild(book, "accept").returncode == 0
    passed = bookbuild(book, "pages")
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert (book / "figures" / "1.1.1-powers.svg").read_text() == (book / "_build" / "figures" / "1.1.1-powers.svg").read_text()
    english, chinese = (nbformat.read(page_of(book).ipynb(edition), as_version=4) for edition in pages.EDITIONS)
    assert [cell.outputs for cell in pages.code_cells(english)] == [cell.outputs for cell in pages.code_cells(chinese)]
    assert chinese.cells[0].source == "# 1.1.1 幂"
    assert json.loads(page_of(book).noise.read_text())["noise"]["training"]["trained"]["accuracy"][0] > 1e-4


def test_uncalibrated_numbers_fail(accepted):
    page_of(accepted).noise.unlink()
    failed = bookbuild(accepted, "pages")
    assert failed.returncode == 1 and "re-run noise was never measured" in failed.stdout


def run_count(done):
    """How many pages a command ran."""
    return int(done.stdout.split("running ")[1].split()[0]) if "running " in done.stdout else 0


def test_a_page_is_run_again_only_if_its_inputs_changed(accepted):
    assert run_count(bookbuild(accepted, "pages")) == 0
    edit(page_of(accepted).md("zh"), "幂", "乘方")
    pages.pair(page_of(accepted), "zh")
    assert run_count(bookbuild(accepted, "pages")) == 0, "prose"
    edit(accepted / "d2l_solutions" / "train.py", "import", "# a comment\nimport")
    assert run_count(bookbuild(accepted, "pages")) == 0, "a module that the page does not import"
    edit(accepted / "nbdrift" / "outputs.py", "import", "# a comment\nimport")
    assert run_count(bookbuild(accepted, "pages")) == 1, "a module that the page imports"
    edit(accepted / "nbdrift" / "__init__.py", "\"\"\"", "\"\"\"A ")
    assert run_count(bookbuild(accepted, "pages")) == 1, "the package of a module that the page imports"
    (accepted / "requirements.txt").write_text("numpy>=3\n")
    assert run_count(bookbuild(accepted, "pages")) == 1, "the lock file"
    assert run_count(bookbuild(accepted, "pages", OMP_NUM_THREADS="2")) == 1, "the thread count"


@pytest.mark.parametrize("code, relevant", [
    ("import d2l_solutions", {"d2l_solutions/__init__.py"}),
    ("from d2l_solutions import train", {"d2l_solutions/__init__.py", "d2l_solutions/train.py", "d2l_solutions/outputs.py", "nbdrift/__init__.py",
                                         "nbdrift/bundle.py", "nbdrift/pack.py", "site/d2l/__init__.py", "site/d2l/torch.py",
                                         "site/d2l/core.so"}),
    ("def f():\n    import math, d2l_solutions.outputs as o", {"d2l_solutions/__init__.py", "d2l_solutions/outputs.py", "nbdrift/__init__.py",
                                                             "nbdrift/bundle.py", "nbdrift/pack.py"}),
    ("from nbdrift.pack import (pack,\n  unpack)", {"nbdrift/__init__.py", "nbdrift/pack.py"}),
    ("%time import alone", {"site/alone.py"}),
    ("import nowhere.at.all", set())])
def test_what_a_page_imports_belongs_to_its_key(code, relevant, tmp_path, monkeypatch):
    for file, text in {"d2l_solutions/__init__.py": "", "d2l_solutions/train.py": "from . import outputs\nfrom d2l import torch as d2l",
                       "d2l_solutions/outputs.py": "from nbdrift import bundle", "d2l_solutions/data.py": "", "nbdrift/__init__.py": "",
                       "nbdrift/bundle.py": "from .pack import pack", "nbdrift/pack.py": "", "nbdrift/gate.py": "import alone", "site/d2l/__init__.py": "",
                       "site/d2l/torch.py": "", "site/d2l/core.so": "", "site/alone.py": ""}.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text + "\n# a")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "site"), *sys.path])

    def digest():
        pages.stamp.cache_clear()
        return pages.library_digest(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)]), tmp_path)
    before, moved = digest(), set()
    assert digest() == before
    for file in sorted(tmp_path.rglob("*.*")):
        text, time = file.read_bytes(), file.stat().st_mtime_ns
        file.write_bytes(text[:-1] + b"b")               # as long as before
        moved |= {str(file.relative_to(tmp_path))} if digest() != before else set()
        file.write_bytes(text)
        os.utime(file, ns=(time, time))
    assert digest() == before and moved == relevant


CODE = [("(7,)", "x = np.linspace(0, 1, 7)", "x = np.linspace(0, 1, 8)"), ("1-line", 'ax.plot(x, x ** 3, label="cube")\n', ""),
        ("losses", "2.2]", "2.201]"), ("accuracy", "0.79]", "0.77]"), ("missing", "6 * 7\n", "answer = 6 * 7\n")]    # more in mutations.py


@pytest.mark.parametrize("named, old, new", CODE, ids=[new or "removed" for _, _, new in CODE])
def test_a_change_of_code_is_refused_with_a_report_that_names_it(accepted, named, old, new):
    edit_both(accepted, old, new)
    failed = bookbuild(accepted, "pages")
    assert failed.returncode == 1 and named in failed.stdout and "belong to other code" in failed.stdout, failed.stdout
    record, = json.loads((accepted / "_build" / "report.json").read_text())["pages"]
    assert any(failure["kind"] == "drifted" for failure in record["failures"])


def other_page(root, body):
    """A second page whose last cell is `body`, paired but never run."""
    for edition in pages.EDITIONS:
        source = page_of(root).md(edition).read_text().replace("1.1.1", "1.1.2").replace("6 * 7", body)
        target = page_of(root).md(edition).with_name("1.1.2-other.md")
        target.write_text(source)
        with open(root / "_toc.yml", "a") as toc:
            toc.write(f"- file: chapters/{edition}/1.1-demo/1.1.2-other\n")
    for edition in pages.EDITIONS:
        pages.pair(pages.find_pages(root)[1], edition)


def test_an_exception_is_reported_and_the_other_pages_still_run(accepted):
    other_page(accepted, 'raise ValueError("no such thing")')
    edit(accepted / "requirements.txt", "numpy", "scipy")
    failed = bookbuild(accepted, "pages")
    assert failed.returncode == 1 and run_count(failed) == 2 and "1.1.1-powers" in failed.stdout
    assert "no such thing" in failed.stdout and "code cell 4 failed" in failed.stdout
    assert "1 of 2 pages are not as accepted" in failed.stderr
    refused = bookbuild(accepted, "accept")
    assert refused.returncode == 1 and "1.1.2-other" in refused.stderr
    assert all(cell.execution_count is None for cell in pages.code_cells(nbformat.read(pages.find_pages(accepted)[1].ipynb("en"), 4)))


def test_a_page_that_complains_is_not_accepted(accepted):
    edit_both(accepted, "6 * 7", "import warnings; warnings.warn('old')")
    drifted = bookbuild(accepted, "pages")
    assert 'make accept PAGES="1.1.1"' in drifted.stderr
    refused = bookbuild(accepted, "accept")
    assert refused.returncode == 1 and "code cell 4 complains" in refused.stderr and "warnings.warn('old')" in refused.stderr, refused.stderr


def test_device_cuda_is_never_replaced_by_the_cpu(accepted):
    import torch
    if torch.cuda.is_available():
        pytest.skip("a CUDA GPU is present")
    failed = bookbuild(accepted, "pages", DEVICE="cuda")
    assert failed.returncode == 1 and "DEVICE=cuda demands a CUDA GPU" in failed.stderr
    assert "must be auto, cpu or cuda" in bookbuild(accepted, "pages", DEVICE="gpu").stderr


def twin_of(root):
    """Another page of the same file name in another section, paired and in the table of contents."""
    for edition in pages.EDITIONS:
        folder = root / "chapters" / edition / "1.2-more"
        folder.mkdir()
        for file in page_of(root).md(edition).parent.glob("1.1.1-powers.*"):
            shutil.copy(file, folder)
        with open(root / "_toc.yml", "a") as toc:
            toc.write(f"- file: chapters/{edition}/1.2-more/1.1.1-powers\n")


def test_two_pages_of_one_number_are_both_named_and_neither_is_run(accepted):
    twin_of(accepted)
    notebooks = {file: file.read_bytes() for file in accepted.rglob("chapters/**/*.ipynb")}
    for command in ("pages", "accept"):
        failed = bookbuild(accepted, command)
        assert failed.returncode == 1 and run_count(failed) == 0 and "Traceback" not in failed.stderr, failed.stderr
        assert failed.stdout.count("1.1.1 is the number of 2 pages, chapters/en/1.1-demo/1.1.1-powers.md and chapters/en/1.2-more/1.1.1-powers.md: "
                                   "remove one, or rename it with a number of its own") == 2, failed.stdout
    assert notebooks == {file: file.read_bytes() for file in accepted.rglob("chapters/**/*.ipynb")}


def test_a_figure_under_the_name_of_another_page_is_refused_and_that_page_is_not_blamed(accepted):
    other_page(accepted, 'show(plt.figure(), "1.1.1-powers")')
    figure = (accepted / "figures" / "1.1.1-powers.svg").read_bytes()
    refused = bookbuild(accepted, "accept")
    assert refused.returncode == 1 and (accepted / "figures" / "1.1.1-powers.svg").read_bytes() == figure
    assert ("chapters/en/1.1-demo/1.1.2-other.md: code cell 4 names an output 1.1.1-powers, a name of chapters/en/1.1-demo/1.1.1-powers.md: "
            "begin its name with 1.1.2-") in refused.stderr, refused.stderr
    assert "1 page as accepted" in refused.stdout
