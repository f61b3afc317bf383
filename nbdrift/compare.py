"""The gate: compares what a notebook's cells put out now with the accepted outputs.

Rules, by what an output is:
    words, shapes, integers, booleans      equal
    printed real numbers                   equal to within one unit of their last printed digit (and with as many digits, unless one is printed
                                           in full), to PRINTED of themselves, or to Z times their re-run noise where it was measured and is more;
                                           equal if both are below ROUNDING times the largest real one beside them
    numbers behind a figure ("computed")   equal to within COMPUTED of their scale, or Z times their noise where that is more
    first steps of a training run          equal to within FIRST_STEPS, relative, or Z times their noise if that is more
    end of a training run ("trained")      equal to within Z times their measured re-run noise, or FLOOR if that is more;
                                           FLOOR of 100 where the words speak of per cent or points; a single number by no more than
                                           its words bear: as `report` was told, or half of itself
A bundle of numbers (see `bundle`) is compared in place of the picture, sound or text that was made of it. Of a picture, what is
written in it is compared as well; where its numbers are the same to the last digit and matplotlib is of the same version, the whole
drawing. What a player plays must be the samples of its bundle, a text its template filled with its numbers. The numbers in a text
are masked where the trained numbers behind it moved. What no two runs share (addresses in memory, the kernel's temporary file,
names that pandas makes up, durations in cells that measure them) is no word. A picture without numbers is compared level by level
with one that was made like it; with one that was not, it cannot be: a difference that is `unguarded`.
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
PRINTED = 1e-9
ROUNDING = 1e-13
BARE = 8                         # digits that stand behind a point with nothing behind it, as numpy writes it
FULL = 7                         # from so many digits on a number is printed as it is, without zeros at its end
Z = 11
FLOOR = 1.5e-4                   # one image of the 10,000 in a test set passes, two do not
NUMBER = re.compile(r"(?<![\w.])[-+−]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?(?![\w]|\.\d)", re.I)
SVG, PNG = "image/svg+xml", "image/png"
STYLE = re.compile('style="([^"]*)"')
DRAWN_BY = re.compile("Matplotlib v[^,<]*")
PIXELS = re.compile("data:image/png;base64,([^\"]*)")
SOUND = re.compile("data:audio/wav;base64,([^\"]*)")
IGNORED = "nbval-ignore-output"
WIDGETS = "application/vnd.jupyter.widget-view+json"     # refers to a widget by a name made up in each run
MADE_UP = [(re.compile(pattern), put) for pattern, put in (
    (r"\b0x[0-9a-fA-F]{6,16}\b", "0x"),                   # where an object lies in memory
    (r"(?<!\S)\S*ipykernel_\d+[/\\]\d+\.py", "<cell>"), (r"<ipython-input-[^>]*>", "<cell>"),
    (r"(?<!\S)\S*[/\\](?:site|dist)-packages[/\\]", ""),         # where a package that warns is installed
    (r"\bT_[0-9a-f]{5}(?=_|\b)", "T_"),                    # a styled data frame
    (r"<Figure size \d+x\d+", "<Figure size"),            # in pixels, of which a screen may have more
    (r"""\bnp\.str_\(('[^']*'|"[^"]*")\)""", r"\1"), (r"\bnp\.(?:bool|u?int|float)\d*_?\(([^()]*)\)", r"\1"),      # how numpy 2 writes a number that numpy 1 wrote bare
    (r"^\$+(?:\\displaystyle)?\s*|\$+$", ""))]              # how a formula is set
TIMER = re.compile(r"^\s*%%?(?:time|timeit|prun|lprun|memit)\b", re.M)
DURATION = re.compile(r"\d[\d.,]*(?:e-?\d+)?\s*(?:ns|µs|μs|us|ms|s|min|h)\b|\d[\d,]* loops?\b")
REMARK = re.compile(r"The slowest run took [^\n]*(?:\n[^\n]*cached[^\n]*)?\n?")       # of %timeit, now and then
ALIASES = {"FillBetweenPolyCollection": "PolyCollection", '"antialiased"': '"auto"'}    # what versions of matplotlib call the same


@dataclass
class Difference:
    """One thing that moved. `excess`: by how many times `allowed` (infinity where nothing, or no distance, was allowed).

    unguarded: nothing is known to have moved, but the two could not be compared.
    """
    what: str
    accepted: str
    new: str
    rule: str
    excess: float = float("inf")
    allowed: float | None = None
    unguarded: bool = False

    def facts(self, cell):
        """The same for programs, as JSON can tell it; cell: number of the code cell."""
        return {"kind": "drifted", "cell": cell, "quantity": self.what, "accepted": self.accepted, "new": self.new, "rule": self.rule,
                "allowed": self.allowed, "excess": None if self.excess == float("inf") else self.excess}

    def __str__(self):
        allowed = "" if self.allowed is None else f": allowed {self.allowed:.2g}"
        excess = "" if self.excess == float("inf") else f", {self.excess:.1f} times what is allowed"
        return f"{self.what}: accepted {self.accepted}, now {self.new} ({self.rule}{allowed}{excess})"


def compare_notebooks(accepted, new, noise=None):
    """[(number of the code cell, Difference)] between two executed notebooks with the same code, but for cells tagged IGNORED."""
    cells = ([cell for cell in notebook.cells if cell.cell_type == "code"] for notebook in (accepted, new))
    return [(number, difference) for number, (old, fresh) in enumerate(zip(*cells)) if IGNORED not in fresh.metadata.get("tags", [])
            for difference in compare_outputs(old.outputs, fresh.outputs, noise, number, fresh.source)]


def compare_outputs(accepted, new, noise=None, cell=None, source=""):
    """Differences between two lists of a cell's outputs.

    noise: {output name: {rule: {quantity: sd}}}; an output without a bundle is called as `place` says.
    cell, source: number and code of the cell.
    """
    accepted, new = comparable(accepted, source), comparable(new, source)
    found = []
    for i in range(max(len(accepted), len(new))):
        if i >= len(new):
            found.append(Difference(f"output {i}", brief(describe(accepted[i])), "nothing", "an output is missing"))
        elif i >= len(accepted):
            found.append(Difference(f"output {i}", "nothing", brief(describe(new[i])), "an output too many"))
        else:
            found += compare_output(accepted[i], new[i], noise or {}, place(cell, i))
    return found


def comparable(outputs, source):
    """The outputs of a cell with this code, one for each stream, without the durations that it measures."""
    return merge_streams(without_durations(outputs) if TIMER.search(source) else outputs)


def place(cell, number):
    """What the noise of an output without a bundle goes by."""
    return f"cell {cell}, output {number}"


def without_durations(outputs):
    """The outputs of a cell that measures time, without what it measured."""
    bare = lambda value: DURATION.sub("<time>", REMARK.sub("", value)) if isinstance(value, str) else value
    return [{**output, **({"text": bare(output["text"])} if output["output_type"] == "stream" else
                          {"data": {kind: bare(value) for kind, value in output["data"].items()}} if "data" in output else {})} for output in outputs]


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


def compare_output(accepted, new, noise, name):
    kinds = [output["name"] if output["output_type"] == "stream" else
             "error" if output["output_type"] == "error" else "data" for output in (accepted, new)]
    if kinds[0] != kinds[1]:
        return [Difference("kind of output", f"{kinds[0]} {brief(describe(accepted))}", f"{kinds[1]} {brief(describe(new))}", "must be equal")]
    printed = noise.get(name, {}).get("printed", {})
    if kinds[0] != "data":
        return compare_text(kinds[0], describe(accepted), describe(new), noise=printed.get("text"))
    old_data, new_data = accepted["data"], new["data"]
    if BUNDLE in new_data and BUNDLE not in old_data and old_data.keys() & {PNG, SVG}:
        return [Difference("a figure", "a picture", "its numbers", "cannot be compared: its numbers were never accepted", unguarded=True)]
    if BUNDLE in old_data and BUNDLE not in new_data:
        return [Difference(old_data[BUNDLE]["name"], "its numbers", "none", "the numbers of a figure were not captured")]
    pictures = {kind for kind in old_data.keys() ^ new_data.keys() if kind.startswith("image/")}
    if pictures and pictures == old_data.keys() ^ new_data.keys() and "text/html" in old_data:
        return [Difference("a picture", *(", ".join(sorted(pictures & data.keys())) or "none" for data in (old_data, new_data)),
                           "cannot be compared: a picture beside the text", unguarded=True),
                *compare_text("text/html", old_data["text/html"], new_data["text/html"], noise=printed.get("text/html"))]
    if set(old_data) != set(new_data):
        return [Difference("kinds of data", ", ".join(sorted(old_data)), ", ".join(sorted(new_data)), "must be equal")]
    if BUNDLE in old_data:
        name = old_data[BUNDLE]["name"]
        measured = noise.get(name, {})
        masked = any(old_data[BUNDLE][rule] != new_data[BUNDLE][rule] for rule in {"trained", *measured})
        found = [*compare_bundle(old_data[BUNDLE], new_data[BUNDLE], measured),
                 *compare_text(f"{name}, text", old_data["text/plain"], new_data["text/plain"], masked)]
        if PNG in old_data and old_data[BUNDLE] == new_data[BUNDLE] and software(old_data[PNG]) == software(new_data[PNG]):
            found += compare_pixels(f"{name}, pixels", old_data[PNG], new_data[PNG])
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
    for mime in sorted(old_data.keys() - {WIDGETS}):
        old, fresh = old_data[mime], new_data[mime]
        if mime.startswith("image/") and mime != SVG:
            found += compare_pictures(mime, old, fresh)
        elif isinstance(old, str) and isinstance(fresh, str):
            found += compare_text(mime, old, fresh, noise=printed.get(mime))
        else:
            found += compare_structure(mime, old, fresh)
    return found


def compare_pictures(what, accepted, new):
    """Two pictures in base64, as far as they were made alike: level by level if one version of a program wrote both."""
    if accepted.split() == new.split():
        return []
    if what != PNG:
        return [Difference(what, "a picture", "another one", "must be equal")]
    if software(accepted) != software(new):
        return [Difference(what, f"by {software(accepted)}", f"by {software(new)}", "cannot be compared: a picture without its numbers", unguarded=True)]
    return compare_pixels(what, accepted, new)


def software(png):
    """What a PNG in base64 says about the program that wrote it, such as "Matplotlib version3.10.0, ..."; "" if nothing."""
    found = re.search(rb"tEXtSoftware\0([\x20-\x7e]*)", base64.b64decode(png))
    return found[1].decode() if found else ""


def bare(svg):
    """A drawing without its images, its date, and names that matplotlib makes up or makes of unrounded numbers."""
    return re.sub(r'(id="|#)\w[0-9a-f]{10}\b|<dc:date>[^<]*', r"\1", PIXELS.sub("", svg))


def compare_pixels(what, accepted, new):
    """Two PNG images in base64: equal to within two of 255 levels."""
    if accepted == new:
        return []
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


def compare_text(what, accepted, new, masked=False, noise=None):
    """Words exactly, numbers as `allowed_of` says; masked: numbers not at all. noise: packed sd of each number, in order."""
    if accepted == new:
        return []
    accepted, new = without_made_up(accepted), without_made_up(new)
    numbers = list(NUMBER.finditer(accepted)), list(NUMBER.finditer(new))
    if not same_words(accepted, new):
        old_lines, new_lines = accepted.splitlines(), new.splitlines()
        for line, (a, b) in enumerate(zip(old_lines, new_lines), 1):
            if NUMBER.sub("#", a) != NUMBER.sub("#", b):
                return [Difference(f"{what}, line {line}", brief(a), brief(b), "words must be equal")]
        return [Difference(what, f"{len(old_lines)} lines", f"{len(new_lines)} lines", "words must be equal")]
    if masked:
        return []
    found = []
    largest = max((abs(value(number[0])) for both in numbers for number in both if last_digit(number[0])), default=0.0)
    measured = unpack(noise) if noise is not None and unpack(noise).shape == (len(numbers[0]),) else np.zeros(len(numbers[0]))
    for a, b, sd in zip(*numbers, measured):
        moved = abs(value(a[0]) - value(b[0]))
        if a[0] == b[0] or not moved:
            continue
        where = f"{what}, line {accepted.count(chr(10), 0, a.start()) + 1}"
        allowed, rule = allowed_of(a[0], b[0], largest, sd)
        if moved > allowed * 1.000001:
            found.append(Difference(where, a[0], b[0], rule, *((moved / allowed, allowed) if allowed else ())))
    return found


def allowed_of(a, b, largest, sd=0.0):
    """(how far two printed numbers may be apart, by which rule); largest: the largest real number beside them."""
    units = [unit for unit in (last_digit(a), last_digit(b)) if unit is not None]
    if not units:
        return Z * sd, "re-run noise" if sd else "an integer must be equal"
    if max(abs(value(a)), abs(value(b))) < ROUNDING * largest:
        return float("inf"), "rounding"
    if last_digit(a) != last_digit(b) and max(digits(a), digits(b)) < FULL and not sd:
        return 0.0, "must have as many digits"
    return max((min(units), "one unit of the last digit"), (PRINTED * abs(value(a)), "rounding"), (Z * sd, "re-run noise"))


def same_words(accepted, new):
    """Whether two texts agree but for their numbers, and for blanks and line ends where a number has another width."""
    a, b = NUMBER.sub("#", accepted), NUMBER.sub("#", new)
    widths = ([len(number[0]) for number in NUMBER.finditer(text)] for text in (accepted, new))
    return a == b or layout(a) == layout(b) and next(widths) != next(widths)


def layout(words):
    return re.sub(r"(?<=[\[(]) | (?=[\]),])", "", " ".join(words.split()))


def without_made_up(text):
    for pattern, put in MADE_UP:
        text = pattern.sub(put, text)
    return text


def drawn_text(svg, masked):
    """What is written in a matplotlib SVG, one piece a line; masked: only pieces with letters, since ticks may come and go."""
    pieces = (re.sub(r"<[^>]*>\s*", "", piece) for piece in re.findall(r"<text\b[^>]*>(.*?)</text>", svg, re.S))
    return "\n".join(piece for piece in pieces if not masked or re.search(r"[^\W\d_]", piece))


def words(text):
    """What of a printed text is no number, its layout aside."""
    return layout(NUMBER.sub("#", without_made_up(text)))


def numbers(text):
    """The printed numbers of a text, in order, as `compare_text` counts them."""
    return [value(number[0]) for number in NUMBER.finditer(without_made_up(text))]


def value(text):
    return float(text.replace("−", "-"))


def digits(text):
    """How many significant digits a printed number has."""
    mantissa = text.lower().partition("e")[0]
    return BARE if mantissa.endswith(".") else len(re.sub(r"^0+", "", re.sub(r"\D", "", mantissa)))


def last_digit(text):
    """The unit of the last printed digit of a real number; None for an integer. "1." is how numpy writes 1.00000000."""
    mantissa, _, exponent = text.lower().partition("e")
    if "." not in mantissa and not exponent:
        return None
    return 10.0 ** (int(exponent or 0) - (len(mantissa.partition(".")[2]) or BARE))


def compare_bundle(accepted, new, noise):
    if accepted["structure"] != new["structure"] and renamed(accepted["structure"]) == renamed(new["structure"]):
        accepted, new, noise = renamed(accepted), renamed(new), renamed(noise)
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
                found += compare_arrays(what, rule, accepted[rule][key], new[rule][key], noise.get(rule, {}).get(key), whole, bears(accepted, key))
    return found


def renamed(values):
    """JSON values under the names of ALIASES."""
    text = json.dumps(values)
    for name, alias in ALIASES.items():
        text = text.replace(name, alias)
    return json.loads(text)


def unit(structure):
    """What the share 1 is in an output's numbers: 100 where its words speak of per cent or points."""
    words = [structure.get("text", ""), *(label for axes in structure.get("axes", []) for label in axes.get("labels", []))]
    return 100.0 if re.search("%|points", " ".join(words)) else 1.0


def bears(bundle, key):
    """How far a number may move before the words beside it are wrong, as their author says; None if nothing is said."""
    return bundle["structure"].get("bears", {}).get(key)


def compare_structure(path, accepted, new):
    if isinstance(accepted, dict) and isinstance(new, dict):
        for key in {**accepted, **new}:
            if key in accepted and key in new:
                yield from compare_structure(f"{path}, {key}", accepted[key], new[key])
            else:
                yield Difference(f"{path}, {key}", *(brief(json.dumps(side[key], ensure_ascii=False)) if key in side else "nothing" for side in (accepted, new)),
                                 "must be in both")
    elif isinstance(accepted, list) and isinstance(new, list) and len(accepted) == len(new):
        for number, (a, b) in enumerate(zip(accepted, new)):
            yield from compare_structure(f"{path} {number}", a, b)
    elif accepted != new and not nearly(accepted, new):
        yield Difference(path, brief(json.dumps(accepted, ensure_ascii=False)), brief(json.dumps(new, ensure_ascii=False)), "must be equal")


def nearly(a, b):
    """Whether both are real numbers, equal up to rounding."""
    return isinstance(a, float) and isinstance(b, float) and abs(a - b) <= PRINTED * abs(a)


def compare_arrays(what, rule, accepted, new, noise, unit=1.0, bears=None):
    """Compare two packed arrays; reports the element that is furthest out."""
    a, b = unpack(accepted), unpack(new)
    if a.shape != b.shape:
        return [Difference(what, f"shape {a.shape}", f"shape {b.shape}", "must be equal")]
    if not a.size:
        return []
    if rule == "trained" and not calibrated(noise, a):
        return [Difference(what, span(a), span(b), "its re-run noise was never measured: calibrate")]
    allowed = tolerance(rule, accepted, noise, unit, bears)
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


def tolerance(rule, accepted, noise, unit=1.0, bears=None, z=Z):
    """How far each element of a packed array may move; a trained one needs its noise.

    unit: what the share 1 is in it. bears: the most that a single trained number may move; None for half of itself.
    """
    a = unpack(accepted)
    finite = a[np.isfinite(a)]
    scale = np.abs(finite).max() if finite.size else 0.0
    resolution = 2 * np.ptp(finite) / 65534 if isinstance(accepted, dict) and finite.size else 0.0
    if rule == "first_steps":
        allowed = np.maximum(FIRST_STEPS * np.abs(a), z * unpack(noise) if calibrated(noise, a) else 0)
    elif rule == "trained" and not (integral(accepted) and not np.any(unpack(noise))):
        least = FLOOR * max(scale, unit)
        allowed = np.maximum(z * unpack(noise), least)
        if not a.ndim:
            allowed = np.minimum(allowed, max(scale / 2 if bears is None else bears, least))
    else:
        allowed = np.full(a.shape, 0.0 if integral(accepted) else COMPUTED * scale)
        if calibrated(noise, a):
            allowed = np.maximum(allowed, z * unpack(noise))
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
