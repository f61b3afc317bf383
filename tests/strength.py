"""How strong the checks are: mutants of every answer, made by program, put to the practice notebooks' check cells.

    make strength PAGES="6.3 6.4.1"    a table of all answers: mutants made, refused, right answers in disguise

A mutant that passes is a hole in the check, or is right as well; then `tests/equivalent.yml` says why, in a line.
"""
import contextlib
import functools
import inspect
import io
import math
import sys
import types
from fractions import Fraction

import numpy as np
import torch
import yaml

from bookbuild import pages
from test_pages import execute, module
from test_practice import filled

EQUIVALENT = pages.ROOT / "tests" / "equivalent.yml"


def mutants(value):
    """{name: mutated answer} of an answer: a function, or a value of any kind."""
    if not isinstance(value, (types.FunctionType, functools.partial, types.BuiltinFunctionType)):
        return {name: mutated for name, mutated in results(value)}
    made = {f"its result {name}": after(value, name) for name in RESULTS}
    made |= {"the result of its first call only": first_only(value), "nothing": lambda *inputs: None}
    count = sum(p.kind is p.POSITIONAL_OR_KEYWORD for p in inspect.signature(value).parameters.values())
    names = list(inspect.signature(value).parameters)
    for place in range(count):
        made[f"{names[place]} ignored"] = frozen(value, place)
        for step in (1, -1):
            made[f"{names[place]} {step:+d}"] = stepped(value, place, step)
        if place + 1 < count:
            made[f"{names[place]} and {names[place + 1]} exchanged"] = exchanged(value, place)
    return made


class Unchanged(Exception):
    """A mutation that does not apply to what it met."""


def first_only(answer):
    kept = []

    def mutant(*inputs):
        kept.append(answer(*inputs))
        return kept[0]
    return mutant


def frozen(answer, place):
    kept = []

    def mutant(*inputs):
        if place >= len(inputs):
            return answer(*inputs)
        kept.append(inputs[place])
        return answer(*inputs[:place], kept[0], *inputs[place + 1:])
    return mutant


def stepped(answer, place, step):
    def mutant(*inputs):
        if place >= len(inputs) or not isinstance(inputs[place], int) or isinstance(inputs[place], bool):
            raise Unchanged
        return answer(*inputs[:place], inputs[place] + step, *inputs[place + 1:])
    return mutant


def exchanged(answer, place):
    def mutant(*inputs):
        if place + 1 >= len(inputs) or type(inputs[place]) is not type(inputs[place + 1]):
            raise Unchanged
        return answer(*inputs[:place], inputs[place + 1], inputs[place], *inputs[place + 2:])
    return mutant


def after(answer, name):
    def mutant(*inputs):
        return RESULTS[name](answer(*inputs))
    return mutant


def numbers(change):
    """A mutation of an array made into one of whatever holds numbers."""
    def mutate(value):
        if isinstance(value, (bool, np.bool_)):
            return not value
        if isinstance(value, (int, float, Fraction, complex)):
            return change(np.asarray(value, dtype=object))[()]
        if isinstance(value, torch.Tensor):
            changed = torch.as_tensor(change(value.detach().numpy()).copy())
            return changed if changed.dtype.is_floating_point or not value.dtype.is_floating_point else changed.to(value.dtype)
        if isinstance(value, np.ndarray):
            return change(value)
        if isinstance(value, (list, tuple)) and value and all(isinstance(part, (bool, int, float, Fraction)) for part in value):
            return type(value)(change(np.array(value, dtype=object)).tolist())
        if isinstance(value, (list, tuple)) and value and not hasattr(value, "_fields"):
            return type(value)(mutate(part) if number == 0 else part for number, part in enumerate(value))
        raise Unchanged
    return mutate


def last(array, change):
    array = array.copy()
    if not array.size:
        raise Unchanged
    place = tuple(size - 1 for size in array.shape)
    array[place] = change(array[place])
    return array


def reordered(change, least=1):
    def mutate(array):
        if array.ndim < least or array.size < 2:
            raise Unchanged
        return change(array)
    return numbers(mutate)


RESULTS = {
    "scaled by 1.001": numbers(lambda a: a * 1.001), "negated": numbers(lambda a: ~a if a.dtype == bool else -a),
    "plus one": numbers(lambda a: a + 1), "minus one": numbers(lambda a: a.astype(a.dtype if a.dtype != bool else int) - 1),
    "last element plus one": numbers(lambda a: last(a, lambda x: not x if a.dtype == bool else x + 1)),
    "zero": numbers(lambda a: a * 0),
    "halves rounded down": numbers(lambda a: np.vectorize(lambda x: math.floor(x / 2) * 2, otypes=[a.dtype])(a)),
    "reversed": reordered(lambda a: a[::-1]), "reversed in the last axis": reordered(lambda a: a[..., ::-1], 2),
    "transposed": reordered(lambda a: np.swapaxes(a, -1, -2), 2), "rolled by one": reordered(lambda a: np.roll(a, 1, -1)),
    "first axis rolled by one": reordered(lambda a: np.roll(a, 1, 0), 2),
    "truncated": reordered(lambda a: a[..., :-1]), "empty": reordered(lambda a: a[..., :0]),
    "repeated": reordered(lambda a: np.concatenate([a, a], -1)),
}


def results(value):
    """(name, mutated value) of a value that is an answer itself."""
    if isinstance(value, dict):
        for key in value:
            yield f"without {key!r}", {other: one for other, one in value.items() if other != key}
            for name, mutated in results(value[key]):
                yield f"{key!r} {name}", {**value, key: mutated}
        yield "empty", {}
    elif isinstance(value, str):
        yield "without text", ""
        yield "its first letter", value[:1]
    elif isinstance(value, (set, frozenset)):
        for one in sorted(value, key=repr)[:3]:
            yield f"without {one}", value - {one}
        yield "empty", set()
    elif isinstance(value, bool):
        yield "turned round", not value
    elif value is None or callable(value) and not isinstance(value, torch.nn.Module):
        yield "a constant", 0
    elif not isinstance(value, torch.nn.Module):
        for name, change in RESULTS.items():
            try:
                yield name, change(value)
            except Unchanged:
                pass


def examine(page):
    """[(answer, mutant, whether it passed)] of all mutants of a page; one that met nothing to change is left out."""
    namespace, checks, found = module("practice", {}), {}, []
    for number, (kind, source) in enumerate(filled(page)):
        execute(source, namespace, f"{page.name}-practice-{number}")
        if "check" in kind:
            for name in source.split("\n", 1)[0].removeprefix("# @title Check: ").split(", "):
                checks.setdefault(name, []).append((number, source))
    for name, cells in checks.items():
        for mutation, value in mutants(namespace[name]).items():
            applied, passed = True, True
            for number, source in cells:
                candidate = module("candidate", namespace)
                candidate[name] = value
                try:
                    execute(source, candidate, f"{page.name}-practice-{number}")
                except Exception as error:
                    if isinstance(error, Unchanged) or isinstance(error.__cause__, Unchanged):
                        applied = False
                    passed = False
            if applied:
                found.append((name, mutation, passed))
    return found


def excused(page):
    """{(answer, mutant): why it is right} of a page."""
    listed = yaml.safe_load(EQUIVALENT.read_text(encoding="utf-8")) or {}
    return {(name, mutation): reason for name, mutations in listed.get(page.number, {}).items() for mutation, reason in mutations.items()}


def main():
    print("| exercise | answer | mutants | refused | right in disguise | passed |\n|---|---|---|---|---|---|")
    total = np.zeros(4, dtype=int)
    for page in pages.find_pages(only=sys.argv[1:]):
        with contextlib.redirect_stdout(io.StringIO()):
            found, known = examine(page), excused(page)
        for name in dict.fromkeys(name for name, _, _ in found):
            mine = [(mutation, passed) for one, mutation, passed in found if one == name]
            right = sum(passed and (name, mutation) in known for mutation, passed in mine)
            through = [mutation for mutation, passed in mine if passed and (name, mutation) not in known]
            row = np.array([len(mine), sum(not passed for _, passed in mine), right, len(through)])
            total += row
            print(f"| {page.number} | {name} | {' | '.join(map(str, row[:3]))} | {', '.join(through) or 0} |", flush=True)
    print(f"| all | | {' | '.join(map(str, total))} |")


if __name__ == "__main__":
    main()
