"""The controls of the site: each below its figure, in both editions, and saying what torch and numpy say."""
import functools
import itertools
import math
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from bs4 import BeautifulSoup

from d2l_solutions.statistics import mean_interval
from nbdrift.bundle import BUNDLE, unpack

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "_build" / "html"
CONTROLS = sorted(file.stem for file in (ROOT / "bookbuild" / "static" / "controls").glob("*.js"))
EDITIONS = "en", "zh"


def page_of(name, edition):
    """The page of the exercise to which the figure belongs."""
    file, = (SITE / edition).glob(f"*/{name.split('-')[0]}-*.html")
    return file


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
            if file.name != "index.html":                # the landing page borrows one
                assert place.parent.find_parent(class_="cell_output").select_one("figure svg"), f"{file.name}: no figure"
                mounted.append((place["data-control"], file.name.split("-")[0]))
        assert scripts == {place["data-control"] for place in places}, file.name
        assert bool(places) == bool(page.select('script[src*="controls.js"]')), file.name
    assert sorted(mounted) == [(name, name.split("-")[0]) for name in CONTROLS]


MOVE = """(root, settings) => settings.map(setting => {
  for (const [key, value] of Object.entries(setting)) {
    const input = document.getElementById(`${root.dataset.control}-${key}`);
    input.value = value;
    if (input.value !== String(value)) throw new Error(`${key} cannot be ${value}`);
    input.dispatchEvent(new Event("input"));
  }
  const results = [...root.querySelectorAll("[data-result]")].map(shown => [shown.dataset.result, shown.textContent]);
  return {results: Object.fromEntries(results), circles: root.querySelectorAll("circle").length,
          texts: [...root.querySelectorAll("svg > text")].map(text => text.textContent)};
})"""
FIELDS = """root => [...root.querySelectorAll("input, select")].map(field =>
  [field.id, field.matches("select"), field.labels[0].textContent])"""
BOXES = """root => [...root.querySelectorAll("input, select, button, svg > text")].map(element => {
  const {left, right, height, width} = element.getBoundingClientRect();
  return {left, right, height, width, what: element.id || element.textContent, drawn: element.matches("text")};
})"""


class Control:
    """A control on its page in a browser."""
    def __init__(self, chromium, name, edition="en"):
        self.page = chromium.new_page()
        self.page.set_default_timeout(120_000)
        self.errors = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda message: message.type == "error" and "theme mode" not in message.text
                     and self.errors.append(message.text))                       # the theme's own complaint
        slow = re.compile("tex-svg|fontawesome")                                 # and not tested here
        self.page.route(slow, lambda route: route.fulfill(body=""))
        self.page.goto(page_of(name, edition).as_uri(), wait_until="domcontentloaded")
        self.page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
        self.root = self.page.locator(f'[data-control="{name}"]')

    def move(self, settings):
        """What is shown at each of these settings, {input: value}: {"results", "circles", "texts"}."""
        shown = self.root.evaluate(MOVE, settings)
        for one in shown:
            one["results"] = {key: text.replace("−", "-") for key, text in one["results"].items()}
        assert not self.errors, self.errors
        return shown

    def results(self, *settings):
        return [shown["results"] for shown in self.move(settings)]


@pytest.fixture(scope="module")
def control(chromium):
    """name -> its Control on the English page, opened once."""
    return functools.cache(lambda name: Control(chromium, name))


def close(shown, actual):
    """Whether a number shown with so many digits is the actual one, rounded."""
    digits = len(shown.partition(".")[2])
    return abs(float(shown) - float(actual)) <= 0.5 * 10 ** -digits + 1e-6


def tone_through(kernel, f):
    """Frequency and amplitude of a tone of f Hz at 8 kHz after a layer of stride 2, one second long."""
    n = np.arange(63) - 31
    taps = {"bare": [1.0], "mean": [0.5, 0.5], "lowpass": 0.5 * np.sinc(n / 2) * np.hamming(63)}[kernel]
    x = np.cos(2 * np.pi * f * np.arange(8000 + len(taps) - 1) / 8000)
    y = F.conv1d(torch.tensor(x).reshape(1, 1, -1), torch.tensor(taps).double().reshape(1, 1, -1), stride=2)
    spectrum = np.abs(np.fft.rfft(y.flatten().numpy())) / 2000
    return spectrum.argmax(), spectrum.max()


def test_coverage(control):
    shapes = [(8, 3, 0, 3, 1), (8, 5, 1, 4, 1), (12, 2, 3, 4, 1), (12, 1, 3, 1, 1), (7, 3, 2, 2, 3), (3, 5, 0, 1, 1),
              (1, 1, 0, 1, 1)]
    settings = [dict(zip("nkpsd", shape)) for shape in shapes]
    for (n, k, p, s, d), shown in zip(shapes, control("6.3.1-coverage").move(settings)):
        results = shown["results"]
        if n + 2 * p < d * (k - 1) + 1:
            assert results == {"m": "no window fits; PyTorch raises an error"} and shown["circles"] == 0
            continue
        x = torch.zeros(1, 1, n + 2 * p, requires_grad=True)
        y = F.conv1d(x, torch.ones(1, 1, k), stride=s, dilation=d)
        y.sum().backward()
        read = x.grad.flatten().int().tolist()
        values_and_counts = itertools.chain(*zip(["0"] * p + ["x"] * n + ["0"] * p, map(str, read)))
        assert shown["texts"][2:2 + 2 * len(read)] == list(values_and_counts), (n, k, p, s, d, shown)
        assert shown["circles"] == k * y.shape[-1]
        assert results["m"].endswith(f" = {y.shape[-1]}"), (n, k, p, s, d, results)
        assert results["unread"] == str(read[p:p + n].count(0)), (n, k, p, s, d, results)
        assert results["rest"] == str((n + 2 * p - d * (k - 1) - 1) % s)


def test_cost_per_layer(control):
    settings = [dict(s=s, first=first, count=count) for s in (1, 2, 3) for first in (1, 3, 6) for count in (1, 4, 6)]
    for setting, shown in zip(settings, control("6.3.4-cost-per-layer").move(settings)):
        s, first, count = setting.values()
        strides = [s if first <= layer < first + count else 1 for layer in range(1, 7)]
        image, sizes = torch.zeros(1, 1, 64, 64), []
        x = y = torch.zeros(1, 1, 2 * sum(map(math.prod, (strides[:layer] for layer in range(7)))) + 1, requires_grad=True).double()
        x.retain_grad()
        for stride in strides:
            image = F.conv2d(image, torch.ones(1, 1, 3, 3), padding=1, stride=stride)
            sizes.append(image.shape[-1])
            y = F.conv1d(y, torch.ones(1, 1, 3).double(), stride=stride)
        y[0, 0, 0].backward()
        total = sum(size ** 2 for size in sizes) / 64 ** 2
        assert close(shown["results"]["total"], total) and close(shown["results"]["saved"], 6 / total), (setting, shown)
        assert shown["results"]["field"] == str(int((x.grad != 0).sum())), (setting, shown)   # no gaps at strides up to 3
        assert shown["texts"][-6:] == [f"{size}²" for size in sizes], (setting, shown)


def test_angles(control):
    kernels = {"[1, −1]": [[1, -1]], "[1, −1]ᵀ": [[1], [-1]], "[[1, 0], [0, −1]]": [[1, 0], [0, -1]],
               "[[0, 1], [−1, 0]]": [[0, 1], [-1, 0]], "Sobel": [[1, 0, -1], [2, 0, -2], [1, 0, -1]]}
    y, x = np.mgrid[-12:13, -12:13]
    settings = [{"kernel": name, "degrees": degrees} for name in kernels for degrees in (0, 45, 90, 125, 315)]
    for setting, shown in zip(settings, control("6.2.1-angles").results(*settings)):
        angle, kernel = math.radians(setting["degrees"]), torch.tensor(kernels[setting["kernel"]]).double()
        edge = torch.tensor((0.5 + (x * math.cos(angle) + y * math.sin(angle)) / 8).clip(0, 1))
        actual = 8 * F.conv2d(edge[None, None], kernel[None, None]).abs().max()
        assert close(shown["measured"], actual) and close(shown["formula"], actual), (setting, shown, actual)


def test_softmax_pooling(control):
    settings = [dict(beta=beta, x1=first) for beta, first in
                [(0, 0), (1, 0), (1, -3), (0.5, 1.3), (5, 4.9), (5, -3), (2.3, 3)]]
    for setting, shown in zip(settings, control("6.5.6-beta").results(*settings)):
        x = torch.tensor([setting["x1"], 1, 2, 3], dtype=torch.float64, requires_grad=True)
        pooled = (torch.softmax(setting["beta"] * x, 0) * x).sum()
        pooled.backward()
        actual = {"mean": x.mean().item(), "S": pooled.item(), "largest": x.max().item(), "derivative": x.grad[0]}
        assert all(close(shown[key], value) for key, value in actual.items()), (setting, shown, actual)


def test_network(control):
    settings = [dict(zip("abcd", pixels)) for pixels in [(-1, -4, 5, 2), (3, 1, 4, 2), (-3, -1, -4, -2), (0, 0, 0, 0), (-5, -5, 5, -5), (2, -3, -1, -1)]]
    for setting, shown in zip(settings, control("6.5.2-network").results(*settings)):
        pixels = torch.tensor([*setting.values()], dtype=torch.float64)
        pair = lambda a, b: torch.relu(b - a) + torch.relu(a)                    # two channels
        actual = F.max_pool2d(pixels.reshape(1, 2, 2), 2)
        assert close(shown["largest"], actual) and close(shown["three"], actual), (setting, shown)
        assert close(shown["two"], pair(pair(*pixels[:2]), pair(*pixels[2:]))), (setting, shown)


def test_composition(control):
    kernels = [(1, 1), (2, 1), (-2, 1), (0, -1), (2.4, 1.4), (-3, 2.2), (1.5, 0), (0, 0), (0.1, 2.5), (-0.7, -2)]
    settings = [{"beta": beta, "gamma": gamma} for beta, gamma in kernels]
    for (beta, gamma), shown in zip(kernels, control("6.4.1-composition").results(*settings)):
        roots = np.roots([gamma, beta, 1])
        assert close(shown["discriminant"], beta ** 2 - 4 * gamma)
        if beta ** 2 - 4 * gamma < -1e-9:
            assert np.iscomplex(roots).all() and shown["roots"] == shown["split"] == "none", (beta, gamma, shown)
            continue
        split = [[float(tap) for tap in taps.split(", ")] for taps in re.findall(r"\[([^]]+)\]", shown["split"])]
        assert np.allclose(np.convolve(*split), [1, beta, gamma], atol=5e-3), (beta, gamma, shown)
        if len(roots):
            assert np.allclose(sorted(map(float, shown["roots"].split(", "))), np.unique(roots.real.round(6)),
                               atol=1e-3), (beta, gamma, shown)


def test_chirp(control):
    tones = 100, 500, 1500, 2100, 3000, 3900
    settings = [{"kernel": kernel, "f": f} for kernel in ("bare", "mean", "lowpass") for f in tones]
    for setting, shown in zip(settings, control("6.3.3-chirp").results(*settings)):
        heard, amplitude = tone_through(**setting)
        assert shown["alias"] == f"{heard} Hz", (setting, shown, heard)
        assert close(shown["amplitude"], amplitude), (setting, shown, amplitude)
    for button in control("6.3.3-chirp").root.locator("button").all():
        button.click()
    assert not control("6.3.3-chirp").errors


def test_crossover(control):
    def auc(n, m, a):
        cdf = torch.special.ndtr
        t = torch.linspace(-9, 9 + a, 20_001, dtype=torch.float64)
        of_max = torch.trapezoid(cdf(t) ** n, cdf(t) ** (n - m) * cdf(t - a) ** m)
        return {"average": cdf(torch.tensor(m * a / math.sqrt(2 * n), dtype=torch.float64)), "max": of_max}

    settings = [dict(m=m, a=a) for m, a in [(1, 3), (16, 0.7), (1, 0.1), (16, 5), (4, 1.5), (9, 2.2)]]
    for setting, shown in zip(settings, control("6.5.4-crossover").results(*settings)):
        actual = auc(16, **setting)
        assert all(close(shown[key], value) for key, value in actual.items()), (setting, shown, actual)


def test_padding_factor(control):
    shapes = [(28, 5, 2, 1), (7, 3, 1, 5), (3, 3, 1, 4), (64, 7, 3, 2), (1, 7, 0, 1), (1, 7, 3, 1), (40, 3, 1, 1), (41, 3, 1, 1), (9, 1, 4, 3)]
    settings = [dict(zip("nkps", shape)) for shape in shapes]
    for (n, k, p, s), shown in zip(shapes, control("6.4.3-padding-factor").results(*settings)):
        if n + 2 * p < k:
            assert shown == {"factor": "no window fits; PyTorch raises an error"}
            continue
        X, K = torch.ones(1, 1, n, n), torch.ones(1, 1, k, k)
        before, after = [F.conv2d(X, K, padding=padding, stride=s).numel() for padding in (p, 2 * p)]
        assert shown["before"].endswith(f" = {before}") and shown["after"].endswith(f" = {after}"), (n, k, p, s, shown)
        assert close(shown["factor"], after / before), (n, k, p, s, shown)


def test_frame(control):
    settings = [dict(depth=depth, k=k) for depth, k in [(1, 3), (10, 3), (12, 7), (3, 2), (5, 4), (2, 6)]]
    for setting, shown in zip(settings, control("6.1.3-frame").results(*settings)):
        depth, k = setting["depth"], setting["k"]
        image, left, right = torch.ones(1, 1, 28, 28, dtype=torch.float64), (k - 1) // 2, k // 2
        for _ in range(depth):
            image = F.avg_pool2d(F.pad(image, (left, right, left, right)), k, 1)
        honest = int((image > 1 - 1e-9).sum())
        assert shown["frame"] == f"{depth * left}, {depth * right}"
        assert shown["honest"].endswith(f" = {honest}"), (setting, shown, honest)
        assert close(shown["corner"], image[0, 0, 0, 0]), (setting, shown)


def test_matrices(control):
    pixels, kernel = torch.arange(20.0).reshape(1, 1, 4, 5), torch.arange(1.0, 7).reshape(1, 1, 2, 3)
    for output, shown in enumerate(control("6.2.3-matrices").results(*[{"output": output} for output in range(9)])):
        x = pixels.clone().requires_grad_()
        y = F.conv2d(x, kernel).flatten()[output]
        y.backward()
        assert shown["product"].endswith(f" = {int(y)}"), shown
        assert shown["columns"] == ", ".join(map(str, x.grad.flatten().nonzero().flatten().tolist())), shown


def test_positions(control):
    weights, biases = torch.tensor([[1., 2, 1], [-1, 3, -2]]), (2, 0)
    settings = [dict(dot=dot, network=network) for network in ("zeros", "circular", "strided", "column") for dot in range(16)]
    found = control("6.1.2-positions").move(settings)
    told = {}                                                                # the answers below the figure: alone, right
    for network, shown in itertools.groupby(zip(settings, found), lambda pair: pair[0]["network"]):
        dots = torch.eye(16)[:, None]
        maps = [dots]
        for weight, bias in zip(weights, biases):
            padded = F.pad(maps[-1], (1, 1), mode="constant" if network == "zeros" else "circular")
            maps.append(F.relu(F.conv1d(padded, weight[None, None], torch.tensor([float(bias)]), stride=1 + (network == "strided"))))
        if network == "column":
            located = torch.cat([dots, torch.arange(16.).expand(16, 1, 16)], 1)
            maps = [dots, F.relu(F.conv1d(located, torch.tensor([[[16.], [1]]]), torch.tensor([-16.])))]
        maxima = maps[-1].amax((1, 2)).int().tolist()
        groups = [[column for column in range(16) if maxima[column] == maximum] for maximum in set(maxima)]
        right = sum(max(sum(column < 8 for column in group), sum(column >= 8 for column in group)) for group in groups)
        for (setting, one), maximum in zip(shown, maxima, strict=True):
            group, = (group for group in groups if setting["dot"] in group)
            assert one["results"] == {"maximum": str(maximum), "alike": ", ".join(map(str, group)), "right": f"{right} / 16"}, setting
            strips = [values[setting["dot"], 0].int().tolist() for values in maps] + [maxima, range(16)]
            numbers = [text for text in one["texts"] if text.isdigit()]
            assert numbers == [str(number) for strip in strips for number in strip], setting
        told[network] = [column for group in groups for column in group if len(group) == 1], right
    assert sorted(told["zeros"][0]) == [0, 13, 14, 15] and told["zeros"][1] == 11
    assert told["circular"] == told["strided"] == ([], 8)


def test_keyboard(control):
    settings = [dict(factor=factor, pitch=pitch) for factor in (1, 1.26, 1.5, 1.99, 2) for pitch in (110, 150, 220)]
    for setting, shown in zip(settings, control("6.1.4-keyboard").results(*settings)):
        partials = setting["pitch"] * np.arange(1, 7)
        moved = setting["factor"] * partials
        for key, actual in ("movedKeys", 12 * np.log2(moved / partials)), ("movedHertz", moved - partials):
            assert all(map(close, shown[key].split(", "), actual)) and shown[key].count(",") == 5, (setting, shown)


def test_kernels(control):
    kernels = {"[−1, 1]": [-1, 1], "[1, −2, 1]": [1, -2, 1], "[−1, 3, −3, 1]": [-1, 3, -3, 1], "[1, −1]": [1, -1],
               "[−1, 2, −1]": [-1, 2, -1], "[1, 1, 1, 1, 1]": [1] * 5}
    settings = [dict(kernel=name, degree=degree, first=first) for name in kernels for degree in range(6) for first in range(-4, 2)]
    off = {name: set() for name in kernels}                                  # degrees at which the kernel is not exact
    for setting, shown in zip(settings, control("6.2.4-kernels").results(*settings)):
        kernel, first = kernels[setting["kernel"]], setting["first"]
        power, middle = np.poly1d([1] + [0] * setting["degree"]), first + (len(kernel) - 1) / 2
        result = np.correlate(power(first + np.arange(len(kernel))), kernel)[0]
        terms, total = shown["sum"].split(" = ")
        products = [math.prod(float(factor.strip("()")) for factor in product.split("·")) for product in terms.split(" + ")]
        assert len(products) == len(kernel) and sum(products) == float(total) == result, (setting, shown)
        if set(kernel) == {1}:
            exact = {"integral": power.integ()(middle + 2.5) - power.integ()(middle - 2.5)}
        else:
            exact = {"derivative": power.deriv(len(kernel) - 1)(middle)}
        assert {key: float(shown[key]) for key in shown if key != "sum"} == pytest.approx(exact, abs=1e-4), (setting, shown)
        if not np.isclose(result, *exact.values()):
            off[setting["kernel"]].add(setting["degree"])
    exact_up_to = {"[−1, 1]": 2, "[1, −2, 1]": 3, "[−1, 3, −3, 1]": 4, "[1, 1, 1, 1, 1]": 1}       # told below the figure
    assert {name: min(off[name]) - 1 for name in exact_up_to} == exact_up_to


def drawn(figure):
    """{key: array} of what a figure shows that was trained, from the notebook of which the site is made."""
    file, = (ROOT / "_build" / "fresh" / "en").glob(f"*/{figure.split('-')[0]}-*.ipynb")
    bundles = [output["data"][BUNDLE] for cell in nbformat.read(file, as_version=4).cells if cell.cell_type == "code"
               for output in cell.outputs if BUNDLE in output.get("data", {})]
    trained, = [bundle["trained"] for bundle in bundles if bundle["name"] == figure]
    return {key: unpack(value) for key, value in trained.items()}


def test_paired(control):
    runs = drawn("6.6.1-paired")
    average, maximum = np.transpose([runs[f"0/{seed}-line/y"] for seed in range(5)])
    settings = [dict(n=n, first=first, shift=shift) for n in range(1, 6) for first in range(5) for shift in range(5)]
    singles, same, widths = {}, {2: [], 3: []}, {}
    for (n, first, shift), shown in zip([setting.values() for setting in settings], control("6.6.1-paired").results(*settings)):
        seeds = [((first + i) % 5, (first + i + shift) % 5) for i in range(n)]
        differences = np.array([maximum[b] - average[a] for a, b in seeds])
        assert shown["seeds"] == " ".join(map(str, seeds))
        assert all(close(one, actual) for one, actual in zip(shown["differences"].split(", "), differences, strict=True)), (shown, differences)
        assert close(shown["mean"], differences.mean()), (shown, differences)
        if n == 1:
            assert shown["range"].startswith("none")
            singles[seeds[0]] = differences[0]
            continue
        interval = mean_interval(differences)
        assert all(close(*pair) for pair in zip(shown["range"].split(" to "), interval[1:], strict=True)), (shown, interval)
        if shift == 0 and n in same:
            same[n].append(interval.low > 0)
        if n == 5:
            widths[shift] = interval.half
    assert control("6.6.1-paired").root.locator("svg svg polyline").count() == 3, "the interval with its two ends"
    # what the page says of it
    assert singles[1, 3] < 0 and max(singles.values()) > 2 * np.mean(maximum - average)
    assert all(singles[seed, seed] > 0 for seed in range(5))
    assert sum(same[2]) < 2.5 and all(same[3])
    assert min(widths[shift] for shift in range(1, 5)) > 2 * widths[0]


def test_channels(control):
    counts = {1: 6, 2: 16}
    figures = {layer: drawn(f"6.6.4-layer{layer}") for layer in counts}
    channels = [(layer, channel) for layer in counts for channel in range(counts[layer])]
    names = ["pullover 1", "pullover 2", "pullover 3", "coat 1", "coat 2", "coat 3"]
    separating, strongest = [], {1: [], 2: []}
    moved = control("6.6.4-layer2").move([dict(channel=place) for place in range(len(channels))])
    for (layer, channel), shown in zip(channels, moved):
        maps = np.stack([figures[layer][f"{(1 + counts[layer]) * image + 1 + channel}/0-image/pixels"] for image in range(6)])
        means = maps.mean((1, 2))
        assert f"layer {layer}, channel {channel}, {maps.shape[1]} × {maps.shape[2]}" in shown["texts"]
        bars = [float(text) for text in shown["texts"] if re.fullmatch(r"0\.\d{3}", text)]
        assert np.allclose(bars, means, rtol=0, atol=5e-4 + 1e-9), (layer, channel, bars, means)
        for key, image in ("largest", means.argmax()), ("smallest", means.argmin()):
            assert shown["results"][key].startswith(names[image]), (layer, channel, shown["results"], means)
        above, below = means[3:].min() > means[:3].max(), means[3:].max() < means[:3].min()
        told = "all coats above all pullovers" if above else "all coats below all pullovers" if below else "coats and pullovers overlap"
        assert shown["results"]["classes"] == told, (layer, channel, means)
        if above or below:
            separating.append((layer, channel))
        strongest[layer].append(names[means.argmax()])
    for layer, figure in figures.items():
        put = control("6.6.4-layer2").page.evaluate(f"numbersOf('6.6.4-layer{layer}').arrays.map(({{rows}}) => rows)")
        assert len(put) == 6 * (1 + counts[layer])
        for place, rows in enumerate(put):
            pixels = figure[f"{place}/0-image/pixels"]
            assert np.allclose(rows, pixels, rtol=0, atol=np.ptp(pixels) / 509), (layer, place)
    # what the page says of it
    assert (2, 5) in separating and all(sum(layer == where for where, _ in separating) > 1 for layer in counts)
    assert set(strongest[1]) == {"pullover 2"} and len(set(strongest[2])) > 1


@pytest.mark.parametrize("name", CONTROLS)
def test_keys_move_every_input(control, name):
    root = control(name).root
    for field, menu, label in root.evaluate(FIELDS):
        before = root.inner_html()
        for key in ("ArrowDown", "ArrowUp") if menu else ("ArrowLeft", "ArrowRight"):       # one may be at its end
            root.locator(f'[id="{field}"]').press(key)
            if root.inner_html() != before:
                break
        else:
            pytest.fail(f"{field} does not move")
        assert label, field
    assert not control(name).errors


@pytest.mark.parametrize("name", CONTROLS)
def test_words_are_in_the_language_of_the_edition(chromium, control, name):
    for edition, opened in ("en", control(name)), ("zh", Control(chromium, name, "zh")):
        words = opened.root.inner_text() + opened.root.locator("svg").first.get_attribute("aria-label")
        assert bool(re.search(r"[\u4e00-\u9fff]", words)) == (edition == "zh"), words
        assert not re.search("undefined|NaN", opened.root.inner_html()), edition
        assert not opened.errors, opened.errors


@pytest.mark.parametrize("name", CONTROLS)
def test_fits_a_phone_and_is_large_enough_to_touch(control, name):
    control(name).page.set_viewport_size({"width": 360, "height": 740})
    frame = control(name).root.bounding_box()
    boxes = control(name).root.evaluate(BOXES)
    for box in boxes:
        assert box["left"] >= max(frame["x"], 0) and box["right"] <= min(frame["x"] + frame["width"], 360), box
        assert box["drawn"] or min(box["width"], box["height"]) >= 24, box
    assert any(box["drawn"] for box in boxes) and not all(box["drawn"] for box in boxes)


def test_on_paper_and_without_scripts_the_picture_stands_alone(chromium, control):
    name = CONTROLS[0]
    assert control(name).root.is_visible()
    control(name).page.emulate_media(media="print")
    assert not control(name).root.is_visible()
    page = chromium.new_page(java_script_enabled=False)
    page.goto(page_of(name, "en").as_uri(), wait_until="domcontentloaded")
    assert page.locator(f'[data-control="{name}"]').count() == 1
    assert not page.locator(f'[data-control="{name}"]').is_visible()
    page.close()
