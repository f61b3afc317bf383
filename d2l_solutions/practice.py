"""What the practice notebooks need: their answers are still to be written, and a check has to say which."""
from d2l_solutions.words import tell


class AnswerMissing(Exception):
    """Raised in place of the answer called `name`. Not a RuntimeError, which some checks expect of a wrong answer."""

    def __init__(self, name):
        super().__init__(tell("your answer is missing: {name}", name=name))


def require(**answers):
    """Raise AnswerMissing if one of the answers, given by name, is or contains `...`."""
    for name, answer in answers.items():
        parts = answer.values() if isinstance(answer, dict) else answer if isinstance(answer, tuple) else [answer]
        for part in parts:
            if part is ... or isinstance(part, tuple) and any(item is ... for item in part):
                raise AnswerMissing(name)
