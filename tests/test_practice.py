"""The practice notebooks: empty they say what is missing, with the page's answers they pass, with the wrong ones they fail."""
import ast
import re

import nbformat
import pytest

from bookbuild import pages, practice
from d2l_solutions import words
from d2l_solutions.practice import AnswerMissing, require
from test_pages import PAGES, definitions, each_edition, each_page, execute, module, tags


def read(page, edition="en"):
    return nbformat.read(practice.path(page, edition), as_version=4)


def code(page):
    """[(tags, source)] of the cells that a practice notebook runs, without its setup."""
    return [(tags(cell), cell.source) for cell in pages.code_cells(read(page)) if "setup" not in tags(cell)]


def filled(page):
    """code(page), the page's own answers in the place of the empty ones."""
    answers = [cell.source for cell in pages.code_cells(pages.read_source(page, "en")) if "answer" in tags(cell)]
    return [(kind, source) if "answer" not in kind else
            (kind, next(answer for answer in answers if asked(source) <= set(practice.names(ast.parse(answer))[1])))
            for kind, source in code(page)]


def asked(source):
    """The names that an empty answer cell wants."""
    return set(practice.names(ast.parse(source))[1])


def test_every_page_has_a_practice_notebook_in_both_editions():
    assert {practice.path(page, edition) for page in PAGES for edition in pages.EDITIONS} == set((pages.ROOT / "practice").rglob("[0-9]*.ipynb"))


@each_page
def test_practice_notebook_is_in_step(page):
    assert practice.problems(page) == []
    skeletons = [[re.sub(r"(['\"]).*?\1", "", cell.source.split("# @title")[0]) for cell in pages.code_cells(read(page, edition))
                  if "answer" in tags(cell)] for edition in pages.EDITIONS]
    assert skeletons[0] == skeletons[1]


@each_page
def test_hints_come_in_three_steps_in_the_language_of_the_edition(page):
    told = practice.read_hints(pages.ROOT / "practice" / "hints" / f"{page.number}.yml")
    assert set(told) == {name for _, _, names in practice.exercise_code(page) for name in names}
    for name, editions in told.items():
        for edition in pages.EDITIONS:
            assert len(editions[edition]) == 3, name
            assert all(bool(re.search("[一-鿿]", step)) == (edition == "zh") for step in editions[edition]), name


@each_page
def test_the_chinese_notebook_speaks_chinese(page):
    """An empty answer and a wrong one are told in Chinese."""
    words.speak("en")
    cells = [(tags(cell), cell.source) for cell in pages.code_cells(read(page, "zh")) if "setup" not in tags(cell)]
    namespace, said = module("practice", {}), []
    try:
        for number, (kind, source) in enumerate(cells):
            if "check" in kind:
                with pytest.raises(AnswerMissing, match="还没有作答："):
                    execute(source, namespace, f"{page.name}-practice-{number}")
                said.append(number)
            else:
                execute(source, namespace, f"{page.name}-practice-{number}")
    finally:
        words.speak("en")
    assert said


@each_page
def test_an_untouched_notebook_names_the_answer_that_is_missing(page):
    namespace, wanted, checked = module("practice", {}), set(), 0
    for number, (kind, source) in enumerate(code(page)):
        if "check" not in kind:
            execute(source, namespace, f"{page.name}-practice-{number}")
            wanted |= asked(source) if "answer" in kind else set()
        else:
            with pytest.raises(AnswerMissing) as missing:
                execute(source, namespace, f"{page.name}-practice-{number}")
            assert str(missing.value) in {f"your answer is missing: {name}" for name in wanted}
            checked += 1
    assert checked


@each_page
def test_the_answers_of_the_page_pass_and_the_wrong_ones_fail(page):
    wrong = [(*definitions(cell.source), "raises=" in cell.source) for cell in pages.code_cells(pages.read_source(page, "en"))
             if "wrong" in tags(cell) and not tags(cell) & {"train", "trained"}]
    namespace, tried = module("practice", {}), set()
    for number, (kind, source) in enumerate(filled(page)):
        execute(source, namespace, f"{page.name}-practice-{number}")
        if "check" in kind:
            for definition, names, raises in wrong:
                for name in names:
                    if name.removeprefix("wrong_") in source.split("\n", 1)[0].removeprefix("# @title Check: ").split(", "):
                        candidate = module("candidate", namespace)
                        execute(definition, candidate, f"{page.name}-wrong")
                        candidate[name.removeprefix("wrong_")] = candidate[name]
                        with pytest.raises(Exception if raises else AssertionError):
                            execute(source, candidate, f"{page.name}-practice-{number}")
                        tried.add(name)
    assert tried == {name for _, names, _ in wrong for name in names}, "a wrong answer has no check in the practice notebook"


@each_edition
@each_page
def test_no_answer_is_given_away(page, edition):
    notebook = read(page, edition)
    shown = "\n".join(ast.unparse(ast.parse(cell.source)) for cell in pages.code_cells(notebook) if "setup" not in tags(cell))
    shown += "".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    names = {name for _, _, names in practice.exercise_code(page) for name in names}
    for cell in pages.code_cells(pages.read_source(page, "en")):
        for node in ast.parse(cell.source).body if "answer" in tags(cell) else []:
            if practice.names(node)[1] & names:
                body = node.body[ast.get_docstring(node) is not None:] if isinstance(node, ast.FunctionDef) else [node]
                for statement in body:
                    assert ast.unparse(statement) not in shown
                    if isinstance(statement, ast.Return) and len(ast.unparse(statement.value)) > 8:
                        assert ast.unparse(statement.value) not in shown


@pytest.mark.parametrize("answer", [..., (..., 1), {"a": ..., "b": 2}, {"a": (True, ...)}])
def test_blanks_are_missing_answers(answer):
    with pytest.raises(AnswerMissing, match="missing: x"):
        require(given=None, x=answer)
    require(x=(1, 2), y={"a": None}, z=[0.5])
