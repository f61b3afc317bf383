"""What moved, told and drawn: columns for a terminal, JSON for programs, a self-contained HTML page for each output with numbers."""
import base64
import difflib
import html
import io
import json
import re
from itertools import zip_longest

import numpy as np

from nbdrift import compare
from nbdrift.bundle import BUNDLE, unpack

PLOTS = 8                        # quantities drawn in one picture
HEAD = ("quantity", "accepted", "now", "allowed", "times allowed", "rule")
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 90rem; padding: 0 1rem; color: #222; background: #fff }
h1 { font-size: 1.4rem } code { font-size: .9em } h2 { font-size: 1.1rem; margin-top: 2.5rem }
table { border-collapse: collapse; font-size: .9rem } th, td { text-align: left; padding: .2rem 1.2rem .2rem 0; border-bottom: 1px solid #ddd }
.sides { display: grid; grid-template-columns: repeat(3, 1fr); gap: 1.5rem }
figure { margin: 0 } figure img { width: 100% } figcaption { font-weight: 600 }
.overlay { position: relative; isolation: isolate; filter: invert(1); background: #000 }
.overlay img { display: block; background: #fff } .overlay img + img { position: absolute; top: 0; left: 0; mix-blend-mode: difference }
.plot { display: block; max-width: 100%; margin: 1rem 0 }
"""


def write(folder, name, accepted, fresh, moved, noise):
    """Write <name>.json, and <name>-<output>.html for outputs with numbers or pictures, into `folder`.

    moved: [(number of the code cell, Difference)]; it lists, with the first line of the cell, everything of it.
    """
    failures = [difference.facts(cell) for cell, difference in moved]
    explain(name, accepted, fresh, failures, noise, folder)
    (folder / f"{name}.json").write_text(json.dumps(failures, indent=1, ensure_ascii=False), encoding="utf-8")


def explain(name, accepted, fresh, failures, noise, folder):
    """Add to each failure (see `Difference.facts`) what helps to see it: the first line of its cell, differing text, a picture in `folder`."""
    cells = [[cell for cell in notebook.cells if cell.cell_type == "code"] for notebook in (accepted, fresh)]
    for failure in failures:
        failure["line"] = first_line(cells[0][failure["cell"]].source)
    for number in sorted({failure["cell"] for failure in failures}):
        outputs = (compare.merge_streams(side[number].outputs) for side in cells)
        explain_cell(name, [failure for failure in failures if failure["cell"] == number], *outputs, noise, folder)


def explain_cell(name, failures, accepted, new, noise, folder):
    """Add the differing text to the first failure of a cell, and pictures to those of outputs that carry numbers."""
    text = text_difference(accepted, new)
    if text:
        failures[0]["text"] = text
    old, fresh = bundles(accepted), bundles(new)
    for output in old | fresh:
        mine = [failure for failure in failures if failure["quantity"].startswith(f"{output},") or output not in old or output not in fresh]
        for failure in mine:
            failure["quantity"] += label(failure["quantity"], (old.get(output) or fresh[output])[BUNDLE]["structure"])
        drawing = picture(f"{name}, code cell {failures[0]['cell']}", failures[0]["line"], output, mine,
                          old.get(output), fresh.get(output), noise.get(output, {})) if mine else None
        if drawing:
            stem, prefix = re.sub(r"[^\w.-]+", "-", output), name.partition("-")[0]
            file = folder / (f"{stem}.html" if stem.startswith(prefix) else f"{prefix}-{stem}.html")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(drawing, encoding="utf-8")
            for failure in mine:
                failure["picture"] = str(file)


def bundles(outputs):
    return {output["data"][BUNDLE]["name"]: output["data"] for output in outputs if BUNDLE in output.get("data", {})}


def label(quantity, structure):
    """What the reader knows a drawn quantity by, such as its line in the legend: ' ("cube")'; "" if there is nothing."""
    place = re.search(r", (\d+)/(\d+)-", quantity)
    try:
        found = structure["axes"][int(place[1])]["artists"][int(place[2])].get("label") if place else ""
    except (KeyError, IndexError):               # drawn in one of the two figures only
        found = ""
    return f' ("{found}")' if found else ""


def first_line(source):
    return next((line.strip() for line in source.splitlines() if line.strip()), "")


def text_difference(accepted, new):
    """The lines of a cell's outputs that moved, as a unified diff without its heads; "" if none did."""
    old_lines, new_lines = [], []
    for output, other in zip_longest(accepted, new):
        a, b = (compare.describe(it) if it else "" for it in (output, other))
        if a.startswith("<figure") and a == b:
            continue
        trained = bool(output and output.get("data", {}).get(BUNDLE, {}).get("trained"))
        old_lines += a.splitlines()
        new_lines += (b if compare.compare_text("", a, b, masked=trained) else a).splitlines()
    lines = list(difflib.unified_diff(old_lines, new_lines, lineterm="", n=1))[2:]
    return "\n".join(line for line in lines if not line.startswith("@@"))


def row(failure):
    allowed = "" if failure["allowed"] is None else f"{failure['allowed']:.2g}"
    excess = "" if failure["excess"] is None else f"{failure['excess']:,.0f}" if failure["excess"] >= 100 else f"{failure['excess']:.1f}"
    return failure["quantity"], failure["accepted"], failure["new"], allowed, excess, failure["rule"]


def table(failures):
    """The differences of a cell in columns; those with long values in lines of their own."""
    short = [row(failure) for failure in failures if len(failure["accepted"]) <= 24 and len(failure["new"]) <= 24]
    columns = [column for column in zip(HEAD, *short) if any(column[1:])]
    widths = [max(map(len, column)) for column in columns]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(cells, widths)).rstrip() for cells in zip(*columns)]
    for failure in failures:
        if row(failure) not in short:
            lines += [f"{failure['quantity']}: {failure['rule']}", f"  accepted  {failure['accepted']}", f"  now       {failure['new']}"]
    return lines


def picture(place, line, name, failures, accepted, new, noise):
    """A self-contained HTML page that shows an accepted and a new output side by side, and the numbers that moved.

    accepted, new: the data of the outputs (either may be None); None if there is nothing to be seen.
    """
    sides = [side(data, label) for data, label in ((accepted, "accepted"), (new, "now"))]
    drawn = [image(data, "") for data in (accepted, new) if data and data.keys() & {compare.SVG, compare.PNG}]
    if len(drawn) == 2:
        sides.append(f'<figure><figcaption>difference: white where both agree</figcaption><div class="overlay">{"".join(drawn)}</div></figure>')
    plots = [] if accepted is None or new is None else \
        [plot for rule in ("computed", "first_steps", "trained") for key in accepted[BUNDLE][rule]
         if any(moved(failure, name, key) for failure in failures) and key in new[BUNDLE][rule]
         for plot in [draw(key, rule, accepted[BUNDLE][rule], new[BUNDLE][rule], noise.get(rule, {}).get(key), compare.unit(accepted[BUNDLE]["structure"]))]
         if plot]
    if not drawn and not plots:
        return None
    rows = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row(failure)) + "</tr>" for failure in failures)
    more = f"<p>{len(plots) - PLOTS} more quantities moved.</p>" if len(plots) > PLOTS else ""
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{html.escape(name)}</title><style>{STYLE}</style></head><body>
<h1>{html.escape(name)}</h1>
<p>{html.escape(place)}: <code>{html.escape(line)}</code></p>
<div class="sides">{"".join(sides)}</div>
<h2>What moved</h2>
<table><tr>{"".join(f"<th>{cell}</th>" for cell in HEAD)}</tr>{rows}</table>
{"".join(plots[:PLOTS])}{more}
</body></html>
"""


def moved(failure, name, key):
    return failure["quantity"] == f"{name}, {key}" or failure["quantity"].startswith(f"{name}, {key} ")


def side(data, label):
    if data is None:
        return f"<figure><figcaption>{label}</figcaption><p>nothing</p></figure>"
    if data.keys() & {compare.SVG, compare.PNG}:
        return f"<figure><figcaption>{label}</figcaption>{image(data, label)}</figure>"
    shown = data["text/html"] if data.get("text/html", "").startswith("<audio") else f"<pre>{html.escape(data['text/plain'])}</pre>"
    return f"<figure><figcaption>{label}</figcaption>{shown}</figure>"


def image(data, alt, css=""):
    """The picture in the data of an output, SVG or PNG, as an <img>."""
    kind = compare.SVG if compare.SVG in data else compare.PNG
    source = base64.b64encode(data[kind].encode()).decode() if kind == compare.SVG else "".join(data[kind].split())
    return f'<img{css} alt="{html.escape(alt)}" src="data:{kind};base64,{source}">'


def draw(key, rule, accepted, new, noise, unit=1.0):
    """A quantity before and after, with what was allowed, as an <img>; None where one number has nothing to show.

    accepted, new: {key: packed array} of the rule, because a line's heights are drawn over its places.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure
    a, b = unpack(accepted[key]), unpack(new[key])
    if a.shape != b.shape or a.size < 2:
        return None
    allowed = None if rule == "trained" and not compare.calibrated(noise, a) else compare.tolerance(rule, accepted[key], noise, unit)
    pixels = key.endswith(("/pixels", "/values")) and a.ndim >= 2
    figure = Figure(figsize=(12, 3.2), layout="constrained")
    if pixels:
        draw_pixels(figure, figure.subplots(1, 3), a, b)
    elif key == "samples":
        draw_samples(figure.subplots(1, 3, sharex=True, sharey=True), a, b)
    else:
        x = unpack(accepted[key[:-1] + "x"]) if key.endswith("/y") and key[:-1] + "x" in accepted else None
        draw_lines(*figure.subplots(1, 2), x if x is not None and x.shape == a.shape and np.isfinite(x).all() else None, a, b, allowed)
    figure.suptitle(key, fontsize="medium")
    svg = io.StringIO()
    with rc_context({"svg.hashsalt": key}):
        figure.savefig(svg, format="svg", metadata={"Date": None})
    return image({compare.SVG: svg.getvalue()}, f"{key}, accepted and now", ' class="plot"')


def draw_pixels(figure, axes, a, b):
    colours = a.ndim == 3 and a.shape[-1] in (3, 4)
    plain = [array if colours else array.reshape(-1, array.shape[-1]) for array in (a, b)]
    low, high = np.nanmin(plain), np.nanmax(plain)
    for ax, array, title in zip(axes, plain, ("accepted", "now")):
        drawn = ax.imshow(array if not colours else (array - low) / ((high - low) or 1), vmin=low, vmax=high, cmap="gray")
        ax.set_title(title, fontsize="small")
    if not colours:
        figure.colorbar(drawn, ax=axes[1])
    distance = plain[1] - plain[0]
    reach = np.nanmax(np.abs(distance)) or 1
    figure.colorbar(axes[2].imshow(distance.sum(-1) if colours else distance, vmin=-reach, vmax=reach, cmap="RdBu"), ax=axes[2])
    axes[2].set_title("now - accepted", fontsize="small")


def draw_samples(axes, a, b):
    for ax, samples, title in zip(axes, (a, b, b - a), ("accepted", "now", "now - accepted")):
        ax.plot(samples, linewidth=0.5, color="#d62728" if title == "now" else "black")
        ax.set_title(title, fontsize="small")


def draw_lines(left, right, x, a, b, allowed):
    """Rows of a matrix as lines of their own, anything else as one line; beside them the distance, in units of what was allowed."""
    rows = a.ndim == 2 and a.shape[0] <= 20 and a.shape[1] > 2
    a, b, allowed = (None if array is None else array.reshape(len(a) if rows else 1, -1) for array in (a, b, allowed))
    x = np.arange(a.shape[1]) if x is None else x.ravel()
    style = {"linewidth": 1, "marker": "." if a.shape[1] <= 50 else ""}
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = b - a if allowed is None or not np.any(allowed) else (b - a) / allowed
    for number in range(len(a)):
        names = ["_", "_", "_"] if number else ["allowed", "accepted", "now"]      # in the legend once
        if allowed is not None:
            left.fill_between(x, a[number] - allowed[number], a[number] + allowed[number], color="0.85", label=names[0])
        left.plot(x, a[number], color="black", label=names[1], **style)
        left.plot(x, b[number], color="#d62728", label=names[2], **style)
        right.plot(x, distance[number], color="#d62728", **style)
    left.legend(fontsize="small")
    if allowed is not None and np.any(allowed):
        right.axhspan(-1, 1, color="0.85")
        right.set_title("now - accepted, in units of what was allowed", fontsize="small")
    else:
        right.set_title("now - accepted", fontsize="small")
    right.axhline(0, color="black", linewidth=0.5)
