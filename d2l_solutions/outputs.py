"""Outputs that carry their numbers, so that a build compares data instead of pixels and text.

Every output made here holds, beside what the reader sees, a bundle under the MIME type `BUNDLE`:

    name         what the output is called, unique within its page
    structure    everything that must be equal: labels, styles, shapes
    computed     {key: array} that training does not touch: equal up to rounding
    first_steps  {key: array} from the first minibatches of a training run: relative 1e-4
    trained      {key: array} from the end of a training run: equal up to the measured re-run noise
"""
import base64
import html
import io
import re
import unicodedata
import wave
import zlib

import matplotlib
import numpy as np
from IPython.display import publish_display_data

BUNDLE = "application/vnd.d2l-solutions+json"
SMALL = 256                      # arrays up to this size are written as lists, larger ones packed


def publish(text, name, structure=None, computed=None, first_steps=None, trained=None, **media):
    """Display `text` and `media` (MIME type with _ for / and -: `image_svg`), with the bundle of their numbers."""
    bundle = {"name": name, "structure": structure or {}}
    for rule, arrays in dict(computed=computed, first_steps=first_steps, trained=trained).items():
        bundle[rule] = {key: pack(array) for key, array in (arrays or {}).items()}
    mime = {"image_svg": "image/svg+xml", "text_html": "text/html"}
    publish_display_data({"text/plain": text, **{mime[kind]: data for kind, data in media.items()}, BUNDLE: bundle})


def report(name, text, **values):
    """Print `text` filled in with numbers that training produced, e.g. report("gain", "{gain:+.1f} points", gain=2.4).

    The words are compared exactly, the numbers by the re-run noise of the training behind them.
    """
    publish(text.format(**values), name, structure={"text": text}, trained=values)


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
    return bool(re.match(r"[-+−±]?\d", text))


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
    structure, values = describe(figure)
    publish(f"<figure {name}>", name, structure, image_svg=draw(figure, name), **{"trained" if trained else "computed": values})


def draw(figure, name):
    """The figure as SVG text, the same whenever it is drawn; closes the figure."""
    svg = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": name, "svg.fonttype": "none", "font.sans-serif": ["DejaVu Sans"]}):
        figure.savefig(svg, format="svg", bbox_inches="tight", metadata={"Date": None})
    matplotlib.pyplot.close(figure)
    return svg.getvalue()


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


def describe(figure):
    """(structure, values) of everything a matplotlib figure draws: the words and the numbers."""
    structure, values = {"suptitle": figure.get_suptitle(), "axes": []}, {}
    for number, axes in enumerate(figure.axes):
        artists = []
        legend = axes.get_legend()
        structure["axes"].append({
            "title": axes.get_title(), "labels": [axes.get_xlabel(), axes.get_ylabel()],
            "scales": [axes.get_xscale(), axes.get_yscale()], "visible": axes.axison, "projection": axes.name,
            "inverted": [bool(axes.xaxis_inverted()), bool(axes.yaxis_inverted())],
            "legend": [text.get_text() for text in legend.get_texts()] if legend else [],
            "ticks": [_words(axes.xaxis), _words(axes.yaxis)],
            "artists": artists})
        for axis, fixed in (("xlim", not axes.get_autoscalex_on()), ("ylim", not axes.get_autoscaley_on())):
            if fixed:
                values[f"{number}/{axis}"] = getattr(axes, f"get_{axis}")()
        for artist in axes.get_children():
            kind, look, arrays = _describe_artist(artist, axes)
            if kind and artist.get_visible():
                key = f"{number}/{len(artists)}-{kind}"
                label = str(artist.get_label())
                artists.append({"kind": kind, "label": "" if label.startswith("_") else label, **look})
                values.update({f"{key}/{part}": array for part, array in arrays.items() if np.size(array)})
    return structure, values


def _words(axis):
    """The words at the ticks of an axis where the author chose them, [] where matplotlib writes numbers."""
    formatter, ticker = axis.get_major_formatter(), matplotlib.ticker
    if isinstance(formatter, (ticker.ScalarFormatter, ticker.LogFormatter, ticker.NullFormatter)):
        return []
    return formatter.format_ticks(axis.get_majorticklocs())


def _colors(artist):
    """Five colours of a colour map: versions of matplotlib give maps without a name different ones."""
    return [matplotlib.colors.to_hex(color) for color in artist.get_cmap()(np.linspace(0, 1, 5))]


def _describe_artist(artist, axes):
    from matplotlib import collections, image, lines, patches, text
    color = matplotlib.colors.to_hex
    if isinstance(artist, lines.Line2D):
        return "line", {"color": color(artist.get_color()), "style": artist.get_linestyle(), "steps": artist.get_drawstyle(),
                        "marker": str(artist.get_marker())}, dict(zip("xy", np.asarray(artist.get_data(), dtype=float)))
    if isinstance(artist, image.AxesImage):
        return "image", {"map": _colors(artist), "norm": type(artist.norm).__name__, "origin": artist.origin,
                         "interpolation": artist.get_interpolation(), "shape": list(artist.get_array().shape)}, {
            "pixels": np.ma.filled(artist.get_array(), np.nan), "limits": artist.get_clim(), "extent": artist.get_extent()}
    if isinstance(artist, collections.Collection):
        look = {"color": [color(c, keep_alpha=True) for c in artist.get_facecolor()[:8]], "map": _colors(artist)}
        arrays = {"offsets": artist.get_offsets(),
                  "paths": np.concatenate([path.vertices for path in artist.get_paths()] or [np.empty((0, 2))])}
        if artist.get_array() is not None:
            arrays |= {"values": np.ma.filled(artist.get_array(), np.nan), "limits": artist.get_clim()}
            look["color"] = []
        return type(artist).__name__, look, arrays
    if isinstance(artist, patches.Patch) and artist is not axes.patch:
        return type(artist).__name__, {"color": color(artist.get_facecolor(), keep_alpha=True)}, {
            "corners": artist.get_patch_transform().transform(artist.get_path().vertices)}
    if isinstance(artist, text.Text) and artist.get_text() and artist is not axes.title:
        return "text", {"text": artist.get_text(), "rotation": artist.get_rotation()}, {"at": np.asarray(getattr(artist, "xy", artist.get_position()), dtype=float)}
    return None, {}, {}


def pack(array):
    """A JSON value for numbers of any shape: lists if small, else 16-bit fixed point, compressed (error < 1e-5 of the range)."""
    array = np.asarray(array)
    if array.size <= SMALL:
        return np.vectorize(lambda x: float(f"{x:.9g}"), otypes=[float])(array).tolist() if array.dtype.kind == "f" else array.tolist()
    finite = array[np.isfinite(array)]
    low, high = float(finite.min()), float(finite.max())
    steps = np.where(np.isfinite(array), np.round((array - low) / ((high - low) or 1) * 65534), 65535).astype("<u2")
    return {"shape": list(array.shape), "low": low, "high": high,
            "packed": base64.b64encode(zlib.compress(steps.tobytes(), 9)).decode()}


def unpack(value):
    """The array (float64) that `pack` wrote; not-a-number where it was not finite."""
    if not isinstance(value, dict):
        return np.asarray(value, dtype=float)
    steps = np.frombuffer(zlib.decompress(base64.b64decode(value["packed"])), "<u2").astype(float).reshape(value["shape"])
    return np.where(steps == 65535, np.nan, value["low"] + steps / 65534 * (value["high"] - value["low"]))
