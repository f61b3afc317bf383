"""Putting answers to the test: call them, compare what they give, name the first case in which they fail.

A check is a function `check_<answer>(answer)` that calls `ask`, `compare` and `expect`. Answers are taken in any form: tensors of
any dtype, arrays, lists, tuples, sets, fractions, numbers, functions, modules. `verify` runs a check and prints what it tried,
`refute` runs it on wrong answers and prints the counterexample that it finds.
"""
import inspect
import itertools
import random
from collections.abc import Mapping
from fractions import Fraction
from numbers import Rational

import numpy as np
import torch
from torch.overrides import TorchFunctionMode

from d2l_solutions.practice import AnswerMissing
from d2l_solutions.words import tell

tried = {"cases": 0, "comparisons": 0}           # by all checks so far: comparisons count numbers, a case is one call of compare or expect
SHOWN = 8                                        # elements up to which a message shows an array whole


class Failed(AssertionError):
    """An answer fails a check. The message names the case."""


def verify(check, *answers):
    """Run `check(*answers)`, print how many cases it tried and return what it returns.

    Raises Failed with the first case in which the answers fail, RuntimeError if the check compared nothing.
    """
    before = dict(tried)
    result = check(*answers)
    cases, comparisons = (tried[kind] - before[kind] for kind in ("cases", "comparisons"))
    if not comparisons:
        raise RuntimeError(f"{check.__name__} compared nothing")
    print(tell("{name}: passed ({cases} cases, {comparisons} comparisons)", name=check.__name__.removeprefix("check_"),
               cases=f"{cases:,}", comparisons=f"{comparisons:,}"))
    return result


def refute(check, *candidates):
    """Run `check(*candidates)` on wrong answers and print the counterexample that it finds.

    Raises AssertionError if the check accepts them: then it cannot tell right from wrong.
    """
    try:
        check(*candidates)
    except AssertionError as error:
        print(tell("Refuted: {message}", message=error))
    else:
        raise AssertionError("the check accepts the wrong answer")


def ask(answer, *inputs, may_refuse=False):
    """What `answer(*inputs)` gives. Tensors and arrays are copied for it, and new tensors in it are as precise as its inputs.

    may_refuse: if the answer raises or returns None, that is an answer as well: None.
    Raises Failed where the answer takes another number of arguments, raises, or returns nothing.
    """
    name = getattr(answer, "__name__", type(answer).__name__)
    if not callable(answer):
        raise Failed(tell("{name} should be a function, it is {value}", name="the answer", value=brief(answer)))
    count = parameters(answer, len(inputs))
    if count is not None:
        raise Failed(tell("{name} is called with {wanted} arguments, it takes {count}", name=name, wanted=len(inputs), count=count))
    floats = [value.dtype for value in inputs if isinstance(value, torch.Tensor) and value.is_floating_point()]
    usual = torch.get_default_dtype()
    try:
        torch.set_default_dtype(floats[0] if floats else usual)
        result = answer(*map(own, inputs))
    except AnswerMissing:
        raise
    except Exception as error:
        if may_refuse:
            return None
        raise Failed(tell("{name} raised {kind} ({message}) on the input {inputs}", name=name, kind=type(error).__name__,
                          message=" ".join(str(error).split())[:200], inputs=called(answer, inputs))) from error
    finally:
        torch.set_default_dtype(usual)
    if result is None and not may_refuse:
        raise Failed(tell("{name} returned nothing (None) on the input {inputs}", name=name, inputs=called(answer, inputs)))
    return result


def parts(claimed, count, **case):
    """The parts of an answer that has to have `count` of them, as a list. Raises Failed if it has another number."""
    try:
        found = list(claimed)
    except TypeError:
        found = [claimed]
    compare(len(found), count, "parts of the answer", **case)
    return found


def takes(answer, count):
    """Whether a function can be called with `count` positional arguments."""
    return parameters(answer, count) is None


class Recorder(TorchFunctionMode):
    """Notes the names of all torch functions that are called in its `with` block, in `names`."""

    def __init__(self):
        super().__init__()
        self.names = []

    def __torch_function__(self, function, types, args=(), kwargs=None):
        self.names.append(getattr(function, "__name__", str(function)))
        return function(*args, **(kwargs or {}))


def compare(claimed, actual, what="", tolerance=0.0, hint="", **case):
    """Count a case and raise Failed unless `claimed` equals `actual`, in whatever form it comes.

    actual: numbers (int, float, complex, Fraction, array, tensor, nested lists of them), True or False, text, None; a tuple or list of
    parts of different shapes; a dictionary, of which claimed needs every key; a set, which may be claimed in any order.
    Real numbers may differ by two thirds of the digits that claimed has (2e-11 of the largest for float64, 2e-5 for float32), or by
    `tolerance` where that is more. what, case: named in the message; hint: what to look at next.
    """
    tried["cases"] += 1
    found = difference(claimed, actual, tolerance)
    if found:
        named = ", ".join(f"{key}={brief(value)}" for key, value in case.items())
        raise Failed(tell(": ").join(filter(None, [named, tell(what), found])) + (tell(". ") + tell(hint) if hint else ""))


def expect(condition, message, **values):
    """Count a case and raise Failed(message, filled in with the values) unless the condition holds."""
    tried["cases"] += 1
    tried["comparisons"] += 1
    if not condition:
        raise Failed(tell(message, **values))


def draws(count, seed=0, **ranges):
    """`count` random tuples of whole numbers, one for each (low, high), both included; small ones first, with both extremes.

    Small first, so that the first case that fails is easy to read. The same on every machine.
    """
    generator = random.Random(seed)
    drawn = [tuple(low for low, _ in ranges.values()), tuple(high for _, high in ranges.values())]
    drawn += [tuple(generator.randint(*ends) for ends in ranges.values()) for _ in range(count - len(drawn))]
    return sorted(drawn, key=sum)


def whole_numbers(seed=0):
    """A function draw(*shape, low=-9, high=9) that gives float64 tensors of random whole numbers: sums of them are exact."""
    generator = torch.Generator().manual_seed(seed)
    return lambda *shape, low=-9, high=9: torch.randint(low, high + 1, shape, generator=generator).double()


def parameters(answer, count):
    """None if `answer` takes `count` positional arguments, else how many it takes, as text."""
    try:
        signature = inspect.signature(answer)
    except (TypeError, ValueError):
        return None
    try:
        signature.bind(*range(count))
        return None
    except TypeError:
        positional = [p for p in signature.parameters.values() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        needed = sum(p.default is p.empty for p in positional)
        return str(needed) if needed == len(positional) else f"{needed}-{len(positional)}"


def own(value):
    """A copy that an answer may change."""
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    return value.copy() if isinstance(value, (np.ndarray, list, dict)) else value


def called(answer, inputs):
    """The inputs of an answer by the names that it gives them."""
    try:
        names = list(inspect.signature(answer).parameters)
    except (TypeError, ValueError):
        names = []
    return ", ".join(f"{name}={brief(value)}" if name else brief(value) for name, value in itertools.zip_longest(names[:len(inputs)], inputs))


def difference(claimed, actual, tolerance=0.0, place=""):
    """What tells `claimed` from `actual`, in words that begin with the place; None if they are equal."""
    at = tell("at {place}", place=place) + tell(": ") if place else ""
    if actual is None or claimed is None or claimed is ...:
        tried["comparisons"] += 1
        return None if claimed is actual else at + tell("claimed {claimed}, actually {actual}", claimed=brief(claimed), actual=brief(actual))
    if isinstance(actual, str):
        tried["comparisons"] += 1
        same = isinstance(claimed, str) and claimed == actual
        return None if same else at + tell("claimed {claimed}, actually {actual}", claimed=brief(claimed), actual=brief(actual))
    if isinstance(actual, Mapping):
        if not isinstance(claimed, Mapping):
            return at + tell("should be a dictionary with the keys {keys}, it is {value}", keys=", ".join(map(repr, actual)), value=brief(claimed))
        missing = [key for key in actual if key not in claimed]
        if missing:
            return at + tell("the entry {key} is missing", key=repr(missing[0]))
        parts = [(claimed[key], actual[key], key) for key in actual]
    elif isinstance(actual, (set, frozenset)):
        return at + unordered(claimed, actual) if unordered(claimed, actual) else None
    elif in_parts(actual):
        try:
            claimed = list(claimed)
        except TypeError:
            return at + tell("should have {wanted} parts, it is {value}", wanted=len(actual), value=brief(claimed))
        if len(claimed) != len(actual):
            return at + tell("has {count} parts, should have {wanted}", count=len(claimed), wanted=len(actual))
        parts = [*zip(claimed, actual, range(len(actual)))]
    else:
        return array_difference(claimed, actual, tolerance, place)
    return next(filter(None, (difference(one, other, tolerance, f"{place}[{key!r}]") for one, other, key in parts)), None)


def in_parts(value):
    """Whether a list or tuple has to be compared part by part, because it is no array."""
    if not isinstance(value, (list, tuple)):
        return False
    if any(part is None or isinstance(part, (str, Mapping, set, frozenset)) or in_parts(part) for part in value):
        return True
    return len({np.shape(to_array(part)) for part in value}) > 1


def unordered(claimed, actual):
    """What tells a collection from a set; "" if nothing does."""
    tried["comparisons"] += max(1, len(actual))
    try:
        mine = {plain(one) for one in (claimed.tolist() if hasattr(claimed, "tolist") else claimed)}
    except TypeError:
        return tell("should be a set, it is {value}", value=brief(claimed))
    wanted = {plain(one) for one in actual}
    for one in sorted(wanted - mine, key=repr):
        return tell("{element} is missing", element=brief(one))
    for one in sorted(mine - wanted, key=repr):
        return tell("{element} does not belong", element=brief(one))
    return ""


def plain(value):
    """A value that can be hashed: tensors, arrays and lists as tuples."""
    value = value.tolist() if hasattr(value, "tolist") else value
    return tuple(map(plain, value)) if isinstance(value, (list, tuple)) else value


def array_difference(claimed, actual, tolerance, place):
    """What tells numbers from numbers; None if nothing does beyond rounding."""
    at = tell("at {place}", place=place) + tell(": ") if place else ""
    wanted = to_array(actual)
    try:
        mine = to_array(claimed)
    except (TypeError, ValueError, RuntimeError):
        mine = None
    if mine is None or mine.dtype.kind not in "biufcO" or isinstance(claimed, str):
        kind = tell("a number") if wanted.ndim == 0 else tell("numbers of shape {shape}", shape=wanted.shape)
        return at + tell("should be {kind}, it is {value}", kind=kind, value=brief(claimed))
    if mine.shape != wanted.shape and not mine.size == wanted.size == 1:
        return at + tell("has the shape {shape}, should have {wanted}", shape=mine.shape, wanted=wanted.shape)
    tried["comparisons"] += wanted.size
    mine = mine.reshape(wanted.shape)
    if not wanted.size:
        return None
    exact = all(array.dtype.kind in "biu" or array.dtype.kind == "O" and all(isinstance(x, Rational) for x in array.flat) for array in (mine, wanted))
    if exact:
        wrong = np.asarray(mine != wanted)
    else:
        try:
            a, b = (array.astype(complex if "c" in (mine.dtype.kind, wanted.dtype.kind) else float) for array in (mine, wanted))
        except (TypeError, ValueError):
            return at + tell("should be {kind}, it is {value}", kind=tell("numbers of shape {shape}", shape=wanted.shape), value=brief(claimed))
        finite = np.abs(b[np.isfinite(b)])
        scale = finite.max() if finite.size and finite.max() > 0 else 1.0
        allowed = max(tolerance, precision(claimed) ** (2 / 3) * scale)
        if wanted.dtype.kind in "iu" and precision(claimed) * scale < 0.4:
            allowed = max(tolerance, min(allowed, 0.4))
        with np.errstate(invalid="ignore"):
            wrong = ~((a == b) | (np.abs(a - b) <= allowed) | (np.isnan(a) & np.isnan(b)))
    if not wrong.any():
        return None
    first = tuple(map(int, np.unravel_index(wrong.argmax(), wrong.shape))) if wrong.ndim else ()
    one, other = apart(mine[first], wanted[first])
    if not wrong.ndim:
        return at + tell("claimed {claimed}, actually {actual}", claimed=one, actual=other)
    where = f"{place}{list(first)}" if place else str(list(first))
    found = tell("claimed {claimed}, actually {actual}", claimed=one, actual=other)
    if wrong.size <= SHOWN:
        found = tell("claimed {claimed}, actually {actual}; in full claimed {mine}, actually {wanted}", claimed=one, actual=other,
                     mine=brief(mine), wanted=brief(wanted))
    return tell("at {place}", place=where) + tell(": ") + found


def to_array(value):
    """Numbers in any form as a NumPy array; fractions and very large integers keep their type."""
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu()
        return (value.float() if value.dtype == torch.bfloat16 else value).resolve_conj().numpy()
    if isinstance(value, (list, tuple, range)) or inspect.isgenerator(value) or isinstance(value, (map, zip, filter)):
        parts = [to_array(part) for part in value]
        return np.array(parts, dtype=object if any(part.dtype.kind == "O" for part in parts) else None)
    if isinstance(value, Fraction):
        return np.array(value, dtype=object)
    if isinstance(value, (bool, int, float, complex, np.ndarray, np.generic)):
        return np.asarray(value)
    if hasattr(value, "is_Rational") and value.is_Rational:                  # of sympy
        return np.array(Fraction(int(value.p), int(value.q)), dtype=object)
    if hasattr(value, "shape") and hasattr(value, "tolist"):                  # a matrix of sympy
        return to_array(value.tolist())
    if hasattr(value, "__array__"):
        return np.asarray(value)
    if hasattr(value, "__complex__") or hasattr(value, "__float__"):
        return np.asarray(complex(value) if not hasattr(value, "__float__") else float(value))
    raise TypeError(f"no number: {value!r}")


def precision(value):
    """The relative rounding error of the coarsest number in an answer: that of float64 where nothing coarser is in it."""
    if isinstance(value, torch.Tensor):
        return torch.finfo(value.dtype).eps if value.is_floating_point() or value.is_complex() else 2.0 ** -52
    if isinstance(value, (np.ndarray, np.generic)):
        return float(np.finfo(value.dtype).eps) if value.dtype.kind in "fc" else 2.0 ** -52
    if isinstance(value, (list, tuple)):
        return max(map(precision, value), default=2.0 ** -52)
    return 2.0 ** -52


def apart(claimed, actual):
    """Two unequal numbers as text, with as many digits as tell them apart, four at least."""
    texts = [str(value) for value in (claimed, actual)]
    if any(isinstance(value, (bool, np.bool_)) for value in (claimed, actual)):
        return texts
    exact = all(isinstance(value, (Rational, np.integer)) and len(text) < 16 for value, text in zip((claimed, actual), texts))
    for digits in range(4, 18):
        pair = [text if isinstance(value, (int, np.integer)) or exact else f"{as_number(value):.{digits}g}"
                for value, text in zip((claimed, actual), texts)]
        if pair[0] != pair[1]:
            return pair
    return [repr(as_number(value)) for value in (claimed, actual)]


def as_number(value):
    return complex(value) if isinstance(value, (complex, np.complexfloating)) else float(value)


def brief(value, length=100):
    """A value as a short text: numbers whole, large arrays by their shape."""
    if isinstance(value, torch.nn.Module):
        return type(value).__name__
    if isinstance(value, torch.Tensor) and value.numel() <= SHOWN:
        value = value.detach().cpu().resolve_conj().numpy()
    if isinstance(value, np.ndarray) and value.size <= SHOWN:
        value = value.tolist()
    if isinstance(value, (torch.Tensor, np.ndarray)):
        return tell("numbers of shape {shape}", shape=tuple(value.shape))
    if isinstance(value, (float, np.floating)):
        return f"{value:.6g}"
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, (list, tuple)):
        text = ", ".join(brief(part) for part in value)
        text = f"[{text}]" if isinstance(value, list) else f"({text}{',' * (len(value) == 1)})"
    else:
        text = repr(value)
    return text if len(text) <= length else text[:length] + "..."
