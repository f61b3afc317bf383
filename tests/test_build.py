"""The way from page to accepted outputs, on a book of one page: the real runner, the real commands."""
import json

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
    (accepted / "requirements.txt").write_text("numpy>=3\n")
    assert run_count(bookbuild(accepted, "pages")) == 1, "the lock file"
    assert run_count(bookbuild(accepted, "pages", OMP_NUM_THREADS="2")) == 1, "the thread count"


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


def test_device_cuda_is_never_replaced_by_the_cpu(accepted):
    import torch
    if torch.cuda.is_available():
        pytest.skip("a CUDA GPU is present")
    failed = bookbuild(accepted, "pages", DEVICE="cuda")
    assert failed.returncode == 1 and "DEVICE=cuda demands a CUDA GPU" in failed.stderr
    assert "must be auto, cpu or cuda" in bookbuild(accepted, "pages", DEVICE="gpu").stderr
