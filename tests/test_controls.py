"""The controls of the site: each below its figure, in both editions, and saying what torch and numpy say."""
import itertools
import math
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from bs4 import BeautifulSoup
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "_build" / "html"
CONTROLS = sorted(file.stem for file in (ROOT / "bookbuild" / "static" / "controls").glob("*.js"))
EDITIONS = "en", "zh"


def pages(name, edition):
    """The files of the exercise to which the figure belongs."""
    return sorted((SITE / edition).glob(f"*/{name.split('-')[0]}-*.html"))


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_control_stands_below_its_figure_on_exactly_one_page(edition):
    mounted = []
    for file in sorted((SITE / edition).rglob("*.html")):
        source = file.read_text(encoding="utf-8")
        if "data-control" not in source and "/controls" not in source:
            continue
        page = BeautifulSoup(source, "html.parser")
        scripts = {Path(script["src"].split("?")[0]).stem for script in page.select('script[src*="/controls/"]')}
        places = page.select("[data-control]")
        for place in places:
            assert place.parent.find_parent(class_="cell_output").find("img"), f"{file.name}: no figure above the control"
            mounted.append((place["data-control"], file.name.split("-")[0]))
        assert scripts == {place["data-control"] for place in places}, file.name
        assert bool(places) == bool(page.select('script[src*="controls.js"]')), file.name
    assert sorted(mounted) == [(name, name.split("-")[0]) for name in CONTROLS]


@pytest.fixture(scope="module")
def browser():
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no Chromium found: name one in $CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


class Control:
    """A control on an open page: its inputs are set as a reader sets them, its results read as shown."""
    def __init__(self, browser, name, edition="en", **context):
        self.page = browser.new_page(**context)
        self.errors = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda message: message.type == "error" and "theme mode" not in message.text
                     and self.errors.append(message.text))                       # the theme's own complaint
        file, = pages(name, edition)
        self.page.goto(file.as_uri())
        self.page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
        self.name = name
        self.root = self.page.locator(f'[data-control="{name}"]')

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.page.close()
        assert failure[0] or not self.errors, self.errors

    def input(self, key):
        return self.root.locator(f'[id="{self.name}-{key}"]')

    def set(self, **values):
        for key, value in values.items():
            if isinstance(value, str):
                self.input(key).select_option(value)
            else:
                self.input(key).fill(str(value))
        return {result.get_attribute("data-result"): result.inner_text().replace("−", "-")
                for result in self.root.locator("[data-result]").all()}


def close(shown, actual):
    """Whether a number shown with so many digits is the actual one, rounded."""
    digits = len(shown.partition(".")[2])
    return abs(float(shown) - float(actual)) <= 0.5 * 10 ** -digits + 1e-6


def tone_through(kernel, f):
    """Frequency and amplitude of a tone of f Hz at 8 kHz after a layer of stride 2, one second long."""
    n = np.arange(63) - 31
    taps = {"bare": [1.0], "mean": [0.5, 0.5], "lowpass": 0.5 * np.sinc(n / 2) * np.hamming(63)}[kernel]
    x = np.cos(2 * np.pi * f * np.arange(8000 + len(taps) - 1) / 8000)
    y = F.conv1d(torch.from_numpy(x).reshape(1, 1, -1), torch.tensor(taps, dtype=torch.float64).reshape(1, 1, -1), stride=2)
    spectrum = np.abs(np.fft.rfft(y.flatten().numpy())) / 2000
    return spectrum.argmax(), spectrum.max()


def test_coverage(browser):
    with Control(browser, "6.3.1-coverage") as control:
        for n, k, p, s, d in [(8, 3, 0, 3, 1), (8, 5, 1, 4, 1), (12, 2, 3, 4, 1), (12, 1, 3, 1, 1), (7, 3, 2, 2, 3),
                              (3, 5, 0, 1, 1), (1, 1, 0, 1, 1)]:
            shown = control.set(n=n, k=k, p=p, s=s, d=d)
            circles = control.root.locator("circle").count()
            if n + 2 * p < d * (k - 1) + 1:
                assert shown == {"m": "no window fits; PyTorch raises an error"} and circles == 0
                continue
            x = torch.zeros(1, 1, n + 2 * p, requires_grad=True)
            y = F.conv1d(x, torch.ones(1, 1, k), stride=s, dilation=d)
            y.sum().backward()
            read = x.grad.flatten().int().tolist()
            assert control.root.locator('svg text[y="36"]').all_text_contents()[1:] == list(map(str, read))
            assert shown["m"].endswith(f" = {y.shape[-1]}"), (n, k, p, s, d, shown)
            assert shown["unread"] == str(read[p:p + n].count(0)), (n, k, p, s, d, shown)
            assert shown["rest"] == str((n + 2 * p - d * (k - 1) - 1) % s)
            assert circles == k * y.shape[-1]


def test_angles(browser):
    kernels = {"[1, −1]": [[1, -1]], "[1, −1]ᵀ": [[1], [-1]], "[[1, 0], [0, −1]]": [[1, 0], [0, -1]],
               "[[0, 1], [−1, 0]]": [[0, 1], [-1, 0]], "Sobel": [[1, 0, -1], [2, 0, -2], [1, 0, -1]]}
    y, x = np.mgrid[-12:13, -12:13]
    with Control(browser, "6.2.1-angles") as control:
        for (name, kernel), degrees in itertools.product(kernels.items(), (0, 45, 90, 125, 315)):
            angle = math.radians(degrees)
            edge = torch.tensor((0.5 + (x * math.cos(angle) + y * math.sin(angle)) / 8).clip(0, 1))
            actual = 8 * F.conv2d(edge[None, None], torch.tensor(kernel).double()[None, None]).abs().max().item()
            shown = control.set(kernel=name, degrees=degrees)
            assert close(shown["measured"], actual) and close(shown["formula"], actual), (name, degrees, shown, actual)


def test_softmax_pooling(browser):
    with Control(browser, "6.5.6-beta") as control:
        for beta, first in [(0, 0), (1, 0), (1, -3), (0.5, 1.3), (5, 4.9), (5, -3), (2.3, 3)]:
            x = torch.tensor([first, 1, 2, 3], dtype=torch.float64, requires_grad=True)
            pooled = (torch.softmax(beta * x, 0) * x).sum()
            pooled.backward()
            shown = control.set(beta=beta, x1=first)
            actual = {"mean": x.mean(), "S": pooled, "largest": x.max(), "derivative": x.grad[0]}
            assert all(close(shown[key], value) for key, value in actual.items()), (beta, first, shown, actual)


def test_composition(browser):
    with Control(browser, "6.4.1-composition") as control:
        for beta, gamma in [(1, 1), (2, 1), (-2, 1), (0, -1), (2.4, 1.4), (-3, 2.2), (1.5, 0), (0, 0), (0.1, 2.5), (-0.7, -2)]:
            shown = control.set(beta=beta, gamma=gamma)
            roots = np.roots([gamma, beta, 1])
            assert close(shown["discriminant"], beta ** 2 - 4 * gamma)
            if beta ** 2 - 4 * gamma < -1e-9:
                assert np.iscomplex(roots).all() and shown["roots"] == shown["split"] == "none", (beta, gamma, shown)
                continue
            kernels = [[float(tap) for tap in taps.split(", ")] for taps in re.findall(r"\[([^]]+)\]", shown["split"])]
            assert np.allclose(np.convolve(*kernels), [1, beta, gamma], atol=5e-3), (beta, gamma, shown)
            if len(roots):
                shown_roots = sorted(map(float, shown["roots"].split(", ")))
                assert np.allclose(shown_roots, np.unique(roots.real.round(6)), atol=1e-3), (beta, gamma, shown)


def test_chirp(browser):
    with Control(browser, "6.3.3-chirp") as control:
        for kernel, f in itertools.product(("bare", "mean", "lowpass"), (100, 500, 1500, 2100, 3000, 3900)):
            shown, (heard, amplitude) = control.set(kernel=kernel, f=f), tone_through(kernel, f)
            assert close(shown["amplitude"], amplitude), (kernel, f, shown, amplitude)
            assert shown["alias"] == f"{heard} Hz", (kernel, f, shown, heard)
        for button in control.root.locator("button").all():
            button.click()


def test_crossover(browser):
    def auc(n, m, a):
        cdf = torch.special.ndtr
        t = torch.linspace(-9, 9 + a, 20_001, dtype=torch.float64)
        of_max = torch.trapezoid(cdf(t) ** n, cdf(t) ** (n - m) * cdf(t - a) ** m)
        return {"average": cdf(torch.tensor(m * a / math.sqrt(2 * n), dtype=torch.float64)), "max": of_max}

    with Control(browser, "6.5.4-crossover") as control:
        for m, a in [(1, 3), (16, 0.7), (1, 0.1), (16, 5), (4, 1.5), (9, 2.2)]:
            shown = control.set(m=m, a=a)
            assert all(close(shown[key], value) for key, value in auc(16, m, a).items()), (m, a, shown, auc(16, m, a))


def test_frame(browser):
    with Control(browser, "6.1.3-frame") as control:
        for depth, k in [(1, 3), (10, 3), (12, 7), (3, 2), (5, 4), (2, 6)]:
            image, left, right = torch.ones(1, 1, 28, 28, dtype=torch.float64), (k - 1) // 2, k // 2
            for _ in range(depth):
                image = F.avg_pool2d(F.pad(image, (left, right, left, right)), k, 1)
            honest = int((image > 1 - 1e-9).sum())
            shown = control.set(depth=depth, k=k)
            assert shown["frame"] == f"{depth * left}, {depth * right}"
            assert shown["honest"].endswith(f" = {honest}"), (depth, k, shown, honest)
            assert close(shown["corner"], image[0, 0, 0, 0]), (depth, k, shown)


def test_matrices(browser):
    pixels, kernel = torch.arange(20.0).reshape(1, 1, 4, 5), torch.arange(1.0, 7).reshape(1, 1, 2, 3)
    with Control(browser, "6.2.3-matrices") as control:
        for output in range(9):
            x = pixels.clone().requires_grad_()
            y = F.conv2d(x, kernel).flatten()[output]
            y.backward()
            shown = control.set(output=output)
            assert shown["product"].endswith(f" = {int(y)}"), shown
            assert shown["columns"] == ", ".join(map(str, x.grad.flatten().nonzero().flatten().tolist())), shown


@pytest.mark.parametrize("name", CONTROLS)
def test_keyboard_moves_the_control_in_both_editions(browser, name):
    for edition in EDITIONS:
        with Control(browser, name, edition) as control:
            before = control.root.locator(".control-panels").inner_html(), control.set()
            changed = False
            for field in control.root.locator("input, select").all():
                field.focus()
                control.page.keyboard.press("Home")
                for _ in range(2):
                    control.page.keyboard.press("ArrowDown" if field.evaluate("e => e.tagName") == "SELECT" else "ArrowRight")
                label = control.root.locator(f'label[for="{field.get_attribute("id")}"]')
                assert label.inner_text().strip()
                after = control.root.locator(".control-panels").inner_html(), control.set()
                changed = changed or (after[0] != before[0] and after[1] != before[1])
            assert changed, f"{name}, {edition}: nothing moved"
            words = control.root.inner_text()
            assert "undefined" not in words and "NaN" not in control.root.inner_html()
            assert bool(re.search(r"[\u4e00-\u9fff]", words)) == (edition == "zh"), words


@pytest.mark.parametrize("name", CONTROLS)
def test_fits_a_phone_and_is_large_enough_to_touch(browser, name):
    with Control(browser, name, viewport={"width": 360, "height": 740}, has_touch=True) as control:
        frame = control.root.bounding_box()
        assert frame["x"] >= 0 and frame["x"] + frame["width"] <= 360
        for element in control.root.locator("input, select, button").all():
            box = element.bounding_box()
            assert min(box["width"], box["height"]) >= 24, (element.get_attribute("id"), box)
        for element in control.root.locator("svg > text").all():
            box = element.bounding_box()
            assert box["x"] >= frame["x"] and box["x"] + box["width"] <= frame["x"] + frame["width"], element.text_content()


def test_without_scripts_and_on_paper_the_picture_stands_alone(browser):
    name = CONTROLS[0]
    with Control(browser, name, java_script_enabled=True) as control:
        assert control.root.is_visible()
        control.page.emulate_media(media="print")
        assert not control.root.is_visible()
    file, = pages(name, "en")
    page = browser.new_page(java_script_enabled=False)
    page.goto(file.as_uri())
    assert not page.locator(f'[data-control="{name}"]').is_visible()
    page.close()
