"""No mutant of an answer passes its check, but for those that are right as well."""
import contextlib
import io

import pytest

import strength
from bookbuild import pages, run
from nbdrift import compare
from test_pages import each_page, execute, module, tags


@each_page
def test_no_mutant_passes(page):
    with contextlib.redirect_stdout(io.StringIO()):
        found = strength.examine(page)
    passed, known = {(name, mutation) for name, mutation, passed in found if passed}, strength.excused(page)
    assert found, "no answer of this page was tried"
    assert passed - known.keys() == set(), "mutants that pass: mend the check, or say in tests/equivalent.yml why they are right"
    assert known.keys() - passed == set(), "mutants that are excused and refused all the same"


@pytest.mark.parametrize("weaken", ["def check_output_size(output_size):\n    compare(output_size(8, 3, 0, 3), 2)",
                                    "def check_output_size(output_size):\n    expect(True, 'agrees')",
                                    "def check_output_size(output_size):\n    for n in range(1, 9):\n        expect(output_size(n, 1, 0, 1) > 0, 'none')"])
def test_a_weak_check_lets_mutants_through(weaken):
    def output_size(n, k, p, s):
        return (n + 2 * p - k) // s + 1
    from d2l_solutions.checks import compare, expect
    namespace = {"compare": compare, "expect": expect}
    exec(weaken, namespace)
    passed = 0
    for mutant in strength.mutants(output_size).values():
        try:
            namespace["check_output_size"](mutant)
            passed += 1
        except Exception:
            pass
    assert passed >= 3


WEAKENED = {                     # what was done to the check of 6.2.3's im2col: (text to replace, by what)
    "one example instead of 200": ("draws(200,", "draws(2,"),
    "shapes of one pixel": ("for mh, mw, kh, kw in draws(200, **SHAPES):", "for mh, mw, kh, kw in [(1, 1, 1, 1)] * 200:"),
    "small shapes only": ("mh, mw, kh, kw in draws(200, **SHAPES)", "mh, mw, kh, kw in draws(200, mh=(1, 2), mw=(1, 2), kh=(1, 2), kw=(1, 2))"),
    "an assertion removed": ("        compare(ask(im2col, X, kh, kw), wanted,", "        dict(claimed=wanted, actual=wanted,"),
    "the property not called": ("verify(check_im2col, im2col)", "print('im2col: passed')"),
    "agreement printed without computing": ("    draw = whole_numbers(0)", "    return print('agrees')"),
}


@pytest.mark.parametrize("weakened", WEAKENED)
def test_a_weakened_check_shows(weakened):
    """The number of comparisons that a check prints is an accepted output: a check that compares less drifts, or breaks off."""
    page, = pages.find_pages(only=["6.2.3"])
    cells = [cell for cell in pages.code_cells(run.accepted_notebook(page)) if "setup" not in tags(cell)]
    namespace = module("page", {})
    for number, cell in enumerate(cells):
        if "check_im2col" in cell.source and "check" in tags(cell):
            old, new = WEAKENED[weakened]
            assert cell.source.count(old) == 1, old
            with contextlib.redirect_stdout(io.StringIO()) as said:
                try:
                    execute(cell.source.replace(old, new), namespace, f"{page.name}-weakened")
                except RuntimeError as error:
                    assert "compared nothing" in str(error)
                    return
            assert compare.compare_text("stdout", compare.describe(cell.outputs[0]), said.getvalue()), "the gate would not notice"
            return
        if "figure" not in tags(cell):
            with contextlib.redirect_stdout(io.StringIO()):
                execute(cell.source, namespace, f"{page.name}-{number}")
    pytest.fail("the page has no check of im2col")
