"""Outputs that carry their numbers, so that a build compares data instead of pixels and text."""
import base64
import html
import io
import re
import unicodedata
import wave

import numpy as np

from nbdrift.bundle import BUNDLE, pack


def publish(text, name, structure=None, computed=None, first_steps=None, trained=None, **media):
    """Display `text` and `media` (MIME type with _ for / and -: `image_svg`), with the bundle of their numbers."""
    bundle = {"name": name, "structure": structure or {}}
    for rule, arrays in dict(computed=computed, first_steps=first_steps, trained=trained).items():
        bundle[rule] = {key: pack(array) for key, array in (arrays or {}).items()}
    mime = {"image_svg": "image/svg+xml", "text_html": "text/html"}
    from IPython.display import publish_display_data           # not before: the gate imports this module without IPython
    publish_display_data({"text/plain": text, **{mime[kind]: data for kind, data in media.items()}, BUNDLE: bundle})


def report(name, text, bears=None, **values):
    """Print `text` filled in with numbers that training produced, e.g. report("gain", "{gain:+.1f} points", gain=2.4).

    The words are compared exactly, the numbers by the re-run noise of the training behind them, up to what the words bear: bears says
    by how much a number may move before what is said of it is wrong, e.g. {"gain": 0.5}; half of itself if nothing is said.
    """
    publish(text.format(**values), name, structure={"text": text, **({"bears": bears} if bears else {})}, trained=values)


def table(name, rows, trained=None, digits=None):
    """Display a table: a list of dictionaries, one a row, whose keys are the heads of the columns, in order.

    Values are words, whole numbers, real numbers or texts. Texts that begin with a number are set as numbers. Real numbers are
    printed as `digits` says: {head: format specification, such as ".2f" or "+.1f"}, ".3g" otherwise; they are compared to one unit of
    their last digit, or, where they came out of training, by the re-run noise of `trained`: {name: value} of all such numbers.
    """
    heads = list(dict.fromkeys(head for row in rows for head in row))
    cells = [[_cell(row.get(head, ""), (digits or {}).get(head, ".3g")) for head in heads] for row in rows]
    publish(plain_table(heads, cells), name, {"heads": heads, "rows": len(cells)}, trained=trained, text_html=html_table(heads, cells))


def _cell(value, digits):
    if isinstance(value, (bool, np.bool_, str)):
        return str(value)
    return f"{value:,}" if isinstance(value, (int, np.integer)) else f"{float(value):{digits}}"


def is_number(text):
    """Whether a cell of a table stands with the numbers: it begins with one, and no word of some length follows."""
    return bool(re.match(r"[-+−±]?\d", text)) and not re.search(r"[A-Za-z]{4}|[\u4e00-\u9fff]{2}", text)


def plain_table(heads, cells):
    """A table as aligned text; East Asian characters are two columns wide."""
    rows = [heads, *cells]
    widths = [max(width(row[column]) for row in rows) for column in range(len(heads))]
    right = [all(is_number(row[column]) or not row[column] for row in cells) for column in range(len(heads))]
    pad = lambda text, column: (" " * (widths[column] - width(text)) + text) if right[column] else text + " " * (widths[column] - width(text))
    return "\n".join("  ".join(pad(text, column) for column, text in enumerate(row)).rstrip() for row in rows)


def width(text):
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def html_table(heads, cells):
    """The same table for a browser."""
    row = lambda tag, texts, marks: "<tr>" + "".join(f"<{tag}{mark}>{html.escape(text)}</{tag}>" for text, mark in zip(texts, marks)) + "</tr>"
    right = [' class="number"' if all(is_number(line[column]) or not line[column] for line in cells) else "" for column in range(len(heads))]
    return '<table class="dataframe"><thead>' + row("th", heads, right) + "</thead><tbody>" + \
        "".join(row("td", texts, right) for texts in cells) + "</tbody></table>"


def show(figure, name, trained=False):
    """Display a matplotlib figure as SVG and close it.

    name: file name in `figures/`, starting with the exercise's number, e.g. "6.3.3-chirp".
    trained: True if its numbers come from a training run (compared by re-run noise).
    """
    from nbdrift.figures import describe, draw                  # imports matplotlib
    structure, values = describe(figure)
    publish(f"<figure {name}>", name, structure, image_svg=draw(figure, name), **{"trained" if trained else "computed": values})


def sound(samples, rate, name):
    """Display a player for `samples` (shape (n,), scaled to full volume) at `rate` samples per second."""
    samples = np.asarray(samples, dtype=float)
    pcm = np.round(samples / np.abs(samples).max() * 32767).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1), out.setsampwidth(2), out.setframerate(rate)
        out.writeframes(pcm.tobytes())
    player = f'<audio controls aria-label="{name}" src="data:audio/wav;base64,{base64.b64encode(file.getvalue()).decode()}"></audio>'
    publish(f"<sound {name}: {len(samples) / rate:.2f} s>", name, {"rate": rate, "samples": len(samples)},
            {"samples": pcm}, text_html=player)
