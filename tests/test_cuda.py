"""What only a CUDA GPU can show; without one these tests are skipped."""
import dataclasses

import numpy as np
import pytest
import torch

from bookbuild import run
from bookbuild.pages import find_pages
from d2l_solutions.data import load
from d2l_solutions.train import lenet, train

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA GPU")
SETTINGS = dict(seeds=(0, 3), epochs=2, lr=0.9, record_gradients=True, quiet=True)


@pytest.fixture(scope="module")
def data():
    data = load("fashion_mnist")
    return data._replace(train_x=data.train_x[:4000], train_y=data.train_y[:4000], test_x=data.test_x[:1000], test_y=data.test_y[:1000])


@pytest.fixture(scope="module")
def on_cuda(data):
    return train("cuda", lenet, data, device="cuda", **SETTINGS)


def test_a_seed_means_the_same_on_both_devices(data, on_cuda):
    on_cpu = train("cpu", lenet, data, device="cpu", **SETTINGS)
    np.testing.assert_allclose(on_cuda.first_losses, on_cpu.first_losses, rtol=1e-5)
    np.testing.assert_allclose(on_cuda.first_batch, on_cpu.first_batch, rtol=1e-6)
    np.testing.assert_allclose(on_cuda.train_loss, on_cpu.train_loss, rtol=1e-4)
    np.testing.assert_allclose(on_cuda.test_acc, on_cpu.test_acc, atol=2e-3)


def test_training_on_cuda_repeats_itself_bit_by_bit(data, on_cuda):
    again = train("cuda", lenet, data, device="cuda", **SETTINGS)
    for field in dataclasses.fields(on_cuda):
        if isinstance(getattr(on_cuda, field.name), np.ndarray):
            np.testing.assert_array_equal(getattr(again, field.name), getattr(on_cuda, field.name), err_msg=field.name)
    for net, other in zip(on_cuda.nets, again.nets):
        assert all(torch.equal(p, q) for p, q in zip(net.parameters(), other.parameters()))


def test_more_replicas_than_fit_are_refused_with_the_remedy(data):
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(2**28 / torch.cuda.mem_get_info()[1])
    try:
        with pytest.raises(RuntimeError, match="fewer seeds per call"):
            train("too many", lenet, data, device="cuda", **{**SETTINGS, "seeds": range(40)})
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)


@pytest.mark.parametrize("page", find_pages(only=["6.6"]), ids=lambda page: page.number)
def test_a_page_run_on_cuda_is_as_accepted(page, tmp_path):
    result, = run.run_pages([page], tmp_path, {**run.environment(), "device": "cuda"})
    assert not result.failures, [(failure["kind"], failure.get("quantity"), failure.get("excess")) for failure in result.failures]
