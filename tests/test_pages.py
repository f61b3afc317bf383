"""The pages: template, parity of the editions, and checks that reject the wrong answers in circulation."""
import ast
import linecache
import re
import sys
import time
import types

import hypothesis
import matplotlib
import nbformat
import pytest
from hypothesis import strategies

from bookbuild import calibrate, pages, run
from d2l_solutions import checks
from d2l_solutions.outputs import BUNDLE

PAGES = pages.find_pages()
HEADINGS = {"en": ["Exercise", "Answer", "Solution", "Check", "Picture", "Further"], "zh": ["练习", "答案", "解答", "检验", "图示", "延伸"]}
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
    assert found == [heading for heading in HEADINGS[edition] if heading in found], "headings, in the order of the template"
    assert found[:3] == HEADINGS[edition][:3] and HEADINGS[edition][3] in found
    assert not re.search(r"^\s*(:::|```\{(?!code-cell))|\{(ref|doc|numref|eq)\}`", text, re.M), "plain Markdown only, no directives"
    for cell in pages.code_cells(notebook):
        assert tags(cell) <= TAGS, cell.source
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
        if re.search(r"^\s*show\(", cell.source, re.M) and "def show" not in cell.source:
            assert len(alt) > 15 and bool(re.search("[一-鿿]", alt)) == (edition == "zh"), f"alternative text: {alt!r}"
    language = bool(re.search("[一-鿿]", text))
    assert language == (edition == "zh")
    assert not re.search("[一-鿿]", "".join(cell.source for cell in pages.code_cells(notebook))), "code is in English"


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
             if BUNDLE in output.get("data", {}) and len(output["data"]) > 2]
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


def test_a_slow_machine_does_not_fail_a_check():
    @hypothesis.settings(database=None, deadline=100, max_examples=4)       # five deadlines of drawing would be too slow
    @hypothesis.given(strategies.integers().map(lambda n: time.sleep(0.7)))
    def check(nothing):
        pass
    check()


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
