"""The commands of ADOPT.md, one after the other, on a small book; and the claims of the README that a program can judge."""
import re
import shlex

import pytest
from nbdrift.tests.conftest import CELLS, PACKAGE, write

from nbdrift import compare


def commands():
    blocks = re.findall(r"```bash\n(.*?)```", (PACKAGE / "ADOPT.md").read_text(encoding="utf-8"), re.S)
    return [line for block in blocks for line in block.split("\n") if line.startswith("pytest")]


def test_the_steps_of_adopting_work(nbval, tmp_path):
    (tmp_path / "chapters").mkdir()
    write(tmp_path / "chapters" / "one.ipynb", list(CELLS.values())[:4])
    write(tmp_path / "chapters" / "two.ipynb", ["import random\nprint(f'{5 + random.random():.3f}')"])
    steps = [shlex.split(command.partition("&&")[0])[1:] for command in commands()]
    assert [arguments[-2] for arguments in steps] == ["--drift-report=moved", "--drift-accept", "--drift-calibrate=6", "--nbval-current-env"]
    done = [nbval(*arguments[2:]) for arguments in steps]
    assert [code for code, _ in done] == [0, 0, 0, 0], [said for _, said in done]
    assert (tmp_path / "chapters" / "two.noise.json").exists() and "not compared" not in done[-1][1]


@pytest.mark.parametrize("text, value", [("11 times", compare.Z), ("1e-5 of", compare.COMPUTED), ("1e-9 of", compare.PRINTED), ("1e-13 of", compare.ROUNDING),
                                         ("from 7 digits", compare.FULL)])
def test_the_readme_states_the_rules_as_they_are(text, value):
    assert text in (PACKAGE / "README.md").read_text(encoding="utf-8") and float(re.search(r"[\d.]+(?:e-\d+)?", text)[0]) == value


def test_the_layout_names_every_file():
    listed = set(re.findall(r"`(\w+\.py)`", (PACKAGE / "README.md").read_text(encoding="utf-8")))
    assert {file.name for file in PACKAGE.glob("*.py")} - {"__init__.py"} <= listed


def test_nothing_is_imported_from_the_book():
    code = {file.name: file.read_text(encoding="utf-8") for file in PACKAGE.glob("*.py")}
    assert not [name for name, text in code.items() if re.search(r"^\s*(from|import) (d2l|bookbuild|torch|jupyter_book)", text, re.M)]
    library = [file.read_text(encoding="utf-8") for file in (PACKAGE.parent / "d2l_solutions").glob("*.py")]
    assert library and not any(re.search(r"^\s*(from|import) bookbuild", text, re.M) for text in library)
