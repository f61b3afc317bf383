"""Faults for other people's notebooks, which know nothing of what is in them.

FIGURES are seeded in the kernel, into a matplotlib figure just before it is displayed; `seed_figures` runs there at its
start. OUTPUTS are seeded into what a cell has put out. Each fault says whether it found something that it could spoil.
"""
import base64
import io
import json
import re

REAL = re.compile(r"(?<![\w.])\d+\.\d{2,}(?![\w.])")
WHOLE = re.compile(r"(?<![\w.,:/+-])\d+(?![\w.,:/-])")
WORD = re.compile(r"\b[A-Za-z]{4,}\b")
CELL = re.compile(r"<td>([^<]+)</td>")


# ---- figures, in the kernel

def flat_axes(figure):
    return [axes for axes in figure.axes if axes.name == "rectilinear"]


def curves(figure):
    """Lines with at least three finite points at different heights, as (line, heights)."""
    import numpy as np
    for axes in flat_axes(figure):
        for line in axes.lines:
            try:
                y = np.asarray(line.get_ydata(), dtype=float)
            except (TypeError, ValueError):
                continue
            if line.get_visible() and len(y) > 2 and np.isfinite(y).all() and np.ptp(y) > 0:
                yield line, y


def curve_shifted(figure):
    import numpy as np
    for line, y in curves(figure):
        line.set_ydata(y + 0.01 * np.ptp(y))
        return True


def point_moved(figure):
    import numpy as np
    for line, y in curves(figure):
        middle = len(y) // 2
        line.set_ydata(np.concatenate([y[:middle], [y[middle] + 0.01 * np.ptp(y)], y[middle + 1:]]))
        return True


def curve_dropped(figure):
    for line, _ in curves(figure):
        line.remove()
        return True


def colour_changed(figure):
    from matplotlib.colors import to_hex
    for axes in flat_axes(figure):
        for artist in [*axes.lines, *axes.patches]:
            color = artist.get_color() if hasattr(artist, "get_color") else artist.get_facecolor()
            artist.set_color("#123456" if to_hex(color) != "#123456" else "#654321")
            return True


def label_changed(figure):
    for axes in figure.axes:
        for get, put in ((axes.get_xlabel, axes.set_xlabel), (axes.get_ylabel, axes.set_ylabel), (axes.get_title, axes.set_title)):
            if get():
                put(spoil_word(get()))
                return True


def legend_exchanged(figure):
    for axes in figure.axes:
        texts = axes.get_legend().get_texts() if axes.get_legend() else []
        if len(texts) > 1 and texts[0].get_text() != texts[1].get_text():
            first, second = texts[0].get_text(), texts[1].get_text()
            texts[0].set_text(second), texts[1].set_text(first)
            return True


def axis_inverted(figure):
    for axes in flat_axes(figure):
        if axes.has_data() and axes.axison:
            axes.invert_yaxis()
            return True


def limits_narrowed(figure):
    for axes in flat_axes(figure):
        if axes.has_data() and axes.axison and axes.get_xscale() == "linear":
            low, high = axes.get_xlim()
            axes.set_xlim(low, high - 0.1 * (high - low))
            return True


def points_shifted(figure):
    import numpy as np
    for axes in figure.axes:
        for points in axes.collections:
            if type(points).__name__ == "PathCollection" and len(points.get_offsets()) > 2:
                at = np.array(points.get_offsets(), dtype=float)
                points.set_offsets(at + [0, 0.01 * np.ptp(at[:, 1])])
                return True


def bar_grown(figure):
    from matplotlib.patches import Rectangle
    for axes in flat_axes(figure):
        for bar in axes.patches:
            if isinstance(bar, Rectangle) and bar.get_height():
                bar.set_height(1.01 * bar.get_height())
                return True


def image_turned(figure):
    import numpy as np
    for axes in figure.axes:
        for image in axes.images:
            pixels = image.get_array()
            if (pixels[::-1] != pixels).any():
                image.set_data(pixels[::-1])
                return True


FIGURES = {"a curve shifted by 1 % of its range": curve_shifted, "one point of a curve moved by 1 %": point_moved,
           "a curve dropped": curve_dropped, "a colour changed": colour_changed, "a label changed": label_changed,
           "two legend entries exchanged": legend_exchanged, "an axis inverted": axis_inverted,
           "an axis cut by a tenth": limits_narrowed, "points shifted by 1 % of their range": points_shifted,
           "a bar grown by 1 %": bar_grown, "an image upside down": image_turned}


def seed_figures(run, log):
    """From now on every figure gets one of FIGURES, in turn, just before it is displayed; `log` gets a line for each."""
    import IPython
    from IPython.core.formatters import DisplayFormatter
    shell, seeded, count = IPython.get_ipython(), set(), [0]

    def seed(figure):
        if id(figure) in seeded:
            return
        seeded.add(id(figure))
        kinds = list(FIGURES)
        for step in range(len(kinds)):
            kind = kinds[(count[0] + run + step) % len(kinds)]
            if FIGURES[kind](figure):
                count[0] = count[0] + 1
                with open(log, "a") as file:
                    file.write(json.dumps(kind) + "\n")
                return

    def seed_open():
        import sys
        if "matplotlib.pyplot" in sys.modules:
            from matplotlib._pylab_helpers import Gcf
            for manager in Gcf.get_all_fig_managers():
                seed(manager.canvas.figure)

    format_one = DisplayFormatter.format

    def format_seeded(self, thing, *arguments, **options):
        if type(thing).__module__.startswith("matplotlib.") and hasattr(thing, "axes") and hasattr(thing, "savefig"):
            seed(thing)
        return format_one(self, thing, *arguments, **options)

    DisplayFormatter.format = format_seeded
    shell.events.register("post_execute", seed_open)                 # before the inline backend's, which comes later
    shell.events.register("pre_run_cell", lambda info: seeded.clear())


# ---- outputs

def spoil_word(text, random=None):
    """The text with one letter of a word of it changed."""
    words = list(WORD.finditer(text))
    at = (random.choice(words).start() + 1) if random and words else words[0].start() + 1 if words else 0
    return text[:at] + ("q" if text[at:at + 1] != "q" else "k") + text[at + 1:]


def texts(outputs):
    """(dictionary, key) of every text among outputs that has no second form beside it."""
    for output in outputs:
        if output["output_type"] == "stream":
            yield output, "text"
        elif "data" in output and "text/plain" in output["data"] and not {"text/html", "image/png", "text/latex"} & set(output["data"]):
            yield output["data"], "text/plain"


def replace(outputs, pattern, change, random, wanted=bool):
    """Changes one place that the pattern finds in the texts of outputs."""
    found = [(place, key, match) for place, key in texts(outputs) for match in pattern.finditer(place[key]) if wanted(match[0])]
    if not found:
        return False
    place, key, match = random.choice(found)
    place[key] = place[key][:match.start()] + change(match[0]) + place[key][match.end():]
    return True


def other_digits(number):
    return number[:-2] + f"{(int(number[-2:]) + 37) % 100:02d}" if number[-2] != "." else number[:-1] + str((int(number[-1]) + 5) % 10)


def digits(number):
    return len(number.replace(".", "").lstrip("0"))


def real_changed(outputs, random):
    return replace(outputs, REAL, other_digits, random, lambda number: digits(number) <= 9)


def full_changed(outputs, random):
    return replace(outputs, REAL, other_digits, random, lambda number: digits(number) > 9)


def eighth_changed(outputs, random):
    cut = lambda number: len(number) - digits(number) + 8
    return replace(outputs, REAL, lambda number: other_digits(number[:cut(number)]) + number[cut(number):], random,
                   lambda number: digits(number) > 9 and "." in number[:cut(number) - 2])


def whole_changed(outputs, random):
    return replace(outputs, WHOLE, lambda number: str(int(number) + 1).zfill(len(number)), random)


def sign_changed(outputs, random):
    return replace(outputs, re.compile(r"(?<=[\s(\[,])-?\d+\.\d*[1-9]"), lambda number: number[1:] if number[0] == "-" else "-" + number, random)


def word_changed(outputs, random):
    return replace(outputs, WORD, spoil_word, random)


def line_dropped(outputs, random):
    return replace(outputs, re.compile(r"(?<=\n)[^\n]*\S[^\n]*\n"), lambda line: "", random)


def table_changed(outputs, random):
    tables = [output["data"] for output in outputs if CELL.search("".join(output.get("data", {}).get("text/html", "")))]
    if not tables:
        return False
    data = random.choice(tables)
    html = "".join(data["text/html"])
    cell = random.choice(list(CELL.finditer(html)))
    real, whole = REAL.search(cell[1]), re.fullmatch(r"-?\d+", cell[1])
    new = (cell[1][:real.start()] + other_digits(real[0]) + cell[1][real.end():] if real else
           str(int(cell[1]) + 1) if whole else spoil_word(cell[1], random))
    data["text/html"] = html[:cell.start(1)] + new + html[cell.end(1):]
    if "text/plain" in data:
        data["text/plain"] = re.sub(rf"(?<![\w.]){re.escape(cell[1])}(?![\w.])", lambda match: new, "".join(data["text/plain"]), count=1)
    return True


def remove(outputs, which, random):
    found = [number for number, output in enumerate(outputs) if which(output)]
    if found:
        del outputs[random.choice(found)]
    return bool(found)


def figure_missing(outputs, random):
    return remove(outputs, lambda output: "image/png" in output.get("data", {}), random)


def output_missing(outputs, random):
    return remove(outputs, lambda output: output["output_type"] != "error" and "image/png" not in output.get("data", {}), random)


def picture_turned(outputs, random):
    """Pictures that are no figures, since those have their numbers beside them."""
    from PIL import Image
    found = [output["data"] for output in outputs if "image/png" in output.get("data", {})
             and not any("nbdrift" in kind for kind in output["data"]) and "<Figure" not in output["data"].get("text/plain", "")]
    if not found:
        return False
    data, turned = random.choice(found), io.BytesIO()
    Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).transpose(Image.Transpose.FLIP_TOP_BOTTOM).save(turned, "png")
    data["image/png"] = base64.b64encode(turned.getvalue()).decode()
    return True


OUTPUTS = {"last two digits of a number of up to nine": real_changed,
           "seventh and eighth digit of a longer number": eighth_changed, "last two digits of a longer number": full_changed, "an integer changed by one": whole_changed,
           "a sign changed": sign_changed, "a letter of a word changed": word_changed, "a line of text dropped": line_dropped,
           "a table's cell changed": table_changed, "a figure missing": figure_missing, "an output missing": output_missing,
           "a picture upside down": picture_turned}
