"""The gate: compares what a page's cells put out now with the accepted outputs.

Rules, by what an output is:
    words, shapes, integers, booleans      equal
    printed real numbers                   equal to within one unit of their last printed digit
    numbers behind a figure ("computed")   equal to within COMPUTED of their scale
    first steps of a training run          equal to within FIRST_STEPS, relative, or Z times their noise if that is more
    end of a training run ("trained")      equal to within Z times their measured re-run noise, or FLOOR if that is more;
                                           FLOOR of 100 where the words speak of per cent or points
A bundle of numbers (see d2l_solutions.outputs) is compared in place of the picture, sound or text that was made of it.
Of a picture, what is written in it is compared as well; where its numbers are the same to the last digit and matplotlib is of the
same version, the whole drawing. What a player plays must be the samples of its bundle, a text its template filled with its numbers.
The numbers in a text are masked where the trained numbers behind it moved.
"""
import base64
import io
import json
import re
import wave
from dataclasses import dataclass

import numpy as np

from nbdrift.bundle import BUNDLE, unpack

COMPUTED = 1e-5
FIRST_STEPS = 1e-4
Z = 11
FLOOR = 1.5e-4                   # one image of the 10,000 in a test set passes, two do not
NUMBER = re.compile(r"(?<![\w.])[-+−]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?(?![\w]|\.\d)", re.I)
SVG = "image/svg+xml"
STYLE = re.compile('style="([^"]*)"')
DRAWN_BY = re.compile("Matplotlib v[^,<]*")
PIXELS = re.compile("data:image/png;base64,([^\"]*)")
SOUND = re.compile("data:audio/wav;base64,([^\"]*)")
IGNORED = "nbval-ignore-output"


@dataclass
class Difference:
    """One thing that moved. `excess`: by how many times `allowed` (infinity where nothing, or no distance, was allowed)."""
    what: str
    accepted: str
    new: str
    rule: str
    excess: float = float("inf")
    allowed: float | None = None

    def __str__(self):
        allowed = "" if self.allowed is None else f": allowed {self.allowed:.2g}"
        excess = "" if self.excess == float("inf") else f", {self.excess:.1f} times what is allowed"
        return f"{self.what}: accepted {self.accepted}, now {self.new} ({self.rule}{allowed}{excess})"


def compare_outputs(accepted, new, noise=None):
    """Differences between two lists of a cell's outputs. noise: {output name: {rule: {quantity: sd}}}."""
    accepted, new = merge_streams(accepted), merge_streams(new)
    found = []
    for i in range(max(len(accepted), len(new))):
        if i >= len(new):
            found.append(Difference(f"output {i}", brief(describe(accepted[i])), "nothing", "an output is missing"))
        elif i >= len(accepted):
            found.append(Difference(f"output {i}", "nothing", brief(describe(new[i])), "an output too many"))
        else:
            found += compare_output(accepted[i], new[i], noise or {})
    return found


def merge_streams(outputs):
    """The outputs with all text of one stream in one piece, where it first appears."""
    merged, streams = [], {}
    for output in outputs:
        if output["output_type"] == "stream":
            if output["name"] in streams:
                streams[output["name"]]["text"] += output["text"]
                continue
            output = streams[output["name"]] = dict(output)
        merged.append(output)
    return merged


def describe(output):
    if output["output_type"] == "stream":
        return output["text"]
    if output["output_type"] == "error":
        return f"{output['ename']}: {output['evalue']}"
    return output["data"].get("text/plain", ", ".join(output["data"]))


def compare_output(accepted, new, noise):
    kinds = [output["name"] if output["output_type"] == "stream" else
             "error" if output["output_type"] == "error" else "data" for output in (accepted, new)]
    if kinds[0] != kinds[1]:
        return [Difference("kind of output", f"{kinds[0]} {brief(describe(accepted))}", f"{kinds[1]} {brief(describe(new))}", "must be equal")]
    if kinds[0] != "data":
        return compare_text(kinds[0], describe(accepted), describe(new))
    old_data, new_data = accepted["data"], new["data"]
    if set(old_data) != set(new_data):
        return [Difference("kinds of data", ", ".join(sorted(old_data)), ", ".join(sorted(new_data)), "must be equal")]
    if BUNDLE in old_data:
        name = old_data[BUNDLE]["name"]
        masked = old_data[BUNDLE]["trained"] != new_data[BUNDLE]["trained"]
        found = [*compare_bundle(old_data[BUNDLE], new_data[BUNDLE], noise.get(name, {})),
                 *compare_text(f"{name}, text", old_data["text/plain"], new_data["text/plain"], masked)]
        if SVG in old_data:
            old, new = old_data[SVG], new_data[SVG]
            found += compare_text(f"{name}, drawn text", drawn_text(old, masked), drawn_text(new, masked), masked)
            if old_data[BUNDLE] == new_data[BUNDLE]:
                found += compare_structure(f"{name}, style", STYLE.findall(old), STYLE.findall(new))
                if DRAWN_BY.findall(old) == DRAWN_BY.findall(new):
                    found += compare_text(f"{name}, drawing", bare(old), bare(new))
                    found += [difference for a, b in zip(PIXELS.findall(old), PIXELS.findall(new)) for difference in compare_pixels(f"{name}, pixels", a, b)]
        return found + contradictions(name, new_data)
    found = []
    for mime in sorted(old_data):
        if mime.startswith("image/"):
            found.append(Difference(mime, "a picture", "a picture", "a picture without its numbers cannot be compared: use show()"))
        elif isinstance(old_data[mime], str):
            found += compare_text(mime, old_data[mime], new_data[mime])
        elif old_data[mime] != new_data[mime]:
            found.append(Difference(mime, brief(json.dumps(old_data[mime])), brief(json.dumps(new_data[mime])), "must be equal"))
    return found


def bare(svg):
    """A drawing without its images and without names that matplotlib makes of unrounded numbers."""
    return re.sub(r'(id="|#)\w[0-9a-f]{10}\b', r"\1", PIXELS.sub("", svg))


def compare_pixels(what, accepted, new):
    """Two PNG images in base64: equal to within two of 255 levels."""
    a, b = (pyplot_image(base64.b64decode(text)) for text in (accepted, new))
    if a.shape != b.shape:
        return [Difference(what, f"shape {a.shape}", f"shape {b.shape}", "must be equal")]
    moved = np.abs(a - b).max() * 255
    return [Difference(what, "an image", "another one", "levels of 255", moved / 2, 2.0)] if moved > 2 else []


def pyplot_image(png):
    from matplotlib import image                 # only where a page draws images
    return image.imread(io.BytesIO(png)).astype(float)


def contradictions(name, data):
    """What in a fresh output does not say the same as the numbers in its bundle."""
    bundle, found = data[BUNDLE], []
    for player in SOUND.findall("".join(data.get("text/html", ""))):
        with wave.open(io.BytesIO(base64.b64decode(player))) as file:
            played = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)
            rate = file.getframerate()
        samples = unpack(bundle["computed"]["samples"])
        if rate != bundle["structure"]["rate"]:
            found.append(Difference(f"{name}, rate played", str(bundle["structure"]["rate"]), str(rate), "must be that of its numbers"))
        elif played.shape != samples.shape or np.abs(played - samples).max() > 1 + np.ptp(samples) / 65534:
            found.append(Difference(f"{name}, samples played", "those of its numbers", "other ones", "must be equal"))
    if "text" in bundle["structure"]:
        numbers = {key: value if isinstance(value, int) else float(unpack(value)) for key, value in bundle["trained"].items() if not isinstance(value, list)}
        try:
            filled = bundle["structure"]["text"].format(**numbers)
        except (KeyError, ValueError, IndexError):
            return found                         # filled in with arrays, which is no template for numbers
        found += compare_text(f"{name}, text filled with its numbers", filled, data["text/plain"])
    return found


def compare_text(what, accepted, new, masked=False):
    """Words exactly, integers exactly, reals to one unit of the last printed digit; masked: numbers not at all."""
    if NUMBER.sub("#", accepted) != NUMBER.sub("#", new):
        old_lines, new_lines = accepted.splitlines(), new.splitlines()
        for line, (a, b) in enumerate(zip(old_lines, new_lines), 1):
            if NUMBER.sub("#", a) != NUMBER.sub("#", b):
                return [Difference(f"{what}, line {line}", brief(a), brief(b), "words must be equal")]
        return [Difference(what, f"{len(old_lines)} lines", f"{len(new_lines)} lines", "words must be equal")]
    found = []
    for a, b in zip(NUMBER.finditer(accepted), NUMBER.finditer(new)):
        if a[0] != b[0] and not masked:
            unit, moved = last_digit(a[0]), abs(value(a[0]) - value(b[0]))
            where = f"{what}, line {accepted.count(chr(10), 0, a.start()) + 1}"
            if unit is None:
                found.append(Difference(where, a[0], b[0], "an integer must be equal"))
            elif unit != last_digit(b[0]):
                found.append(Difference(where, a[0], b[0], "must have as many digits"))
            elif moved > unit * 1.000001:
                found.append(Difference(where, a[0], b[0], "one unit of the last digit", moved / unit, unit))
    return found


def drawn_text(svg, masked):
    """What is written in a matplotlib SVG, one piece a line; masked: only pieces with letters, since ticks may come and go."""
    pieces = (re.sub(r"<[^>]*>\s*", "", piece) for piece in re.findall(r"<text\b[^>]*>(.*?)</text>", svg, re.S))
    return "\n".join(piece for piece in pieces if not masked or re.search(r"[^\W\d_]", piece))


def value(text):
    return float(text.replace("−", "-"))


def last_digit(text):
    """The unit of the last printed digit of a real number; None for an integer."""
    mantissa, _, exponent = text.lower().partition("e")
    if "." not in mantissa and not exponent:
        return None
    return 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))


def compare_bundle(accepted, new, noise):
    name, whole = accepted["name"], unit(accepted["structure"])
    found = list(compare_structure(name, {"name": name, **accepted["structure"]}, {"name": new["name"], **new["structure"]}))
    for rule in ("computed", "first_steps", "trained"):
        for key in [*accepted[rule], *(key for key in new[rule] if key not in accepted[rule])]:
            what = f"{name}, {key}"
            if key not in new[rule]:
                found.append(Difference(what, "drawn", "nothing", "a quantity is missing"))
            elif key not in accepted[rule]:
                found.append(Difference(what, "nothing", "drawn", "a quantity too many"))
            else:
                found += compare_arrays(what, rule, accepted[rule][key], new[rule][key], noise.get(rule, {}).get(key), whole)
    return found


def unit(structure):
    """What the share 1 is in an output's numbers: 100 where its words speak of per cent or points."""
    words = [structure.get("text", ""), *(label for axes in structure.get("axes", []) for label in axes.get("labels", []))]
    return 100.0 if re.search("%|points", " ".join(words)) else 1.0


def compare_structure(path, accepted, new):
    if isinstance(accepted, dict) and isinstance(new, dict) and set(accepted) == set(new):
        for key in accepted:
            yield from compare_structure(f"{path}, {key}", accepted[key], new[key])
    elif isinstance(accepted, list) and isinstance(new, list) and len(accepted) == len(new):
        for number, (a, b) in enumerate(zip(accepted, new)):
            yield from compare_structure(f"{path} {number}", a, b)
    elif accepted != new:
        yield Difference(path, brief(json.dumps(accepted, ensure_ascii=False)), brief(json.dumps(new, ensure_ascii=False)), "must be equal")


def compare_arrays(what, rule, accepted, new, noise, unit=1.0):
    """Compare two packed arrays; reports the element that is furthest out."""
    a, b = unpack(accepted), unpack(new)
    if a.shape != b.shape:
        return [Difference(what, f"shape {a.shape}", f"shape {b.shape}", "must be equal")]
    if not a.size:
        return []
    if rule == "trained" and not calibrated(noise, a):
        return [Difference(what, span(a), span(b), "its re-run noise was never measured: run `make calibrate`")]
    allowed = tolerance(rule, accepted, noise, unit)
    with np.errstate(invalid="ignore", divide="ignore"):
        moved = np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0.0, np.abs(a - b))
        excess = np.where(moved == 0, 0.0, moved / allowed)
    excess = np.where(np.isnan(excess), np.inf, excess)
    if excess.max() <= 1:
        return []
    worst = np.unravel_index(excess.argmax(), a.shape)
    place = f" at {list(map(int, worst))}" if a.ndim else ""
    count = int((excess > 1).sum())
    others = f", {count} of {a.size} values out" if a.size > 1 else ""
    return [Difference(what + place, f"{a[worst]:.6g}", f"{b[worst]:.6g}", f"{rule.replace('_', ' ')}{others}",
                       float(excess.max()), float(allowed[worst]))]


def tolerance(rule, accepted, noise, unit=1.0, z=Z):
    """How far each element of a packed array may move; a trained one needs its noise. unit: what the share 1 is in it."""
    a = unpack(accepted)
    finite = a[np.isfinite(a)]
    scale = np.abs(finite).max() if finite.size else 0.0
    resolution = 2 * np.ptp(finite) / 65534 if isinstance(accepted, dict) and finite.size else 0.0
    if rule == "first_steps":
        allowed = np.maximum(FIRST_STEPS * np.abs(a), z * unpack(noise) if calibrated(noise, a) else 0)
    elif rule == "trained" and not (integral(accepted) and not np.any(unpack(noise))):
        allowed = np.maximum(z * unpack(noise), FLOOR * max(scale, unit))
    else:
        allowed = np.full(a.shape, 0.0 if integral(accepted) else COMPUTED * scale)
    return allowed + resolution


def calibrated(noise, array):
    return noise is not None and unpack(noise).shape == array.shape


def integral(value):
    """Whether a packed array holds integers (JSON integers, not floats)."""
    while isinstance(value, list) and value:
        value = value[0]
    return isinstance(value, int)


def span(array):
    return f"{array.flat[0]:.6g}" if array.size == 1 else f"{np.nanmin(array):.4g} to {np.nanmax(array):.4g}"


def brief(text, length=120):
    text = " ".join(str(text).split())
    return text if len(text) <= length else text[:length] + "..."
