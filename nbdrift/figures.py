"""What a matplotlib figure draws: its words and its numbers; and its drawing, the same whenever it is drawn."""
import io
import json

import matplotlib
import numpy as np


def draw(figure, name):
    """The figure as SVG text, the same whenever it is drawn; closes the figure."""
    svg = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": name, "svg.fonttype": "none", "font.sans-serif": ["DejaVu Sans"]}):
        figure.savefig(svg, format="svg", bbox_inches="tight", metadata={"Date": None})
    matplotlib.pyplot.close(figure)
    return svg.getvalue()


def describe(figure):
    """(structure, values) of everything a matplotlib figure draws: the words and the numbers."""
    structure, values = {"suptitle": figure.get_suptitle(), "axes": []}, {}
    around = [text.get_text() for text in [*figure.texts, *(text for legend in figure.legends for text in legend.get_texts())]]
    if around != [figure.get_suptitle()] and any(around):
        structure["around"] = around
    for number, axes in enumerate([*figure.axes, *(inset for axes in figure.axes for inset in axes.child_axes if isinstance(inset, matplotlib.axes.Axes))]):
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
    return json.loads(json.dumps(structure, default=str)), values


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
    from matplotlib import collections, image, lines, patches, table, text
    color = matplotlib.colors.to_hex
    if isinstance(artist, lines.Line2D):
        return "line", {"color": color(artist.get_color()), "style": artist.get_linestyle(), "steps": artist.get_drawstyle(),
                        "marker": str(artist.get_marker())}, _coordinates(artist)
    if isinstance(artist, image.AxesImage):
        return "image", {"map": _colors(artist), "norm": type(artist.norm).__name__, "origin": artist.origin,
                         "interpolation": artist.get_interpolation(), "shape": list(artist.get_array().shape)}, {
            "pixels": _filled(artist.get_array()), "limits": artist.get_clim(), "extent": artist.get_extent()}
    if isinstance(artist, collections.Collection):
        look = {"color": [color(c, keep_alpha=True) for c in artist.get_facecolor()[:8]], "map": _colors(artist)}
        arrays = {"offsets": artist.get_offsets(),
                  "paths": np.concatenate([path.vertices for path in artist.get_paths()] or [np.empty((0, 2))])}
        if artist.get_array() is not None:
            arrays |= {"values": _filled(artist.get_array()), "limits": artist.get_clim()}
            look["color"] = []
        arrays |= {name: np.asarray(getattr(artist, name), dtype=float) for name in ("U", "V") if hasattr(artist, name)}        # arrows
        arrays |= {f"depth {axis}": np.asarray(array, dtype=float) for axis, array in zip("xyz", getattr(artist, "_offsets3d", ()))}
        return type(artist).__name__, look, arrays
    if isinstance(artist, patches.Patch) and artist is not axes.patch:
        return type(artist).__name__, {"color": color(artist.get_facecolor(), keep_alpha=True)}, {
            "corners": artist.get_patch_transform().transform(artist.get_path().vertices)}
    if isinstance(artist, text.Text) and artist.get_text() and artist is not axes.title:
        return "text", {"text": artist.get_text(), "rotation": artist.get_rotation()}, {"at": np.asarray(getattr(artist, "xy", artist.get_position()), dtype=float)}
    if isinstance(artist, table.Table):
        return "table", {"cells": [[*place, cell.get_text().get_text()] for place, cell in sorted(artist.get_celld().items())]}, {}
    return None, {}, {}


def _coordinates(line):
    """{"x", "y", and in space "z": where the points of a line are}; dates and categories as the numbers at which they stand."""
    points = line.get_data_3d() if hasattr(line, "get_data_3d") else line.get_data(orig=False)
    return {name: _filled(np.ma.asarray(array, dtype=float)) for name, array in zip("xyz", points)}


def _filled(array):
    """An array with not-a-number in the place of what is masked."""
    return array.astype(float).filled(np.nan) if np.ma.is_masked(array) else np.asarray(array)
