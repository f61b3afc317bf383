"""Putting answers to the test. A slow machine is no fault of theirs: Hypothesis does not judge how long it took to think of examples."""
from hypothesis import HealthCheck, settings

settings.register_profile("pages", suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("pages")


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
