"""How answers are received and compared: right in any form, told apart in a sentence where they are wrong."""
import math
from fractions import Fraction

import numpy as np
import pytest
import sympy
import torch

from d2l_solutions import checks
from d2l_solutions.checks import Failed, Recorder, ask, compare, draws, expect, parts, refute, takes, verify, whole_numbers
from d2l_solutions.practice import AnswerMissing

RIGHT = [
    (torch.tensor([1, 2]), [1, 2]), (np.array([1.0, 2.0]), (1, 2)), ((1, 2), [1, 2]), (range(1, 3), [1, 2]), 
    (torch.tensor(1 / 3), 1 / 3), (torch.tensor(1 / 3, dtype=torch.float16), 1 / 3), (torch.tensor(1 / 3, dtype=torch.bfloat16), 1 / 3),
    (1.018, Fraction(1018, 1000)), (Fraction(1, 3), 1 / 3), (sympy.Rational(1, 2), Fraction(1, 2)), (sympy.Matrix([[1, 2]]), [[1, 2]]),
    (144.0, 144), (torch.tensor([3]), 3), (np.int64(7), 7), (True, True), (torch.tensor(True), True), (np.bool_(False), False), (1, True),
    ([3, 1, 2], {1, 2, 3}), ([(1, 2), [0, 1]], {(0, 1), (1, 2)}), (torch.tensor([[1, 2]]), {(1, 2)}), ({"a": [1], "more": 2}, {"a": (1,)}),
    ((torch.ones(1, 2), [0.0]), (torch.ones(1, 2), torch.zeros(1))), ([None, 2], (None, 2)), ("abc", "abc"), (math.inf, math.inf),
    (float("nan"), float("nan")), (1e-13, 0.0), (torch.tensor([1 + 2j]), [1 + 2j]), (10 ** 30, 10 ** 30), ((x for x in (1, 2)), [1, 2]),
]
WRONG = [
    (3, 2, "claimed 3, actually 2"), ([1, 2, 4], [1, 2, 3], "at [2]: claimed 4, actually 3"), (None, 3, "claimed None"), (..., 3, "claimed Ellipsis"),
    ("3", 3, "should be a number, it is '3'"), ([1, 2], [1, 2, 3], "has the shape (2,), should have (3,)"), ({}, {"a": 1}, "the entry 'a' is missing"),
    (3, {"a": 1}, "should be a dictionary with the keys 'a'"), ({"a": [1, 2]}, {"a": [1, 3]}, "at ['a'][1]: claimed 2, actually 3"),
    ([1, 2], {1, 2, 3}, "3 is missing"), ([1, 2, 4], {1, 2}, "4 does not belong"), (5, {1}, "should be a set, it is 5"),
    ((torch.ones(2),), (torch.ones(2), torch.ones(3)), "has 1 parts, should have 2"), (7, (torch.ones(2), torch.ones(3)), "should have 2 parts"),
    (1.0180001, Fraction(1018, 1000), "claimed 1.0180001, actually 1.018"), (torch.tensor(1 / 3) * 1.001, 1 / 3, "claimed 0.3337, actually 0.3333"),
    (1 / 3 + 1e-9, 1 / 3, "claimed 0.333333334"), (float("nan"), 1.0, "claimed nan"), (False, True, "claimed False, actually True"), (2, True, "claimed 2"),
    (143.6, 144, "claimed 143.6, actually 144"), ([[1], [2, 3]], [[1, 2], [3, 4]], "should be numbers of shape (2, 2)"), (torch.zeros(0), [1.0], "has the shape (0,)"),
    (10 ** 30 + 1, 10 ** 30, "claimed 1000000000000000000000000000001"), (Fraction(1, 3), Fraction(1, 2), "claimed 1/3, actually 1/2"), ("", "abc", "claimed ''"),
    (object(), 1, "should be a number"), ([1, None], [1, 2], "should be numbers of shape (2,)"), (lambda: 1, 1, "should be a number"),
]


@pytest.mark.parametrize("claimed, actual", RIGHT, ids=repr)
def test_right_in_any_form_passes(claimed, actual):
    compare(claimed, actual)


@pytest.mark.parametrize("claimed, actual, message", WRONG, ids=repr)
def test_wrong_is_told_apart(claimed, actual, message):
    with pytest.raises(Failed) as failed:
        compare(claimed, actual, n=3)
    assert str(failed.value).startswith("n=3: ") and message in str(failed.value)


def test_a_message_names_the_case_what_it_is_about_and_what_to_look_at():
    with pytest.raises(Failed, match=r"^n=3, k=\(1, 2\): windows: claimed 1, actually 2\. Count the zeros on both sides$"):
        compare(1, 2, "windows", n=3, k=(1, 2), hint="Count the zeros on both sides")
    with pytest.raises(Failed, match="^3000 Hz passes at 12%$"):
        expect(False, "{f} Hz passes at {gain:.0%}", f=3000, gain=0.12)


def test_a_claim_may_be_looser_than_the_answers_precision():
    compare(0.33, 1 / 3, tolerance=0.005)
    with pytest.raises(Failed):
        compare(0.33, 1 / 3, tolerance=0.001)


def test_an_answer_that_breaks_off_is_told_with_its_input():
    with pytest.raises(Failed, match=r"^invert raised ZeroDivisionError \(division by zero\) on the input x=0$"):
        ask(invert, 0)
    with pytest.raises(Failed, match=r"^<lambda> returned nothing \(None\) on the input x=1$"):
        ask(lambda x: None, 1)
    with pytest.raises(Failed, match="^invert is called with 2 arguments, it takes 1$"):
        ask(invert, 1, 2)
    with pytest.raises(Failed, match="should be a function, it is 3"):
        ask(3, 1)
    assert ask(invert, 0, may_refuse=True) is None and ask(lambda x: None, 1, may_refuse=True) is None


def invert(x):
    return 1 / x


def test_a_missing_answer_stays_a_missing_answer():
    def answer(x):
        raise AnswerMissing("answer")
    with pytest.raises(AnswerMissing):
        ask(answer, 1)


def test_an_answer_works_in_the_precision_of_its_input_and_may_change_its_copy():
    x = torch.ones(2, dtype=torch.float64)
    assert ask(lambda x: x @ torch.ones(2), x).dtype == torch.float64
    assert torch.get_default_dtype() == torch.float32
    ask(lambda x: x.zero_(), x)
    assert x.sum() == 2
    assert ask(torch.nn.ReLU(), -x).sum() == 0


def test_what_takes_how_many_arguments():
    assert takes(lambda n, k, p, s, d=1: 0, 4) and takes(lambda n, k, p, s, d=1: 0, 5) and not takes(lambda n: 0, 2) and takes(max, 3)


def test_an_answer_of_several_parts():
    assert parts((1, 2), 2) == [1, 2]
    for claimed in ((1,), 5, [1, 2, 3]):
        with pytest.raises(Failed, match=r"^n=3: parts of the answer: claimed \d, actually 2$"):
            parts(claimed, 2, n=3)


def test_verify_counts_what_was_compared(capsys):
    def check_square(square):
        for n in range(10):
            compare(ask(square, n), n * n, n=n)
        compare([ask(square, n) for n in range(3)], [0, 1, 4])
        return 7
    assert verify(check_square, lambda n: n * n) == 7
    assert capsys.readouterr().out == "square: passed (11 cases, 13 comparisons)\n"
    with pytest.raises(RuntimeError, match="check_nothing compared nothing"):
        verify(check_nothing, 3)


def check_nothing(answer):
    print("agrees")


def test_refute_prints_the_counterexample_and_fails_when_the_check_accepts(capsys):
    refute(lambda x: compare(x, 2), 1)
    assert capsys.readouterr().out == "Refuted: claimed 1, actually 2\n"
    with pytest.raises(AssertionError, match="accepts the wrong answer"):
        refute(lambda x: None, 1)


def test_draws_are_the_same_everywhere_small_first_with_both_extremes():
    cases = draws(50, n=(1, 12), k=(0, 5))
    assert len(cases) == 50 and cases[0] == (1, 0) and cases[-1] == (12, 5) and cases == sorted(cases, key=sum)
    assert draws(5, n=(1, 100)) == [(1,), (50,), (54,), (98,), (100,)]


def test_whole_numbers_are_whole_and_exact():
    draw = whole_numbers(3)
    x = draw(4, 5, low=-2, high=2)
    assert x.shape == (4, 5) and x.dtype == torch.float64 and (x == x.round()).all() and x.abs().max() <= 2
    assert torch.equal(whole_numbers(3)(4, 5, low=-2, high=2), x)


def test_every_message_of_the_library_is_known_in_chinese():
    import ast
    from d2l_solutions import practice, words
    for module in (checks, practice):
        for node in ast.walk(ast.parse(open(module.__file__, encoding="utf-8").read())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "tell" and isinstance(node.args[0], ast.Constant):
                assert node.args[0].value in words.ZH, node.args[0].value


def test_a_recorder_notes_what_is_called_while_it_is_active():
    torch.relu(torch.zeros(1))
    with Recorder() as recorder:
        torch.nn.MaxPool2d(2)(torch.relu(torch.zeros(1, 1, 2, 2)))
    torch.abs(torch.zeros(1))
    assert recorder.names.count("relu") == 1 and any("max_pool2d" in name for name in recorder.names)
    assert "abs" not in recorder.names
