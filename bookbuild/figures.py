"""Figures on a page: caption and number, and the drawing itself inside the page, in its font and its colours."""
import base64
import io
import re
from pathlib import Path
from xml.etree import ElementTree

from docutils import nodes
from PIL import Image

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
NUMBER = {"en": "Figure {number}-{count}", "zh": "图 {number}-{count}"}
ENLARGE = {"en": "Enlarge figure {number}-{count}", "zh": "放大图 {number}-{count}"}
PX = 4 / 3                        # CSS px in a point
QUALITY = 90                      # of WebP, in per cent

ElementTree.register_namespace("svg", SVG)
ElementTree.register_namespace("xlink", XLINK)


def edition_of(app, docname):
    """The edition that is rendered; of a book with both, that of the page."""
    return app.config.edition or re.search(r"\b(en|zh)/", docname)[1]


def figures_of(doctree):
    """The images that the code cells of a page drew, in order."""
    return [image for image in doctree.findall(nodes.image) if image["uri"].endswith(".svg") and in_output(image)]


def in_output(node):
    while node := node.parent:
        if "cell_output" in node.get("classes", []):
            return True
    return False


def figure_of(image):
    """The figure around an image in a cell's output, made if there is none."""
    node = image
    while "cell_output" not in node.get("classes", []):
        if isinstance(node, nodes.figure):
            return node
        node = node.parent
    figure = nodes.figure()
    image.replace_self(figure)
    figure += image
    return figure


def label_figures(app, doctree, docname):
    """Number the figures of an exercise in order of appearance, before the caption that the cell gives them in its metadata.

    MyST-NB puts a cell's caption under each of its outputs; those without a drawing are no figures.
    """
    exercise = re.search(r"(\d+\.\d+\.\d+)-[^/]+$", docname)
    if not exercise:
        return
    edition = edition_of(app, docname)
    for figure in list(doctree.findall(nodes.figure)):
        if in_output(figure) and not next(figure.findall(nodes.image), None):
            figure.replace_self([child for child in figure if not isinstance(child, nodes.caption)])
    for count, image in enumerate(figures_of(doctree), 1):
        figure = figure_of(image)
        figure["ids"] = [f"figure-{count}"]                 # Sphinx counts by the old ones: it would write a number of its own
        caption = next(iter(figure.findall(nodes.caption)), None)
        if caption is None:
            figure += (caption := nodes.caption())
        number = NUMBER[edition].format(number=exercise[1], count=count)
        separator = {"en": ". ", "zh": "\u3000"}[edition] if caption.children else ""
        caption.insert(0, nodes.strong("", number + separator, classes=["figure-number"]))


def inline_figures(app, doctree, docname):
    """Put the drawings themselves into the page, with a button that enlarges them."""
    exercise = re.search(r"(\d+\.\d+\.\d+)-[^/]+$", docname)
    if not exercise or app.builder.name != "html":
        return
    for count, image in enumerate(figures_of(doctree), 1):
        svg = inline_svg((Path(app.srcdir) / image["uri"].lstrip("/")).read_text(encoding="utf-8"), f"f{count}-", image.get("alt", ""))
        name = ENLARGE[edition_of(app, docname)].format(number=exercise[1], count=count)
        figure_of(image)["classes"].append("drawing")
        image.replace_self(nodes.raw("", f'<div class="drawing-frame">{svg}<button type="button" class="enlarge pst-js-only" '
                                         f'aria-label="{name}" title="{name}"></button></div>', format="html"))


def inline_svg(text, prefix, alt):
    """matplotlib's SVG as a part of an HTML page.

    Identifiers begin with `prefix`; black, white and grey become the page's ink and paper, so that the drawing follows
    the page into the dark; coloured words take some ink, to stay legible there. What lies over an image or a filled area keeps its own colours: they were chosen for it.
    """
    root = ElementTree.fromstring(re.sub(r"<!DOCTYPE[^>]*>", "", text))
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{SVG}}}metadata", f"{{{SVG}}}style"):
                parent.remove(child)
    name_parts(root, prefix)
    for axes in [group for group in root.iter(f"{{{SVG}}}g") if (group.get("kind") or "").startswith("axes_")]:
        keep_colours_over_images(axes)
    keep_colours_over_boxes(root)
    put_paper_under_images(root)
    texts = [group for group in root.iter() if (group.get("kind") or "").startswith("text_")]
    letters = {part for group in texts for part in group.iter()} - {part for group in texts for box in patches(group) for part in box.iter()}
    for element in root.iter():
        style = element.attrib.get("style")
        if style and "kept" not in element.attrib:
            def colour(match):
                mixed = ink(match[2])
                return f"{match[1]}: " + (f"color-mix(in srgb, {mixed} 65%, currentColor)" if mixed.startswith("#") and element in letters else mixed)
            element.set("style", re.sub(r"(fill|stroke): ?(#[0-9a-f]{6})", colour, style))
        if "kept" in element.attrib and element.tag in (f"{{{SVG}}}g", f"{{{SVG}}}text") and "fill" not in (style or ""):
            element.set("fill", "#000")
    for element in root.iter():
        for key in ("kept", "kind"):
            element.attrib.pop(key, None)
    width, height = (float(root.get(side).removesuffix("pt")) * PX for side in ("width", "height"))
    for key in ("version", "width", "height"):
        root.attrib.pop(key, None)
    for key, value in {"width": f"{width:.0f}", "height": f"{height:.0f}", "role": "img", "aria-label": alt, "fill": "currentColor",
                       "stroke-linejoin": "round", "stroke-linecap": "butt"}.items():
        root.set(key, value)
    drawn = ElementTree.tostring(root, encoding="unicode").replace("svg:", "").replace(":svg=", "=")
    return with_light_images(re.sub(r">\s+<", "><", re.sub(r"\n\s*", " ", drawn)))


def with_light_images(svg):
    """A drawing whose images of more colours than a palette holds are WebP instead of PNG: a fraction of the size, and alike to the eye."""
    def light(match):
        image, file = Image.open(io.BytesIO(base64.b64decode(match[1]))), io.BytesIO()
        if image.convert("RGBA").getcolors(256):
            return match[0]
        image.save(file, "WEBP", quality=QUALITY, method=6)
        return f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode()}"
    return re.sub("data:image/png;base64,([^\"]*)", light, svg)


def name_parts(root, prefix):
    """Keep those identifiers that are referred to, made unique on the page; what matplotlib calls a part becomes its `kind`."""
    whole = ElementTree.tostring(root, encoding="unicode")
    wanted = set(re.findall(r'(?:href="#|url\(#)([^")]+)', whole))
    for element in root.iter():
        name = element.attrib.pop("id", None)
        if name:
            element.set("kind", name)
            if name in wanted:
                element.set("id", prefix + name)
        for key, value in element.attrib.items():
            if value.startswith("#") and key in ("href", f"{{{XLINK}}}href"):
                element.set(key, f"#{prefix}{value[1:]}")
            elif "url(#" in value:
                element.set(key, value.replace("url(#", f"url(#{prefix}"))


def keep_colours_over_images(axes):
    """Mark what is drawn or written over an image of these axes: there the page's colours would be lost."""
    background = axes.find(f"{{{SVG}}}g[@kind]/{{{SVG}}}path")
    if background is None or next(axes.iter(f"{{{SVG}}}image"), None) is None:
        return
    left, right, top, bottom = extent(background)
    for child in axes:
        kind = child.get("kind") or ""
        if kind.startswith("text_"):
            at = place(child)
            inside = at and left <= at[0] <= right and top <= at[1] <= bottom
        else:
            inside = not kind.startswith("matplotlib.axis") and any("clip-path" in part.attrib for part in child.iter())
        if inside:
            for part in child.iter():
                part.set("kept", "")


def keep_colours_over_boxes(root):
    """Mark what is written on a coloured box, its own or one that the axes have there: it was chosen for that colour."""
    for axes in [group for group in root.iter(f"{{{SVG}}}g") if (group.get("kind") or "").startswith("axes_")]:
        boxes = [extent(path) for patch in patches(axes) for path in patch.iter(f"{{{SVG}}}path") if is_coloured(path)]
        for text in axes:
            if (text.get("kind") or "").startswith("text_") and (at := place(text)):
                own = any(is_coloured(path) for patch in patches(text) for path in patch.iter(f"{{{SVG}}}path"))
                if own or any(left <= at[0] <= right and top <= at[1] <= bottom for left, right, top, bottom in boxes):
                    for part in {*text.iter()} - {part for patch in patches(text) for part in patch.iter()}:
                        part.set("kept", "")


def put_paper_under_images(root):
    """Images that let the paper shine through were made for white paper."""
    for parent in list(root.iter()):
        for image in parent.findall(f"{{{SVG}}}image"):
            size = {key: f"{float(image.get(key, 0)) + inset:g}" for key, inset in (("x", .5), ("y", .5), ("width", -1), ("height", -1))}
            moved = {"transform": image.get("transform")} if image.get("transform") else {}
            parent.insert(list(parent).index(image), ElementTree.Element(f"{{{SVG}}}rect", {**size, **moved, "fill": "#fff"}))


def patches(group):
    return [child for child in group if (child.get("kind") or "").startswith("patch_")]


def is_coloured(path):
    """Whether a path is filled with a colour, neither grey nor faint."""
    style = path.get("style", "")
    fill, opacity = re.search(r"fill: ?(#[0-9a-f]{6})", style), re.search(r"(?:^|[; ])(?:fill-)?opacity: ?([\d.]+)", style)
    return bool(fill) and ink(fill[1]) == fill[1] and (not opacity or float(opacity[1]) > .5)


def extent(path):
    """(left, right, top, bottom) of a path."""
    numbers = [float(number) for number in re.findall(r"-?[\d.]+", path.get("d", ""))]
    return min(numbers[0::2]), max(numbers[0::2]), min(numbers[1::2]), max(numbers[1::2])


def place(group):
    """(x, y) of a text, drawn as outlines or written; None if it has none."""
    for part in group.iter():
        if "x" in part.attrib and part.tag == f"{{{SVG}}}text":
            return float(part.get("x")), float(part.get("y"))
        if moved := re.search(r"translate\(([-\d.]+)[ ,]+([-\d.]+)\)", part.get("transform", "")):
            return float(moved[1]), float(moved[2])


def ink(colour):
    """A colour of matplotlib in the page: grey is as much ink on paper, white is paper, anything else stays."""
    red, green, blue = (int(colour[i:i + 2], 16) for i in (1, 3, 5))
    if not red == green == blue:
        return colour
    if red == 0:
        return "currentColor"
    return "var(--paper)" if red == 255 else f"color-mix(in srgb, currentColor {100 - round(red / 2.55)}%, var(--paper))"
