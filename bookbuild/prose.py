"""The numbers that the prose about a page tells: whether the page holds them, and which of them a change of its outputs leaves behind."""
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bookbuild.pages import EDITIONS, code_cells
from nbdrift import compare
from nbdrift.bundle import BUNDLE, unpack

HEADER = re.compile(r"\A---\n.*?\n---\n", re.S)
CELL = re.compile(r"^```.*?^```$", re.M | re.S)
LABELS = re.compile(r"^---\n.*?^---$", re.M | re.S)     # of a cell: alternative text and caption of its figure, names of its sounds
NO_NUMBER = re.compile(r"\]\([^)]*\)|arXiv:\S+|`[^`\n]*`|\d+\.\d+\.\d+|\(\d\.\d+\)")         # addresses, code, exercises, equations
NUMBER = re.compile(r"(?<![\w.{\\])(\d{1,3}(?:(?:,|\{,\})\d{3})+(?![\d,])|\d+(?:\.\d+)?)(?:\\times10\^\{?(-?\d+)\}?)?(?:\W{0,3}(%|per ?cent|points?|个百分点|thousand|million|[万亿]))?")
UNITS = dict.fromkeys(("%", "percent", "per cent", "point", "points", "个百分点"), 0.01) | {"thousand": 1e3, "million": 1e6, "万": 1e4, "亿": 1e8}
LAST = re.compile(r"\brange\([^\n]*?(\d+)\)(?=[:\s\]])")         # range(1, 13) ends with 12
END = re.compile(r"(?<=[.!?])\s|(?<=[。！？])|\n\s*\n|\n(?=[-*|#]|\d+\.| *(?:alt|figure|caption):)")                        # of a sentence


class Number(NamedTuple):
    """A number of more than one digit in prose."""
    file: Path
    place: int                   # in the file's text
    line: int
    text: str
    sentence: str
    cell: int | None             # the code cell whose alternative text or caption tells it; None: a text outside of cells
    value: float
    unit: float                  # what it may be counted in: 0.01 of per cent, 1e6 of millions
    precision: float             # half a unit of its last digit


def about(page):
    """The numbers in all prose about a page: its text, alternative texts and captions, its card and its wrong answers, of both editions."""
    found = []
    for edition in EDITIONS:
        folder = page.root / "chapters" / edition
        for file, beginning in ((page.md(edition), None), (folder / "cards.yml", rf"{page.number}: "), (folder / "wrong-answers.md", rf".*/{page.name}\.md")):
            if file.exists():
                text = file.read_text(encoding="utf-8")
                found += numbers(file, text, lines(beginning, text) if beginning else CELL.sub(labels, HEADER.sub(blank, text)))
    return found


def numbers(file, text, prose):
    """The numbers in `prose`: a file's text with blanks in the place of all that is not looked at."""
    found, cells = [], list(CELL.finditer(text))
    ends = [0, *(match.end() for match in END.finditer(text)), len(text)]
    for match in NUMBER.finditer(NO_NUMBER.sub(blank, prose)):
        digits, power, unit = match.groups()
        if len(digits) > 1:
            place, plain, scale = match.start(), re.sub("[{},]", "", digits), 10.0 ** int(power or 0)
            start, end = max(end for end in ends if end <= place), min(end for end in ends if end > place)
            found.append(Number(file, place, text.count("\n", 0, place) + 1, digits, " ".join(text[start:end].split()),
                                next((number for number, cell in enumerate(cells) if cell.start() < place < cell.end()), None),
                                float(plain) * scale, UNITS.get(unit, 1), 0.5 * scale * 10.0 ** -len(plain.partition(".")[2]) * (1 + 1e-9)))
    return found


def labels(cell):
    """A code cell with blanks in the place of its code."""
    found = LABELS.search(cell[0])
    return blank(cell) if not found else re.sub(".", " ", cell[0][:found.start()]) + found[0] + re.sub(".", " ", cell[0][found.end():])


def lines(beginning, text):
    """A text with blanks in the place of the lines that do not begin so."""
    return "\n".join(line if re.match(beginning, line) else " " * len(line) for line in text.split("\n"))


def blank(match):
    return re.sub(".", " ", match[0])


def held(notebook, code=True):
    """The numbers in what an executed page prints and, with `code`, in its code."""
    texts = [output for cell in code_cells(notebook) if compare.IGNORED not in cell.metadata.get("tags", []) for output in map(compare.describe, cell.outputs)]
    texts += [LAST.sub(lambda end: f"{end[0]} {int(end[1]) - 1}", cell.source.replace("_", "")) for cell in code_cells(notebook) if code]
    return {float(number.replace(",", "")) for number in re.findall(r"\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?(?:e-?\d+)?", "\n".join(texts))}


def drawn(notebook, cell):
    """The numbers behind the figures of a code cell."""
    bundles = [output["data"][BUNDLE] for output in code_cells(notebook)[cell].outputs if BUNDLE in output.get("data", {})]
    return {abs(value) for bundle in bundles for rule in ("computed", "trained") for array in bundle[rule].values() for value in np.ravel(unpack(array))}


def holds(held, number):
    """Whether one of the numbers `held` is that of the prose, to the digits that it tells."""
    return any(abs(other - number.value * unit) <= number.precision * unit for other in held for unit in {1, number.unit})


def left_behind(page, accepted, fresh):
    """What prose about a page tells of its accepted outputs, and neither the fresh ones nor code hold."""
    old, new = held(accepted, code=False), held(fresh)
    def both(number):
        return [(known | drawn(notebook, number.cell)) if number.cell else known for known, notebook in ((old, accepted), (new, fresh))]
    return [number for number in about(page) for before, after in [both(number)] if holds(before, number) and not holds(after, number)]
