"""What a build reports of each kind of drift: on the terminal, as JSON and JUnit XML, as pictures."""
import json
import xml.etree.ElementTree as xml

import nbformat
import numpy as np
import pytest

from bookbuild import pages, report, run
from conftest import HEADER, bookbuild, make_book
from nbdrift import moved
from nbdrift.bundle import BUNDLE, pack, unpack

PAGE = HEADER + """\
# 1.1.1 {title}

```{{code-cell}} ipython3
:tags: [setup, remove-cell]

```

```{{code-cell}} ipython3
import numpy as np
import matplotlib.pyplot as plt
from nbdrift import publish, report, show, sound
print("the kernel has 25 weights\\nand its mean is 0.5000\\nits sign alternates")
```

```{{code-cell}} ipython3
---
mystnb:
  image:
    alt: {alt}
---
x = np.linspace(0, 1, 7)
fig, (left, right) = plt.subplots(1, 2, figsize=(6, 2.5))
left.plot(x, x ** 2, label="square")
left.plot(x, x ** 3, label="cube")
left.legend()
right.imshow(np.outer(x, x), cmap="gray")
show(fig, "1.1.1-powers")
```

```{{code-cell}} ipython3
---
sounds: [A rising tone]
---
sound(np.sin(np.arange(400) ** 1.5 / 20), 8000, "1.1.1-tone")
```

```{{code-cell}} ipython3
import os
noise = 1e-3 * (os.environ.get("D2L_PERTURB") == "1e-7")
curve = np.linspace(0.5, 0.8, 10) + np.array([[0], [0.02]]) + noise
publish("trained to 0.81", "LeNet", {{"seeds": [0, 1]}}, first_steps={{"losses": [[2.3, 2.2], [2.4, 2.1]]}}, trained={{"accuracy": curve}})
```

```{{code-cell}} ipython3
report("gain", "max pooling gains {{gain:.1f}} points", gain=2.4 + noise)
```
"""


@pytest.fixture(scope="module")
def reported_book(tmp_path_factory):
    root = tmp_path_factory.mktemp("reported")
    make_book(root, PAGE)
    for command in ("calibrate", "accept"):
        done = bookbuild(root, command)
        assert done.returncode == 0, done.stdout + done.stderr
    return root


def drift(root, monkeypatch, capsys, change):
    """Report on the book after `change(code cells)` of its accepted outputs: (terminal, records, JUnit test case)."""
    monkeypatch.setenv("DEVICE", "cpu")
    page, = pages.find_pages(root)
    before = page.ipynb("en").read_text(encoding="utf-8")
    notebook = nbformat.reads(before, as_version=4)
    change(pages.code_cells(notebook))
    try:
        for edition in pages.EDITIONS:
            accepted = nbformat.read(page.ipynb(edition), as_version=4)
            for cell, changed in zip(pages.code_cells(accepted), pages.code_cells(notebook)):
                cell.outputs = changed.outputs
            pages.write_notebook(page.ipynb(edition), accepted)
        results = run.run_pages([page], root / "_build")
        report.report(results, root / "_build")
    finally:
        for edition in pages.EDITIONS:
            accepted = nbformat.read(page.ipynb(edition), as_version=4)
            for cell, original in zip(pages.code_cells(accepted), pages.code_cells(nbformat.reads(before, as_version=4))):
                cell.outputs = original.outputs
            pages.write_notebook(page.ipynb(edition), accepted)
    record, = json.loads((root / "_build" / "report.json").read_text())["pages"]
    case, = xml.parse(root / "_build" / "report.xml").getroot().iter("testcase")
    return capsys.readouterr().out, record["failures"], case


def words(cells):
    cells[1].outputs[0].text = cells[1].outputs[0].text.replace("alternates", "is constant")


def integer(cells):
    cells[1].outputs[0].text = cells[1].outputs[0].text.replace("25", "24")


def real(cells):
    cells[1].outputs[0].text = cells[1].outputs[0].text.replace("0.5000", "0.5004")


def bundled(cell, rule, key, move):
    """A change of an accepted array: `move` takes and returns it."""
    def change(cells):
        values = cells[cell].outputs[0].data[BUNDLE][rule]
        values[key] = pack(move(unpack(values[key])))
    return change


def legend(cells):
    cells[2].outputs[0].data[BUNDLE]["structure"]["axes"][0]["legend"][1] = "third power"


DRIFTS = [                       # what moved, then of its record: quantity, accepted, new, allowed, excess, picture
    (words, "stdout, line 3", "its sign is constant", "its sign alternates", None, None, None),
    (integer, "stdout, line 1", "24", "25", None, None, None),
    (real, "stdout, line 2", "0.5004", "0.5000", 1e-4, 4, None),
    (legend, "1.1.1-powers, axes 0, legend 1", '"third power"', '"cube"', None, None, "1.1.1-powers"),
    (bundled(2, "computed", "0/1-line/y", lambda y: y + 0.001 * (np.arange(7) == 3)), '1.1.1-powers, 0/1-line/y at [3] ("cube")',
     "0.126", "0.125", 1e-5, 100, "1.1.1-powers"),
    (bundled(2, "computed", "1/0-image/pixels", np.flipud), "1.1.1-powers, 1/0-image/pixels at [0, 6]", "1", "0", 1e-5, 1e5, "1.1.1-powers"),
    (bundled(3, "computed", "samples", lambda y: y - 400 * (np.arange(400) == 9)), "1.1.1-tone, samples at [9]", None, None, None, None, "1.1.1-tone"),
    (bundled(4, "first_steps", "losses", lambda losses: losses + [[0, 0.01], [0, 0]]), "LeNet, losses at [0, 1]", "2.21", "2.2",
     2.21e-4, 45.2, "1.1.1-LeNet"),
    (bundled(4, "trained", "accuracy", lambda curve: curve + 0.02), "LeNet, accuracy at [0, 0]", "0.52", "0.5", None, None, "1.1.1-LeNet"),
    (bundled(5, "trained", "gain", lambda gain: gain + 0.5), "gain, gain", "2.9", "2.4", None, None, None)]


@pytest.mark.parametrize("change, quantity, accepted, new, allowed, excess, picture", DRIFTS, ids=[drift[1] for drift in DRIFTS])
def test_a_drift_is_told_with_all_that_one_needs(reported_book, monkeypatch, capsys, change, quantity, accepted, new, allowed, excess, picture):
    said, records, case = drift(reported_book, monkeypatch, capsys, change)
    record, = [record for record in records if record["kind"] == "drifted"]
    assert record["page"] == "1.1.1-powers" and record["line"] in said and f"code cell {record['cell']}: " in said
    assert record["quantity"] == quantity and quantity in said
    if accepted:
        assert (record["accepted"], record["new"]) == (accepted, new) and accepted in said and new in said
    if allowed:
        assert record["allowed"] == pytest.approx(allowed, rel=0.01) and record["excess"] == pytest.approx(excess, rel=0.01)
    assert case.get("name") == "1.1.1-powers" and quantity in case.find("failure").text
    if picture:
        assert record["picture"] == f"_build/drift/{picture}.html" and record["picture"] in said
        shown = (reported_book / record["picture"]).read_text()
        assert "accepted" in shown and "http" not in shown and quantity.split(" at ")[0].split(", ")[1] in shown
        assert shown.count("<img") + shown.count("<audio") >= (3 if "powers" in picture or "tone" in picture else 1)
    else:
        assert "picture" not in record and not (reported_book / "_build" / "drift").exists()


def test_moved_words_are_shown_as_a_difference_of_lines(reported_book, monkeypatch, capsys):
    said, records, _ = drift(reported_book, monkeypatch, capsys, words)
    assert "\n     and its mean is 0.5000\n    -its sign is constant\n    +its sign alternates\n" in said
    assert "+its sign alternates" in records[0]["text"]


def test_a_missing_figure_is_shown_beside_nothing(reported_book, monkeypatch, capsys):
    _, records, _ = drift(reported_book, monkeypatch, capsys, lambda cells: cells[2].outputs.clear())
    record = records[-1]
    assert (record["quantity"], record["accepted"]) == ("output 0", "nothing")
    assert "<p>nothing</p>" in (reported_book / record["picture"]).read_text()


def test_a_book_as_accepted_has_no_failures_in_any_report(reported_book, monkeypatch, capsys):
    said, records, case = drift(reported_book, monkeypatch, capsys, lambda cells: None)
    assert said == "" and records == [] and len(case) == 0
    suite = xml.parse(reported_book / "_build" / "report.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("1", "0", "0")


def test_a_long_list_is_cut_on_the_terminal_but_not_in_the_report(reported_book, monkeypatch, capsys):
    def all_lines(cells):
        cells[1].outputs[0].text = "\n".join(f"{i}.25" for i in range(40)) + cells[1].outputs[0].text
    said, records, _ = drift(reported_book, monkeypatch, capsys, all_lines)
    assert len(said.splitlines()) < 30 and "more lines in _build/report.json" in said
    assert records[0]["text"].count("\n") >= 40


def test_a_quantity_that_only_one_figure_draws_has_no_label():
    structure = {"axes": [{"artists": [{"label": "cube"}]}]}
    assert moved.label("f, 0/0-line/y", structure) == ' ("cube")'
    assert moved.label("f, 0/1-line/y", structure) == moved.label("f, 1/0-line/y", structure) == moved.label("f, axes", structure) == ""
