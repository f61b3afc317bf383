"""Drawings inside the page: their identifiers, their colours, their size."""
import base64
import io
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from bs4 import BeautifulSoup
from PIL import Image

from bookbuild.figures import ink, inline_svg


def svg(figure):
    file = io.StringIO()
    figure.savefig(file, format="svg")
    plt.close(figure)
    return file.getvalue()


@pytest.fixture(params=["path", "none"])
def drawings(request):
    """A line with a legend, and an image with something written on it; text as outlines and as text."""
    with plt.rc_context({"svg.fonttype": request.param}):
        figure, axes = plt.subplots(figsize=(4, 3))
        axes.plot([0, 1], [0, 1], label="line", color="#0072b2")
        axes.legend()
        axes.text(.5, .5, "coloured", color="#0072b2")
        image, over = plt.subplots(figsize=(4, 3))
        over.imshow(np.arange(4).reshape(2, 2))
        over.text(0, 0, "inside", color="black")
        over.set_title("title")
        yield svg(figure), svg(image)


def test_identifiers_are_unique_on_a_page(drawings):
    page = BeautifulSoup("".join(inline_svg(drawing, f"f{i}-", "what is seen") for i, drawing in enumerate(drawings * 2)), "html.parser")
    names = [part["id"] for part in page.find_all(id=True)]
    assert names and len(names) == len(set(names))
    text = str(page)
    wanted = set(re.findall(r"url\(#([^)]+)\)", text)) | {link.removeprefix("#") for link in re.findall(r'xlink:href="(#[^"]+)"', text)}
    assert wanted and wanted <= set(names)


def test_ink_and_paper_are_the_pages(drawings):
    line, image = (inline_svg(drawing, "f", "seen") for drawing in drawings)
    assert not re.search("#000000|#ffffff|#cccccc", line) and "#0072b2" in line
    assert "var(--paper)" in line and "stroke: currentColor" in line and 'fill="currentColor"' in line
    assert line.count("color-mix(in srgb, #0072b2 65%, currentColor)") == 1
    assert ink("#808080") == "color-mix(in srgb, currentColor 50%, var(--paper))" and ink("#d55e00") == "#d55e00"


def test_what_is_written_on_an_image_keeps_its_colour(drawings):
    _, image = drawings
    drawn = BeautifulSoup(inline_svg(image, "f", "seen"), "html.parser")
    assert drawn.find_all(["g", "text"], fill="#000"), "black text on an image would turn white with the page"
    written = {text.get_text(): bool(text.get("fill")) for text in drawn.find_all("text")}
    assert not written or len(written) > 5 and [text for text, is_kept in written.items() if is_kept] == ["inside"]


def test_what_is_written_on_a_coloured_box_keeps_its_colour():
    with plt.rc_context({"svg.fonttype": "none"}):
        figure, axes = plt.subplots()
        axes.add_patch(plt.Rectangle((0, 0), .4, 1, color="#9cc9ea"))
        axes.add_patch(plt.Rectangle((.5, 0), .4, 1, color="#eeeeee"))
        axes.text(.2, .5, "on blue")
        axes.text(.7, .5, "on grey")
        axes.text(.95, .5, "in a box", bbox={"facecolor": "#f0e442"})
        drawn = inline_svg(svg(figure), "f", "seen")
    written = {text.get_text(): bool(text.get("fill")) for text in BeautifulSoup(drawn, "html.parser").find_all("text") if text.get_text().islower()}
    assert written == {"on blue": True, "on grey": False, "in a box": True}
    assert "fill: #f0e442" in drawn, "the box has the colour that it was given"


def test_images_lie_on_white(drawings):
    image = BeautifulSoup(inline_svg(drawings[1], "f", "seen"), "html.parser").find("image")
    paper = image.find_previous_sibling("rect")
    assert paper["fill"] == "#fff" and all(0 < abs(float(paper[key]) - float(image[key])) <= 1 for key in ("x", "y", "width", "height"))


def test_images_of_many_colours_are_light_and_look_alike():
    figure, (smooth, coarse) = plt.subplots(1, 2, figsize=(4, 3))
    smooth.imshow(np.add.outer(np.sin(np.arange(28)), np.cos(np.arange(28))), interpolation="hanning", interpolation_stage="rgba")
    coarse.imshow(np.arange(4).reshape(2, 2))
    drawn = svg(figure)
    images = [[(kind, Image.open(io.BytesIO(base64.b64decode(code))).convert("RGB")) for kind, code in re.findall('data:image/(.*?);base64,([^"]*)', text)]
              for text in (drawn, inline_svg(drawn, "f", "seen"))]
    assert [[kind for kind, _ in found] for found in images] == [["png", "png"], ["webp", "png"]]
    for (_, before), (_, after) in zip(*images, strict=True):
        assert np.abs(np.asarray(before, float) - np.asarray(after, float)).mean() < 4            # of 255 levels
    assert len(inline_svg(drawn, "f", "seen")) < 0.8 * len(drawn)


def test_size_and_name(drawings):
    drawn = BeautifulSoup(inline_svg(drawings[0], "f", 'A "line"'), "html.parser").svg
    assert (drawn["width"], drawn["height"], drawn["role"], drawn["aria-label"]) == ("384", "288", "img", 'A "line"')
    assert not drawn.find_all(["metadata", "style"]), "a style sheet in a drawing would be the page's"
