"""What the site adds to the cells of a notebook before they are read: folds, labels, controls, names of sounds, ways to practise."""
import base64
import html
import json
import re
from pathlib import Path

import numpy as np

from bookbuild import repository
from nbdrift.bundle import BUNDLE, unpack

CONTROLS = Path(__file__).resolve().parent / "static" / "controls"
NUMBERS = {                              # figures whose numbers a control shows, and which of them
    "6.6.1-paired": r"0/\d+-line/y",
    "6.6.4-layer1": r"\d+/0-image/pixels",
    "6.6.4-layer2": r"\d+/0-image/pixels",
}
PROMPTS = {
    "en": {"figure": ("Show the code of the figure", "Hide the code of the figure"), "check": ("Checked: show the check", "Hide the check")},
    "zh": {"figure": ("显示绘图代码", "收起绘图代码"), "check": ("检验通过：显示检验代码", "收起检验代码")},
}
PRACTICE = {
    "en": {"try": "Try it yourself first:", "download": "download the practice notebook", "colab": "open it on Colab", "or": " or ", "end": "."},
    "zh": {"try": "先自己做一做：", "download": "下载练习本", "colab": "在 Colab 上打开", "or": "，或者", "end": "。"},
}
RUNNING_TIME = {
    "en": "Running all code of this page took {seconds} seconds when the site was built ({device}).",
    "zh": "构建本站时，运行本页的全部代码用了 {seconds} 秒（{device}）。",
}
THREADS = {"en": lambda n: f"CPU, {n} thread{'s' * (n > 1)}", "zh": lambda n: f"CPU，{n} 线程"}


def edit_notebook(app, docname, source):
    if app.env.doc2path(docname).endswith(".ipynb"):
        notebook = json.loads(source[0])
        edition = app.config.edition or docname.split("/")[1]
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                fold_code(cell, edition)
                place_controls(cell)
                name_sounds(cell)
        lead_to_practice(app, docname, notebook)
        source[0] = json.dumps(notebook)


def fold_code(cell, edition):
    """Fold the code of a figure or a check away: its outcome is what the reader wants; one click shows the code."""
    tags = cell["metadata"].get("tags", [])
    for tag, (show, hide) in PROMPTS[edition].items():
        if tag in tags:
            tags.append("hide-input")
            cell["metadata"].setdefault("mystnb", {}).update(code_prompt_show=show, code_prompt_hide=hide)
            return


def place_controls(cell):
    """Below each figure that has a control, `static/controls/<figure>.js`, the place where its script draws it; below each
    of NUMBERS what a control reads of its numbers."""
    outputs = []
    for output in cell["outputs"]:
        outputs.append(output)
        figure = re.fullmatch("<figure (.+)>", "".join(output.get("data", {}).get("text/plain", "")))
        name = figure[1] if figure else None
        place = f'<div class="control" data-control="{name}"></div>' if (CONTROLS / f"{name}.js").exists() else ""
        if name in NUMBERS:
            place += f'<script type="application/json" data-numbers="{name}">{json.dumps(numbers(output["data"][BUNDLE], NUMBERS[name]))}</script>'
        if place:
            outputs.append({"output_type": "display_data", "data": {"text/html": place}, "metadata": {}})
    cell["outputs"] = outputs


def numbers(bundle, keys):
    """Numbers of a figure for a script: {"labels": those of the vertical axes, "arrays": [...]} of the keys that match, in order.

    A matrix becomes {"shape", "low", "high", "mean", "shades"}: base64 of a byte for each value, from 0 (low) to 255 (high).
    """
    values = bundle["computed"] | bundle["trained"]
    found = sorted((key for key in values if re.fullmatch(keys, key)), key=lambda key: [int(n) for n in re.findall(r"\d+", key)])
    labels = [axes["labels"][1] for axes in bundle["structure"]["axes"] if axes["labels"][1]]
    return {"labels": labels, "arrays": [matrix(array) if array.ndim == 2 else array.tolist() for array in (unpack(values[key]) for key in found)]}


def matrix(array):
    low, high = array.min(), array.max()
    shades = np.round((array - low) / ((high - low) or 1) * 255).astype(np.uint8)
    return {"shape": array.shape, "low": low, "high": high, "mean": array.mean(), "shades": base64.b64encode(shades.tobytes()).decode()}


def name_sounds(cell):
    """Give each player the name that its cell has for it in this edition, for eyes and for screen readers."""
    names = iter(cell["metadata"].get("sounds", []))
    for output in cell["outputs"]:
        player = "".join(output.get("data", {}).get("text/html", ""))
        if "<audio" in player and (name := html.escape(next(names, ""))):
            player = re.sub('aria-label="[^"]*"', lambda _: f'aria-label="{name}"', player)
            output["data"]["text/html"] = f'<figure class="sound">{player}<figcaption>{name}</figcaption></figure>'


def lead_to_practice(app, docname, notebook):
    """Below the question, the practice notebook as a download and on Colab and, where a page trains, how long it ran in the build."""
    place = re.search(r"(en|zh)/(\S+/\d+\.\d+\.\d+-\S+)$", f"{app.config.edition}/{docname}")
    if not place:
        return
    edition, page = place.groups()
    tags = {tag for cell in notebook["cells"] for tag in cell["metadata"].get("tags", [])}
    lines = []
    if "check" in tags:
        words, file = PRACTICE[edition], f"practice/{edition}/{page}.ipynb"
        up = "../" * (docname.count("/") + (1 if app.config.edition else 0))
        ways = [f'<a class="practice" href="{up}{file}" download>{words["download"]}</a>']
        if colab := repository.colab(app.config, file):
            ways.append(f'<a class="practice" href="{colab}">{words["colab"]}</a>')
        space = " " if edition == "en" else ""
        lines.append(f'<p class="interface">{words["try"]}{space}{words["or"].join(ways)}{words["end"]}</p>')
    run = notebook["metadata"].get("d2l_solutions", {}).get("run")
    if "train" in tags and run:
        device = "GPU" if run["device"] == "cuda" else THREADS[edition](run["threads"])
        lines.append(RUNNING_TIME[edition].format(seconds=run["seconds"], device=device))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            text = "".join(cell["source"])
            cell["source"] = re.sub(r"^(?=## (Answer|答案)$)", lambda _: "\n\n".join(lines) + "\n\n", text, count=1, flags=re.M)
