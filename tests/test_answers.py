"""Readers' answers, right ones in other forms and wrong ones, put to the practice notebooks' own check cells."""
import re

from bookbuild import pages
from test_pages import each_page, execute, module
from test_practice import filled

BANK = pages.ROOT / "tests" / "answers"
LEAST = 4                        # right ones, and wrong ones, for each answer


def bank(page, namespace):
    """[(name of the answer, value, True if it is right, place in the file)]"""
    found, file = [], BANK / f"{page.number}.py"

    def take(right):
        def mark(*functions, **values):
            for name, value in [*((function.__name__, function) for function in functions), *values.items()]:
                found.append((name, value, right, len(found)))
            return functions[0] if functions else None
        return mark

    execute(file.read_text(encoding="utf-8"), {**namespace, "right": take(True), "wrong": take(False)}, str(file))
    return found


def unequal(message):
    """Whether the two values that a message tells apart are told apart."""
    pair = re.search(r"claimed (\S+), actually (\S+?)(?:;|\.? *$|, )", message)
    return not pair or pair[1] != pair[2]


@each_page
def test_right_answers_pass_and_wrong_ones_fail_with_a_helpful_message(page):
    cells, namespace = filled(page), module("practice", {})
    checks, failures = {}, []
    for number, (kind, source) in enumerate(cells):
        execute(source, namespace, f"{page.name}-practice-{number}")
        if "check" in kind:
            for name in source.split("\n", 1)[0].removeprefix("# @title Check: ").split(", "):
                checks.setdefault(name, []).append((number, source))
    answers = bank(page, namespace)
    for name, value, right, place in answers:
        said = []
        for number, source in checks[name]:
            candidate = module("candidate", namespace)
            candidate[name] = value
            try:
                execute(source, candidate, f"{page.name}-practice-{number}")
            except AssertionError as error:
                said.append(str(error))
            except Exception as error:
                failures.append(f"{name}, number {place}: the check broke off with {error!r}")
        if right and said:
            failures.append(f"{name}, number {place} is right and was refused: {said[0]}")
        elif not right and not said:
            failures.append(f"{name}, number {place} is wrong and passed")
        elif not right and not (said[0].strip() and unequal(said[0])):
            failures.append(f"{name}, number {place}: the message does not help: {said[0]!r}")
    for name in checks:
        count = {right: sum(one == name and is_right == right for one, _, is_right, _ in answers) for right in (True, False)}
        if min(count.values()) < LEAST:
            failures.append(f"{name}: {count[True]} right and {count[False]} wrong answers, {LEAST} of each are wanted")
    assert not failures, "\n".join(failures)
