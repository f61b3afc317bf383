"""The pages: template, parity of the editions, and checks that reject the wrong answers in circulation."""
import ast
import linecache
import re
import sys
import types

import matplotlib
import nbformat
import pytest

from bookbuild import calibrate, pages, prose, run
from d2l_solutions import checks
from nbdrift.bundle import BUNDLE

PAGES = pages.find_pages()
HEADINGS = {"en": ["Exercise", "Answer", "Example", "Solution", "Check", "Further"], "zh": ["练习", "答案", "例子", "解答", "检验", "延伸"]}
ENOUGH = {"en": "*Enough for the exercise up to here.*", "zh": "*就本题而言，读到这里就够了。*"}
WORDS, LINES, COLUMNS = 900, 60, 88              # of a page up to that line: English words, lines of code in sight; width of code
TAGS = {"setup", "remove-cell", "answer", "check", "wrong", "figure", "train", "trained", "nbval-ignore-output", "raises-exception"}
IGNORED_CELLS = 3                # cells of the whole book whose outputs are not compared: times and rates of this machine
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
each_edition = pytest.mark.parametrize("edition", pages.EDITIONS)


def tags(cell):
    return set(cell.metadata.get("tags", []))


@each_page
def test_page_is_in_step(page):
    assert pages.problems(page) == []


def test_both_editions_have_the_same_files():
    files = [{str(file.relative_to(pages.ROOT / "chapters" / edition)) for file in (pages.ROOT / "chapters" / edition).rglob("*.*")
              if file.suffix in (".md", ".ipynb") and ".ipynb_checkpoints" not in file.parts} for edition in pages.EDITIONS]
    assert files[0] == files[1]


@each_edition
@each_page
def test_page_follows_the_template(page, edition):
    notebook = pages.read_source(page, edition)
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert notebook.cells[0].source.startswith(f"# {page.number} ")
    found = re.findall(r"^## (.+)$", text, re.M)
    assert found == HEADINGS[edition][:len(found)] and len(found) >= 5, "headings, in the order of the template"
    assert text.count(ENOUGH[edition]) == 1
    assert re.search(rf"{re.escape(ENOUGH[edition])}\s*(\Z|^## {HEADINGS[edition][5]}$)", text, re.M), "the line stands before what goes further"
    assert not re.search(r"^\s*(:::|```\{(?!code-cell))|\{(ref|doc|numref|eq)\}`", text, re.M), "plain Markdown only, no directives"
    for cell in pages.code_cells(notebook):
        assert tags(cell) <= TAGS, cell.source
        assert "remove-cell" not in tags(cell) or "setup" in tags(cell), "nothing but the setup is hidden"
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
        if re.search(r"^\s*show\(", cell.source, re.M) and "def show" not in cell.source:
            assert len(alt) > 15 and bool(re.search("[一-鿿]", alt)) == (edition == "zh"), f"alternative text: {alt!r}"
    language = bool(re.search("[一-鿿]", text))
    assert language == (edition == "zh")
    assert not re.search("[一-鿿]", "".join(cell.source for cell in pages.code_cells(notebook))), "code is in English"


def essential(page):
    """(words, lines of code in sight) of the English page up to the line that says that it is enough."""
    words, lines = 0, 0
    for cell in pages.read_source(page, "en").cells:
        if cell.cell_type == "markdown":
            text = cell.source.split(ENOUGH["en"])[0]
            words += len(re.findall(r"[A-Za-z]+(?:['’-][A-Za-z]+)*", re.sub(r"\$\$.*?\$\$|\$.*?\$|`.*?`|\]\(.*?\)", " ", text, flags=re.S)))
            if ENOUGH["en"] in cell.source:
                return words, lines
        elif not tags(cell) & {"setup", "figure", "check"}:
            lines += sum(bool(line.strip()) for line in cell.source.splitlines())
    return words, lines


@each_page
def test_the_way_to_the_answer_is_short(page):
    words, lines = essential(page)
    assert words <= WORDS and lines <= LINES


TIED = "Answer", "Check"                         # the sections whose numbers all are of code and outputs, beside the words of figures


def section(number):
    """The English heading under which a number of the prose stands; None outside of pages and in the words of figures."""
    edition = "zh" if "zh" in number.file.parts else "en"
    headings = re.findall(r"^## (.+)$", number.file.read_text(encoding="utf-8")[:number.place], re.M)
    return HEADINGS["en"][HEADINGS[edition].index(headings[-1])] if headings and number.cell is None and number.file.stem[0].isdigit() else None


@each_page
def test_both_editions_tell_the_same_numbers(page):
    """In the page, its card and its wrong answers; alternative texts and captions are each edition's own."""
    told = {edition: {(number.file.name, section(number), f"{number.value * max(number.unit, 1):.6g}") for number in prose.about(page)
                      if number.cell is None and edition in number.file.parts} for edition in pages.EDITIONS}
    assert told["en"] ^ told["zh"] == set()


@each_page
def test_the_numbers_of_answer_check_and_figures_are_those_of_code_and_outputs(page):
    """A change of code or outputs that leaves the prose behind fails here."""
    notebook = run.accepted_notebook(page)
    held = prose.held(notebook)
    alone = [f"{number.file}:{number.line}: {number.text}: {number.sentence}" for number in prose.about(page)
             if (section(number) in TIED or number.cell) and not prose.holds(held | (prose.drawn(notebook, number.cell) if number.cell else set()), number)]
    assert not alone, "\n".join(["neither code nor outputs hold:", *alone])


@each_page
def test_code_fits_its_box(page):
    wide = [line for cell in pages.code_cells(pages.read_source(page, "en")) if "setup" not in tags(cell)
            for line in cell.source.splitlines() if len(line) > COLUMNS]
    assert wide == []


@each_edition
@each_page
def test_figures_have_captions(page, edition):
    for cell in pages.code_cells(pages.read_source(page, edition)):
        if "figure" in tags(cell):
            caption = cell.metadata.get("mystnb", {}).get("figure", {}).get("caption", "")
            assert len(caption) > 10 and bool(re.search("[一-鿿]", caption)) == (edition == "zh"), f"caption: {caption!r}"


@each_page
def test_checks_count_what_they_compare(page):
    for cell in pages.code_cells(pages.read_source(page, "en")):
        assert "hypothesis" not in cell.source
        if "check" in tags(cell) and "def check_" in cell.source:
            assert "verify(" in cell.source, cell.source


@each_page
def test_editions_have_the_same_sections(page):
    found = {edition: re.findall(r"^(#+) (.+)$", "\n".join(
        cell.source for cell in pages.read_source(page, edition).cells if cell.cell_type == "markdown"), re.M) for edition in pages.EDITIONS}
    assert [level for level, _ in found["en"]] == [level for level, _ in found["zh"]]
    assert [HEADINGS["en"].index(text) for level, text in found["en"] if level == "##"] == \
           [HEADINGS["zh"].index(text) for level, text in found["zh"] if level == "##"]


def test_few_cells_are_not_compared():
    ignored = [page.name for page in PAGES for cell in pages.code_cells(pages.read_source(page, "en")) if "nbval-ignore-output" in tags(cell)]
    assert len(ignored) <= IGNORED_CELLS, ignored


def test_names_of_figures_and_sounds_are_unique_and_begin_with_their_exercise():
    names = [(page.number, output["data"][BUNDLE]["name"]) for page in PAGES
             for cell in pages.code_cells(nbformat.read(page.ipynb("en"), as_version=4)) for output in cell.outputs
             if BUNDLE in output.get("data", {}) and ("image/svg+xml" in output["data"] or "<audio" in output["data"].get("text/html", ""))]
    assert names and all(name.startswith(f"{number}-") for number, name in names), names
    assert len({name for _, name in names}) == len(names)


def test_accepted_figures_are_those_of_the_accepted_notebooks():
    drawn = {}
    for page in PAGES:
        drawn |= run.figures(nbformat.read(page.ipynb("en"), as_version=4))
    assert {file.name for file in (pages.ROOT / "figures").glob("[0-9]*.svg")} == set(drawn)
    for name, svg in drawn.items():
        assert (pages.ROOT / "figures" / name).read_text(encoding="utf-8") == svg, name


def execute(source, namespace, filename):
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    exec(compile(source, filename, "exec"), namespace)


def module(name, contents):
    """A module with these contents, so that dataclasses and the like find where they were defined."""
    made = sys.modules[name] = types.ModuleType(name)
    made.__dict__.update(contents)
    made.__name__ = made.__dict__["__name__"] = name
    return made.__dict__


def definitions(source):
    """(source of the imports and `wrong_...` definitions at the top level of a `wrong` cell, their names)."""
    body, names = [], []
    for node in ast.parse(source).body:
        targets = [node.name] if isinstance(node, (ast.FunctionDef, ast.ClassDef)) else \
            [target.id for target in node.targets if isinstance(target, ast.Name)] if isinstance(node, ast.Assign) else []
        wrong = [name for name in targets if name.startswith("wrong_")]
        if wrong or targets or isinstance(node, (ast.Import, ast.ImportFrom)):
            body.append(node)
            names += wrong
    return ast.unparse(ast.Module(body, [])), names


@each_page
def test_check_rejects_the_wrong_answer(page, monkeypatch):
    """With the wrong answer in the place of the page's own, every check that has one must fail; with the page's own, pass."""
    matplotlib.use("agg")
    cells = [cell for cell in pages.code_cells(pages.read_source(page, "en")) if not tags(cell) & {"setup", "train", "trained", "raises-exception"}]
    namespace, tried = module("page", {}), 0
    for number, cell in enumerate(cells):
        if "check" in tags(cell):
            for other in cells[number + 1:]:
                if tags(other) & {"check", "answer"}:
                    break
                if "wrong" in tags(other):
                    source, names = definitions(other.source)
                    candidate = module("candidate", namespace)
                    execute(source, candidate, f"{page.name}-wrong")
                    for name in names:
                        target = name.removeprefix("wrong_")
                        assert target in namespace, f"{name} replaces nothing that the page defines"
                        candidate[target] = candidate[name]
                    expected = Exception if "raises=" in other.source else AssertionError
                    with pytest.raises(expected):
                        execute(cell.source, candidate, f"{page.name}-check")
                    tried += bool(names)
        execute(cell.source, namespace, f"{page.name}-{number}")
    matplotlib.pyplot.close("all")
    assert tried, "the page has no answer, check and wrong answer that can be tried without training"


def test_refute_fails_when_the_check_accepts():
    with pytest.raises(AssertionError, match="accepts the wrong answer"):
        checks.refute(lambda x: None, 1)


def test_the_nets_of_6_6_4_are_those_of_6_6_1():
    def training(number, name):
        page, = pages.find_pages(only=[number])
        return next(bundle for bundle in calibrate.bundles(run.accepted_notebook(page)) if bundle["name"] == name)
    pooled, shown = training("6.6.1", "average pooling"), training("6.6.4", "LeNet")
    assert pooled["structure"] == shown["structure"] and pooled["first_steps"] == shown["first_steps"]
    assert pooled["trained"] | shown["trained"] == pooled["trained"]


def test_figures_have_one_of_two_widths():
    """7 inches, or 4 where they are narrow."""
    code = {page.name: "".join(cell.source for cell in pages.code_cells(pages.read_source(page, "en"))) for page in PAGES}
    code["plots.py"] = (pages.ROOT / "d2l_solutions" / "plots.py").read_text(encoding="utf-8")
    widths = {(name, width) for name, source in code.items() for width in re.findall(r"(?:figsize=|grid\(.*, )\(([\d.]+), ", source)}
    assert len(widths) > 26 and {width for _, width in widths} == {"7", "4"}, widths
