"""No mutant of an answer passes its check, but for those that are right as well."""
import contextlib
import io

import pytest

import strength
from test_pages import each_page


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
