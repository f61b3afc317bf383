"""Putting a wrong answer to the test."""


def refute(check, *candidates, raises=AssertionError):
    """Run `check(*candidates)` on wrong answers and print the counterexample that it finds.

    Raises AssertionError if the check accepts them: then it cannot tell right from wrong.
    """
    try:
        check(*candidates)
    except raises as error:
        print(f"Refuted: {error}")
    else:
        raise AssertionError("the check accepts the wrong answer")
