"""The gate's comparison: what it lets pass and what it does not."""
import base64
import copy
import io
import time
import wave

import numpy as np
import pytest
from matplotlib import image
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from nbdrift import compare, outputs
from nbdrift.bundle import BUNDLE, pack, unpack
from nbdrift.figures import describe


def text(string, kind="text/plain"):
    return {"output_type": "display_data", "data": {kind: string}, "metadata": {}}


@pytest.mark.parametrize("accepted, new", [
    ("<object at 0x7f4fda8db6f0>", "<object at 0x7f0000000010>"), ("<Figure size 640x480 with 1 Axes>", "<Figure size 1200x400 with 1 Axes>"),
    ("/tmp/ipykernel_12/345.py:3: UserWarning: x", "/var/ipykernel_6/7.py:3: UserWarning: x"), ("0.5", "np.float64(0.5)"), ("[1, 2]", "[np.int64(1), np.int64(2)]"),
    ("/a/lib/site-packages/x/y.py:3: W", "/home/b/site-packages/x/y.py:3: W"), ('<td id="T_1a2b3_row0">1</td>', '<td id="T_ffff0_row0">1</td>'),
    ("[0.5 0.25]", "[0.5        0.25000001]"), ("[1. 2.]", "[1.         1.99999999]"), ("array([ 0.5, -1. ])", "array([ 0.5       , -0.99999999])"),
    ("0.30000000000000004", "0.3"), ("1e-17 1.0", "-3e-18 1.0"), ("$$x^2$$", "$\\displaystyle x^2$"), ("['a']", "[np.str_('a')]")])
def test_what_no_two_runs_or_versions_share_is_no_difference(accepted, new):
    assert differences(text(accepted), text(new)) == []


@pytest.mark.parametrize("accepted, new", [
    ("<object at 0x7f4fda8db6f0>", "<thing at 0x7f4fda8db6f0>"), ("<Figure size 640x480 with 1 Axes>", "<Figure size 640x480 with 2 Axes>"),
    ("[1. 2.]", "[1. 3.]"), ("[0.5 0.25]", "[0.5  0.26]"), ("0.123456789", "0.123456792"), ("1.23456789012", "1.2345678914"), ("0.5", "np.float64(0.7)"),
    ("1e-10 1.0", "-3e-10 1.0"), ("9.99e-11 31227", "8.88e-11 31227"), ("[1 2]", "[1 2] x"), ("a  b", "a b"), ("$$x^2$$", "$\\displaystyle x^3$")])
def test_and_no_more_than_that(accepted, new):
    assert differences(text(accepted), text(new))


def test_a_long_text_without_a_blank_is_compared_in_no_time():
    start = time.process_time()
    assert differences(text("x" * 300_000 + "1"), text("x" * 300_000 + "y1"))
    assert time.process_time() - start < 2


def test_durations_of_a_cell_that_measures_them_are_no_words():
    timed = lambda string, code: compare.compare_outputs([stream(string)], [stream(string.replace("1.25 ms", "980 µs"))], source=code)
    assert timed("1.25 ms ± 3 µs per loop", "%timeit f()") == [] and timed("1.25 ms ± 3 µs per loop", "print(f())")
    assert compare.compare_outputs([stream("n = 5")], [stream("n = 6")], source="%time f()")
    remark = "The slowest run took 5.32 times longer than the fastest. This could mean that an intermediate result is being cached.\n"
    assert compare.compare_outputs([stream("1 ms per loop\n")], [stream(remark + "2 ms per loop\n")], source="%timeit f()") == []


def test_what_versions_of_matplotlib_call_the_same_is_the_same():
    def figure(kind, interpolation):
        artists = [{"kind": kind, "label": ""}, {"kind": "image", "interpolation": interpolation}]
        return bundle({"axes": [{"artists": artists}]}, computed={f"0/0-{kind}/paths": [1.0, 2.0]})
    assert differences(figure("PolyCollection", "antialiased"), figure("FillBetweenPolyCollection", "auto")) == []
    assert differences(figure("PolyCollection", "antialiased"), figure("FillBetweenPolyCollection", "nearest"))
    assert differences(figure("PolyCollection", "auto"), figure("LineCollection", "auto"))


def stream(string, name="stdout"):
    return {"output_type": "stream", "name": name, "text": string}


def bundle(structure=None, text="<figure f>", **values):
    rules = {rule: {key: pack(value) for key, value in values.get(rule, {}).items()} for rule in ("computed", "first_steps", "trained")}
    return {"output_type": "display_data", "metadata": {}, "data": {
        "text/plain": text, "image/svg+xml": "<svg/>", BUNDLE: {"name": "f", "structure": structure or {}, **rules}}}


def differences(accepted, new, noise=None):
    return compare.compare_outputs([accepted], [new], noise)


@pytest.mark.parametrize("accepted, new", [
    ("loss 0.781", "loss 0.782"), ("1.5e-3", "1.6e-3"), ("x = -0.25, y = 3", "x = -0.26, y = 3"), ("(3, 0.5)", "(3, 0.6)"),
    ("0.9999", "1.0000"), ("−0.5", "−0.6")])
def test_a_real_number_may_move_by_one_unit_of_its_last_digit(accepted, new):
    assert not differences(text(accepted), text(new))


@pytest.mark.parametrize("accepted, new", [
    ("loss 0.781", "loss 0.783"), ("loss 0.781", "loss 0.78"), ("shape (7, 3)", "shape (8, 3)"), ("True", "False"), ("float32", "float64"),
    ("torch.int64", "torch.int32"), ("6.3.1", "6.3.2"), ("1e-3", "1e-5"), ("mean 0.5", "means 0.5"), ("0.5", "-0.5"), ("nan", "0.5"),
    ("100 errors", "101 errors"), ("a\nb", "a\nb\nc"), ("1.5 ", "1.5"), ("conv2d", "conv3d")])
def test_anything_else_must_be_equal(accepted, new):
    assert differences(text(accepted), text(new))
    assert differences(stream(accepted), stream(new))


def test_missing_and_extra_outputs():
    one, two = stream("a"), text("b")
    assert compare.compare_outputs([one, two], [one])[0].rule == "an output is missing"
    assert compare.compare_outputs([one], [one, two])[0].rule == "an output too many"
    assert compare.compare_outputs([one], [text("a")])[0].what == "kind of output"
    assert compare.compare_outputs([stream("a"), stream("b", "stderr"), stream("c")], [stream("ac"), stream("b", "stderr")]) == []
    assert compare.compare_outputs([stream("a")], [stream("a", "stderr")])


def test_errors_are_compared_by_name_and_text():
    error = {"output_type": "error", "ename": "ValueError", "evalue": "too small", "traceback": ["line 3"]}
    assert not differences(error, {**error, "traceback": ["line 4"]})
    assert differences(error, {**error, "evalue": "too large"})
    assert differences(error, {**error, "ename": "TypeError"})


def drawn(level, program="Matplotlib version3.10"):
    """An output that holds a picture of 4 by 4 equal pixels."""
    file = io.BytesIO()
    image.imsave(file, np.full((4, 4, 4), round(255 * level), np.uint8), metadata={"Software": program})
    return text(base64.b64encode(file.getvalue()).decode(), "image/png")


def test_a_picture_without_numbers_is_compared_level_by_level_with_one_made_alike():
    assert not differences(drawn(0.5), drawn(0.5)) and not differences(drawn(0.5), drawn(0.5 + 1.5 / 255))
    found, = differences(drawn(0.5), drawn(0.6))
    assert found.excess > 10 and not found.unguarded
    found, = differences(drawn(0.5), drawn(0.5, "Matplotlib version3.7"))
    assert found.unguarded and "version3.7" in found.new


def drawing(path, version="3.11.2", png=None):
    image = f'<image xlink:href="data:image/png;base64,{png}"/>' if png else ""
    return f'<svg><title>Matplotlib v{version}, https</title><path id="m0123456789" d="{path}"/>{image}</svg>'


def test_a_drawing_is_compared_whole_by_the_same_version_of_matplotlib():
    def found(accepted, new):
        one, other = (bundle(computed={"0/0-line/y": [1.0, 2.0]}) for _ in range(2))
        one["data"]["image/svg+xml"], other["data"]["image/svg+xml"] = accepted, new
        return [difference.what for difference in differences(one, other)]
    assert found(drawing("M 1.250000 2"), drawing("M 1.250001 2")) == []
    assert found(drawing("M 1.250000 2"), drawing("M 1.250000 2").replace("m0123456789", "m9876543210")) == []
    assert found(drawing("M 1.250000 2"), drawing("M 1.350000 2")) == ["f, drawing, line 1"]
    assert found(drawing("M 1.250000 2"), drawing("")) == ["f, drawing, line 1"]
    assert found(drawing("M 1.250000 2"), drawing("M 1.350000 2", "3.10.0")) == []
    pixels = [png(np.full((4, 4, 3), level, np.uint8)) for level in (100, 101, 120)]
    assert found(drawing("M 1", png=pixels[0]), drawing("M 1", png=pixels[1])) == []
    assert found(drawing("M 1", png=pixels[0]), drawing("M 1", png=pixels[2])) == ["f, pixels"]
    one, other = bundle(computed={"0/0-line/y": [1.0, 2.0]}), bundle(computed={"0/0-line/y": [1.0, 2.0]})
    del other["data"]["image/svg+xml"]
    assert differences(one, other)


def png(array):
    file = io.BytesIO()
    image.imsave(file, array)
    return base64.b64encode(file.getvalue()).decode()


def sound(samples, rate=8000, played=None, played_rate=None):
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1), out.setsampwidth(2), out.setframerate(played_rate or rate)
        out.writeframes(np.asarray(samples if played is None else played, "<i2").tobytes())
    output = bundle({"rate": rate, "samples": len(samples)}, computed={"samples": np.asarray(samples)})
    output["data"]["text/html"] = f'<audio src="data:audio/wav;base64,{base64.b64encode(file.getvalue()).decode()}"></audio>'
    return output


def test_a_player_plays_the_samples_of_its_bundle():
    samples = np.arange(-500, 500)
    assert differences(sound(samples), sound(samples)) == []
    assert [d.what for d in differences(sound(samples), sound(samples, played=samples[::-1]))] == ["f, samples played"]
    assert [d.what for d in differences(sound(samples), sound(samples, played_rate=16000))] == ["f, rate played"]


def test_a_text_is_its_template_filled_with_its_numbers():
    def report(gain, text):
        output = bundle({"text": "{gain:+.1f} points"}, trained={"gain": gain})
        output["data"]["text/plain"] = text
        return output
    noise = {"f": {"trained": {"gain": 0.1}}}
    assert differences(report(2.4, "+2.4 points"), report(2.45, "+2.5 points"), noise) == []
    assert "filled with its numbers" in differences(report(2.4, "+2.4 points"), report(2.45, "+99.9 points"), noise)[0].what


def test_figures_are_compared_as_data():
    structure = {"axes": [{"legend": ["average", "max"], "scales": ["linear", "log"], "artists": [{"color": "#000000"}]}]}
    lines = {"0/0-line/y": np.linspace(0, 1, 9), "0/1-line/y": np.linspace(1, 0, 9)}
    accepted = bundle(structure, computed=lines)
    assert not differences(accepted, bundle(structure, computed={key: y + 1e-7 for key, y in lines.items()}))
    assert differences(accepted, bundle(structure, computed={key: y + 1e-3 for key, y in lines.items()}))
    assert "missing" in differences(accepted, bundle(structure, computed={"0/0-line/y": lines["0/0-line/y"]}))[0].rule
    swapped = dict(zip(lines, reversed(lines.values())))
    assert len(differences(accepted, bundle(structure, computed=swapped))) == 2
    for path, value in ((("legend", 1), "mean"), (("scales", 1), "linear"), (("artists", 0), {"color": "#ff0000"})):
        changed = copy.deepcopy(structure)
        changed["axes"][0][path[0]][path[1]] = value
        found, = differences(accepted, bundle(changed, computed=lines))
        assert path[0] in found.what


def test_a_colour_map_is_known_by_its_colours_not_by_its_name():
    def drawn(name, colours):
        figure = Figure()
        figure.subplots().imshow([[0, 1]], cmap=LinearSegmentedColormap.from_list(name, colours))
        return describe(figure)[0]
    assert drawn("unnamed", ["black", "white"]) == drawn("from_list", ["black", "white"]) != drawn("unnamed", ["black", "red"])


def test_integers_of_a_figure_are_exact():
    assert differences(bundle(computed={"x": [1000000, 2]}), bundle(computed={"x": [1000001, 2]}))


def test_large_arrays_are_packed_and_an_image_mirrored_is_seen():
    image = np.random.default_rng(0).normal(size=(28, 28))
    assert np.abs(unpack(pack(image)) - image).max() < 1e-4
    assert not differences(bundle(computed={"pixels": image}), bundle(computed={"pixels": image}))
    assert differences(bundle(computed={"pixels": image}), bundle(computed={"pixels": image[:, ::-1]}))
    holes = np.where(image > 2, np.nan, image)
    assert not differences(bundle(computed={"pixels": holes}), bundle(computed={"pixels": holes}))
    assert differences(bundle(computed={"pixels": image}), bundle(computed={"pixels": holes}))


def test_first_steps_are_compared_tightly():
    losses = np.array([[2.31, 2.30], [2.32, 2.29]])
    assert not differences(bundle(first_steps={"losses": losses}), bundle(first_steps={"losses": losses * (1 + 5e-5)}))
    found, = differences(bundle(first_steps={"losses": losses}), bundle(first_steps={"losses": losses * [[1, 1], [1, 1.001]]}))
    assert "[1, 1]" in found.what and found.excess == pytest.approx(10, rel=0.01)
    noise = {"f": {"first_steps": {"losses": [[1e-7, 0.001], [1e-7, 0.001]]}}}
    assert not differences(bundle(first_steps={"losses": losses}), bundle(first_steps={"losses": losses + [[0, 0.9 * compare.Z * 0.001], [0, 0]]}), noise)
    assert differences(bundle(first_steps={"losses": losses}), bundle(first_steps={"losses": losses + [[0, 1.1 * compare.Z * 0.001], [0, 0]]}), noise)
    assert differences(bundle(first_steps={"losses": losses}), bundle(first_steps={"losses": losses + [[0.001, 0], [0, 0]]}), noise)


def test_trained_numbers_may_move_by_their_noise():
    accepted, noise = bundle(trained={"accuracy": [0.80, 0.81]}), {"f": {"trained": {"accuracy": [0.0005, 0.0]}}}
    moved = lambda a, b: differences(accepted, bundle(trained={"accuracy": [0.80 + a, 0.81 + b]}), noise)
    assert not moved(0.9 * compare.Z * 0.0005, 0)
    assert moved(1.1 * compare.Z * 0.0005, 0)
    assert not moved(0, 0.9 * compare.FLOOR) and moved(0, 1.1 * compare.FLOOR)
    assert "calibrate" in differences(accepted, accepted)[0].rule, "no noise measured"
    assert differences(accepted, accepted, {"f": {"trained": {"accuracy": [0.0005]}}}), "noise of another shape"


@pytest.mark.parametrize("structure, unit", [({"text": "{g:.1f} points"}, 100), ({"text": "{m:.1f} % of the images"}, 100), ({"text": "loss {g}"}, 1),
                                             ({"axes": [{"labels": ["seed", "test accuracy (%)"]}]}, 100), ({"axes": [{"labels": ["epoch", "accuracy"]}]}, 1)])
def test_the_least_that_a_trained_number_may_move_is_one_test_image(structure, unit):
    accepted, noise = bundle(trained={"gain": 0.5}, structure=structure), {"f": {"trained": {"gain": 0.0}}}
    moved = lambda by: differences(accepted, bundle(trained={"gain": 0.5 + by}, structure=structure), noise)
    assert not moved(0.9 * compare.FLOOR * unit) and moved(1.1 * compare.FLOOR * unit)


def test_a_single_trained_number_may_move_by_no_more_than_its_words_bear():
    noise = {"f": {"trained": {"gain": 0.2, "errors": [0.2, 0.2]}}}                  # eleven times as much would be 2.2
    def moved(by, **structure):
        return [found.what for found in differences(*(bundle(structure, trained={"gain": 1.6 + step, "errors": [1.6, 1.6 + step]}) for step in (0, by)), noise)]
    assert not moved(0.79) and moved(0.81) == ["f, gain"], "half of itself"
    assert not moved(0.4, bears={"gain": 0.5}) and moved(0.6, bears={"gain": 0.5}) == ["f, gain"]
    assert not moved(1.9, bears={"gain": 2}) and moved(2.1, bears={"gain": 2}) == ["f, gain"]
    assert moved(2.3, bears={"gain": 9}) == ["f, gain", "f, errors at [1]"], "never more than the noise explains"


def test_words_of_a_trained_output_are_exact_and_its_numbers_masked():
    a, b = bundle(text="gain 2.4 points", trained={"gain": 2.4}), bundle(text="gain 2.5 points", trained={"gain": 2.4})
    noise = {"f": {"trained": {"gain": 0.1}}}
    assert not differences(a, b, noise)
    b["data"]["text/plain"] = "loss 2.4 points"
    assert differences(a, b, noise)


def test_a_difference_says_what_moved_from_what_to_what_and_how_much_was_allowed():
    found, = differences(bundle(trained={"accuracy": [0.80]}), bundle(trained={"accuracy": [0.79]}), {"f": {"trained": {"accuracy": [0.004 / compare.Z]}}})
    assert str(found) == "f, accuracy at [0]: accepted 0.8, now 0.79 (trained: allowed 0.004, 2.5 times what is allowed)"


@pytest.mark.parametrize("text, number", [("87.3 %", True), ("−0.1 ± 0.8", True), ("5x5", True), ("0 of 10", True), ("1 window", False), ("1 窗口", False), ("base", False)])
def test_a_column_stands_with_the_numbers_if_it_holds_numbers(text, number):
    assert ('<td class="number">' in outputs.html_table(["column"], [[text]])) is number
