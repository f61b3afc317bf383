"""A notebook that knows nothing of nbdrift, compared by the wheel alone: what passes, and what must not."""
import re
import shutil

import nbformat
import pytest
from nbdrift.tests.conftest import CELLS, edit, report_of, write

FAULTS = {                       # what is changed in the code: (old, new, what the message names)
    "a printed number": ("0.1234", "0.1238", "0.6234, now 0.6238"),
    "a printed count": ("len(x)} numbers", "len(x) + 1} numbers", "accepted 5, now 6"),
    "a printed word": ("mean {", "median {", "words must be equal"),
    "an element of an array": ("x / 3", "x / 3 + 1e-6 * (x == 0.5)", "0.16666667, now 0.16666767"),
    "a cell of a data frame": ("2 / 3", "2 / 3 + 1e-4", "0.666667, now 0.666767"),
    "the head of a column": ("'value'", "'values'", "words must be equal"),
    "a curve shifted by 1 %": ("x ** 2", "x ** 2 + 0.01", "figure 1, 0/0-line/y"),
    "a label": ("'time'", "'tide'", "figure 1, axes 0, labels 0"),
    "a legend's words": ("'cube'", "'cubic'", "figure 1, axes 0, artists 1, label"),
    "an axis turned round": ("plt.show()", "left.invert_yaxis()\nplt.show()", "figure 1, axes 0, inverted 1"),
    "a line left out": ("left.plot(x, x ** 3, label='cube')\n", "", "figure 1, axes 0, artists"),
    "a colour": ("x ** 2, label", "x ** 2, color='red', label", "figure 1, axes 0, artists 0, color"),
    "an image upside down": ("reshape(2, 3))", "reshape(2, 3), origin='lower')", "origin"),
    "no figure": ("plt.show()", "plt.close()", "an output is missing"),
    "a line's width": ("x ** 2, label", "x ** 2, linewidth=4, label", "figure 1, pixels"),
}


@pytest.fixture(scope="session")
def accepted(installed, tmp_path_factory):
    """The accepted notebook, and what was said when it was accepted; made once."""
    return {"folder": tmp_path_factory.mktemp("accepted")}


def made(accepted, nbval):
    if "path" not in accepted:
        path = write(accepted["folder"] / "demo.ipynb", CELLS.values())
        accepted["never run"] = nbval(path)
        accepted["accepting"] = nbval("--drift-accept", path)
        accepted["path"] = path
    return accepted["path"]


def test_what_was_never_run_is_said_to_be_not_compared(accepted, nbval):
    made(accepted, nbval)
    code, said = accepted["never run"]
    assert code == 0 and said.count("the cell was never run") == len(CELLS) and "--drift-accept" in said


def test_accepting_says_what_changes_and_stores_the_numbers_of_figures(accepted, nbval):
    path = made(accepted, nbval)
    code, said = accepted["accepting"]
    assert code == 0 and "demo.ipynb: accepted" in said and "mean 0.6234 of 5 numbers" in said
    figure = nbformat.read(path, as_version=4).cells[3].outputs[0].data
    assert {"image/png", "application/vnd.nbdrift+json"} <= set(figure)


def test_it_passes_again_and_again(accepted, nbval):
    path = made(accepted, nbval)
    for _ in range(2):
        code, said = nbval(path)
        assert code == 0 and "not compared" not in said, said


def test_every_fault_fails_with_a_message_that_names_it(accepted, nbval, tmp_path):
    path = made(accepted, nbval)
    for number, (old, new, _) in enumerate(FAULTS.values()):
        edit(shutil.copy(path, tmp_path / f"fault{number}.ipynb"), old, new)
    code, said = nbval("--drift-report=report", *sorted(tmp_path.glob("fault*.ipynb")))
    assert code == 1 and len(set(re.findall(r"FAILED (fault\d+)", said))) == len(FAULTS)
    for number, (fault, (old, new, named)) in enumerate(FAULTS.items()):
        told = [f"{one['quantity']}: accepted {one['accepted']}, now {one['new']} ({one['rule']})" for one in report_of(tmp_path / "report" / f"fault{number}.json")]
        assert any(named in line for line in told), (fault, told)
        assert all(line.partition(" (")[0] in said for line in told if named in line), fault
    pictures = [file.name for file in (tmp_path / "report").glob("*.html")]
    assert "fault6-figure-1.html" in pictures
    assert "data:image/png" in (tmp_path / "report" / "fault6-figure-1.html").read_text(encoding="utf-8")


def test_what_varies_passes_when_its_noise_was_measured_and_a_fault_still_fails(nbval, tmp_path):
    random = write(tmp_path / "random.ipynb", ["import random, numpy as np\nprint(f'{1000 + random.gauss(0, 0.1):.4f}')\nnp.random.normal(3, 0.01, 4)"])
    steps = [nbval("--drift-accept", random), nbval(random), nbval("--drift-calibrate=6", random), nbval(random), nbval(random)]
    assert [code for code, _ in steps] == [0, 1, 0, 0, 0], [said for _, said in steps]
    assert "numbers that move: 1 in cell 0, output 0, 4 in cell 0, output 1" in steps[2][1]
    edit(random, "1000 +", "1010 +")
    code, said = nbval(random)
    assert code == 1 and "(re-run noise: allowed" in said
    record = tmp_path / "random.noise.json"
    record.write_text(re.sub(r"0\.\d", "9.9", record.read_text(encoding="utf-8"), count=1), encoding="utf-8")
    assert "edited since" in nbval(random)[1]


def test_what_cannot_be_calibrated_is_named(nbval, tmp_path):
    path = write(tmp_path / "words.ipynb", ["import random\nprint(random.choice('abcdefghijklmnopqrstuvwxyz') * random.randint(1, 99), 1.5)"])
    nbval("--drift-accept", path)
    code, said = nbval("--drift-calibrate=3", path)
    assert code == 0 and "words.ipynb: cell 0, output 0 has other words" in said and "nbval-ignore-output" in said


def test_a_notebook_that_breaks_is_neither_accepted_nor_calibrated(nbval, tmp_path):
    path = write(tmp_path / "broken.ipynb", ["print(1.5)", "1 / 0", "print(2.5)"])
    before = path.read_bytes()
    code, said = nbval("--drift-accept", path)
    assert code == 1 and "not accepted, since it did not run to its end" in said and path.read_bytes() == before
    code, said = nbval("--drift-calibrate=2", path)
    assert code == 1 and "ZeroDivisionError" in said and not list(tmp_path.glob("*.noise.json"))


def test_a_part_of_a_notebook_is_not_accepted(accepted, nbval, tmp_path):
    path = shutil.copy(made(accepted, nbval), tmp_path / "part.ipynb")
    before = path.read_bytes()
    code, said = nbval("--drift-accept", f"{path}::Cell 0")
    assert "not accepted" in said and path.read_bytes() == before


def test_wrong_use_is_told(nbval, tmp_path):
    path = write(tmp_path / "one.ipynb", ["1"])
    assert "at least 2 runs" in nbval("--drift-calibrate=1", path)[1]


def test_a_stored_picture_without_numbers_is_said_to_be_not_compared(accepted, nbval, tmp_path):
    path = shutil.copy(made(accepted, nbval), tmp_path / "older.ipynb")
    notebook = nbformat.read(path, as_version=4)
    del notebook.cells[3].outputs[0].data["application/vnd.nbdrift+json"]
    nbformat.write(notebook, path)
    code, said = nbval(path)
    assert code == 0 and "its numbers were never accepted" in said and "--drift-accept" in said


def test_an_accepted_error_and_a_semicolon_are_taken_as_jupyter_takes_them(nbval, tmp_path):
    path = write(tmp_path / "error.ipynb", ["1 / 0", "x = 3\nx;", "print(x)"])
    notebook = nbformat.read(path, as_version=4)
    for number, outputs in enumerate([[nbformat.v4.new_output("error", ename="ZeroDivisionError", evalue="division by zero", traceback=[])], [],
                                      [nbformat.v4.new_output("stream", name="stdout", text="3\n")]]):
        notebook.cells[number].update(outputs=outputs, execution_count=number + 1)
    nbformat.write(notebook, path)
    code, said = nbval(path)
    assert code == 0 and "3 passed" in said, said
    edit(path, "1 / 0", "[][0]")
    code, said = nbval(path)
    assert code == 1 and "accepted ZeroDivisionError" in said and "1 failed, 2 passed" in said


def test_what_nbval_is_told_to_sanitize_is_not_compared(nbval, tmp_path):
    path = write(tmp_path / "clock.ipynb", ["import time\nprint(f'at {time.time_ns()} the answer is {1.5}')"])
    nbval("--drift-accept", path)
    (tmp_path / "clock.cfg").write_text("[clock]\nregex: at [0-9.]+\nreplace: then\n", encoding="utf-8")
    assert nbval(path)[0] == 1 and nbval(f"--nbval-sanitize-with={tmp_path}/clock.cfg", path)[0] == 0
    edit(path, "{1.5}", "{1.7}")
    assert nbval(f"--nbval-sanitize-with={tmp_path}/clock.cfg", path)[0] == 1


def test_a_kernel_without_nbdrift_is_told(accepted, nbval, tmp_path):
    path = shutil.copy(made(accepted, nbval), tmp_path / "elsewhere.ipynb")
    (tmp_path / "ipython" / "profile_default" / "startup").mkdir(parents=True, exist_ok=True)
    (tmp_path / "ipython" / "profile_default" / "startup" / "0.py").write_text("import sys; sys.modules['nbdrift'] = None\n", encoding="utf-8")
    code, said = nbval(path)
    assert code == 1 and "the kernel cannot import nbdrift" in said and "were not captured" in said, said


def test_figures_as_svg_and_figures_of_chance(nbval, tmp_path):
    path = write(tmp_path / "svg.ipynb", ["%config InlineBackend.figure_format = 'svg'\nimport numpy as np, matplotlib.pyplot as plt\nplt.plot([1, 2, 4])",
                                          "plt.plot(np.random.default_rng().normal(0, 50, 40))\nplt.show()"])
    codes = [nbval(*arguments, path)[0] for arguments in (["--drift-accept"], [], ["--drift-calibrate=5"], [], [])]
    assert codes == [0, 1, 0, 0, 0]
    edit(path, "[1, 2, 4]", "[1, 2, 4.01]")
    edit(path, "(0, 50, 40)", "(5000, 50, 40)")
    code, said = nbval(path)
    assert code == 1 and "figure 1, 0/0-line/y" in said and "figure 2, 0/0-line/y" in said
