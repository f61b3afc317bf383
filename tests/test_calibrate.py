"""The calibration: what it says of sensitivity and false alarms, against runs drawn by chance and compared by the gate."""
import numpy as np
import pytest

from bookbuild import calibrate, pages, report_page, run
from nbdrift import compare
from nbdrift.bundle import pack, unpack
from nbdrift.noise import digest

TRAINED = [page for page in pages.find_pages() if page.noise.exists()]
ROWS = [pytest.param(*row, id=f"{page.number} {row[0]}, {row[1]}") for page in TRAINED for row in calibrate.sensitivity(page)]


def share_caught(value, sd, shift, unit, allowed, draws=4000):
    """How often the gate tells apart two runs of a number with this re-run noise, one of them shifted."""
    normal = np.random.default_rng(0).normal
    caught = [bool(compare.compare_arrays("number", "trained", pack(np.array(value + normal(0, sd))),
                                       pack(np.array(value + shift + normal(0, sd))), pack(np.array(sd)), unit, allowed)) for _ in range(draws)]
    return np.mean(caught)


@pytest.mark.parametrize("name, key, unit, value, sd, allowed, shift", [row for row in ROWS if row.values[4] > 1e-6][::12])
def test_the_stated_shift_is_caught(name, key, unit, value, sd, allowed, shift):
    assert 0.98 < share_caught(value, sd, shift, unit, allowed) <= 1
    assert share_caught(value, sd, 0, unit, allowed) == 0
    assert share_caught(value, sd, 0.5 * allowed, unit, allowed) < 0.5


def test_accuracies_are_guarded_as_tightly_as_claimed():
    found = {(page.number, name): shift for page in TRAINED for name, key, *_, shift in calibrate.sensitivity(page) if key == "test accuracy"}
    assert set(number for number, _ in found) == {"6.6.1", "6.6.2", "6.6.3", "6.6.4"}
    for (number, name), shift in found.items():
        limit = {"6.6.1": 0.002, "6.6.4": 0.002, "6.6.3": 0.01, "6.6.2": 0.025 if name == "base" else 0.02}[number]
        assert shift < limit, f"{number}, {name}: {shift:.4f}"


def test_a_build_without_a_fault_hardly_ever_raises_an_alarm():
    assert calibrate.false_alarm_probability(TRAINED) < 0.07
    often = [page for page in TRAINED if run.page_noise(page)["distinct"] >= 8]
    assert {page.number for page in often} >= {"6.6.2", "6.6.3"} and calibrate.false_alarm_probability(often) < 0.01
    assert calibrate.false_alarm_probability(TRAINED, z=4) > 0.5, "the bound does not depend on z"


@pytest.mark.parametrize("page", TRAINED, ids=lambda page: page.number)
def test_noise_outlives_a_change_of_a_check_that_does_not_train_and_of_nothing_else(page):
    measured = run.page_noise(page)["code"]
    for place, cell in enumerate(pages.code_cells(pages.read_source(page, "en"))):
        source = pages.read_source(page, "en")
        pages.code_cells(source)[place].source += "\n# changed"
        tags = set(cell.metadata.get("tags", []))
        kept = "setup" in tags or bool({"check", "wrong"} & tags) and "train" not in tags
        assert (pages.noise_digest(source) == measured) is kept, cell.source


def test_no_recorded_run_of_a_page_without_training_differs():
    exact = [entry for page in calibrate.read_record(pages.ROOT)["pages"] if not page["trained"] for entry in page["runs"]]
    assert len(exact) >= 100 and all(entry["closeness"] <= 1 for entry in exact)


def test_a_run_that_repeats_another_tells_nothing_of_the_noise():
    runs = [{"net": {"first_steps": {"losses": np.ones((1, 2))}, "trained": {"accuracy": np.array([[value]])}}} for value in (0.80, 0.82, 0.80, 0.80)]
    assert len(calibrate.distinct(runs)) == 2
    assert calibrate.measure(runs) == calibrate.measure(runs[:2]) != calibrate.measure([runs[0], runs[2]])


def test_variations_differ_from_one_another_and_begin_with_the_build_itself():
    ways = calibrate.variations()
    assert next(iter(ways.values())) == {} and len({str(sorted(changes.items())) for changes in ways.values()}) == len(ways) == 12


def test_noise_leans_on_the_neighbours_at_the_same_epoch():
    normal = np.random.default_rng(0).normal
    sd = np.array([1e-2, 1e-3])                                         # of the first and the second epoch
    runs = [{"net": {"first_steps": {"losses": np.ones((50, 3))}, "trained": {"accuracy": normal(0.8, sd, (50, 2))}}} for _ in range(3)]
    found = unpack(calibrate.measure(runs)["net"]["trained"]["accuracy"])
    assert found.mean(axis=0) == pytest.approx(sd, rel=0.15)
    assert found.min(axis=0) == pytest.approx(sd, rel=0.25), "an element with little noise by luck is not trusted"


def test_a_run_far_from_the_others_is_told():
    def notebook(accuracy):
        bundle = {"name": "net", "structure": {}, "computed": {}, "first_steps": {"losses": [[1.0]]}, "trained": {"accuracy": [[accuracy]]}}
        cell = pages.nbformat.v4.new_code_cell(outputs=[pages.nbformat.v4.new_output("display_data", {"text/plain": "net", calibrate.BUNDLE: bundle})])
        return pages.nbformat.v4.new_notebook(cells=[cell])
    notebooks = {name: notebook(value) for name, value in (("build", 0.800), ("a", 0.801), ("b", 0.802), ("far", 0.9))}
    values = {name: calibrate.trained_values(each) for name, each in notebooks.items()}
    assert calibrate.closeness(notebooks, values, "far") > 1 > calibrate.closeness(notebooks, values, "a")
    assert calibrate.closeness({name: notebooks[name] for name in ("build", "a")}, values, "a") is not None
    assert calibrate.closeness({name: notebooks[name] for name in ("build", "a")}, {name: values[name] for name in ("build", "a")}, "a") is None


def test_the_figure_of_the_noise_is_drawn_from_the_measured_noise():
    assert (pages.ROOT / "figures" / "re-run-noise.svg").read_text() == calibrate.draw(pages.ROOT), "run `make calibrate`"


def test_the_page_about_the_noise_reads_its_figure_rightly():
    noise = {(page.number, name): np.sqrt(np.square(unpack(rules["trained"]["test loss"])[:, 1:]).mean(axis=0))
             for page in TRAINED for name, rules in run.page_noise(page)["noise"].items() if "test loss" in rules["trained"]}
    smooth, maximum = noise.pop(("6.6.1", "average pooling")), noise.pop(("6.6.1", "max pooling"))
    assert np.array_equal(smooth, noise.pop(("6.6.4", "LeNet"))) and (smooth < maximum).all()
    assert len(noise) == 3, "the ReLU nets"
    for name, relu in noise.items():
        assert (relu > maximum[:len(relu)]).all() and relu[-1] < 0.5 * relu[0], f"{name}: above both, and together again at the end"


def test_what_was_recorded_is_unedited_and_made_under_the_rules_of_the_gate():
    record = calibrate.read_record(pages.ROOT)
    assert {name: record[name] for name in calibrate.RULES} == calibrate.RULES, "the gate's rules changed since the calibration: `make calibrate`"
    assert record["digest"] == digest([calibrate.RULES, record["pages"]]), "edited since: `make calibrate`"
    for device, one in report_page.benchmark().items():
        assert one["digest"] == digest({name: value for name, value in one.items() if name != "digest"}), f"{device}: `make bench`"
