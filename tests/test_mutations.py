"""The faults of the mutation suite for which nothing has to run, and a few that train; `make mutations` tries all of them."""
import shutil

import pytest

import mutations
from conftest import bookbuild

FAST = [mutation for mutation in mutations.MUTATIONS + mutations.HARMLESS if mutation.layer in mutations.OUTPUTS]
FEW = [mutation for mutation in mutations.MUTATIONS if mutation.page == mutations.TRAINING][::12]


def name(mutation):
    return f"{mutation.page} {mutation.fault}"


@pytest.fixture(scope="module")
def training_book(tmp_path_factory):
    return mutations.make_training_book(tmp_path_factory.mktemp("trained"))


@pytest.mark.parametrize("mutation", FAST, ids=name)
def test_outputs_and_bookkeeping(mutation):
    row, = mutations.trials([mutation])
    assert row["right"], mutations.line(row)


@pytest.mark.parametrize("mutation", FEW, ids=name)
def test_training(mutation, training_book):
    row, = mutations.trials([mutation], training_book)
    assert row["right"], mutations.line(row)


def test_other_rounding_is_no_fault(training_book):
    for env in ({"OMP_NUM_THREADS": "2"}, {"ATEN_CPU_CAPABILITY": "avx2"}, {"D2L_PERTURB": "1e-7"}):
        done = bookbuild(training_book, "pages", **env)
        assert done.returncode == 0, done.stdout


def test_a_fault_that_no_longer_applies_or_that_the_gate_passes_is_not_right():
    for seed in (mutations.code("no such text", ""), mutations.printed("no such text", ""), mutations.output(lambda book: None)):
        row, = mutations.trials([mutations.Mutation("nothing", "outputs", "6.3.1", seed, "words")])
        assert not row["right"] and "does not apply" in mutations.line(row)
    row, = mutations.trials([mutations.Mutation("nothing", "outputs", "6.3.1", lambda page: None, "words must be equal")])
    assert not row["right"] and "passes" in mutations.line(row)


def test_every_fault_still_applies(training_book, tmp_path):
    idle = []
    for number, mutation in enumerate(mutations.MUTATIONS + mutations.HARMLESS):
        if mutation not in FAST:
            page = mutations.copy_for(mutation, tmp_path / str(number), training_book)
            try:
                mutation.seed(page)
            except AssertionError as error:
                idle.append(f"{name(mutation)}: {error}")
            shutil.rmtree(tmp_path / str(number))
    assert not idle, "\n".join(idle)


def test_faults_are_many_and_everywhere():
    assert len(mutations.MUTATIONS) >= 70
    assert {mutation.page for mutation in mutations.MUTATIONS if mutation.layer == "page"} == {page.number for page in mutations.pages.find_pages()}
    assert len({mutation[:3] for mutation in mutations.MUTATIONS}) == len(mutations.MUTATIONS), "two rows of the table are alike"
