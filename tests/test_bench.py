"""The benchmark: what it measures with, and the section of the build report that tells its record."""
import json

import pytest
import torch

from bookbuild import bench, report_page
from d2l_solutions.data import load
from d2l_solutions.train import lenet

CPU = torch.device("cpu")


def test_order_is_the_exponent_of_time_against_size():
    for exponent in (0.5, 1, 2):
        assert bench.order([(size, 3 * size**exponent, 0) for size in (2, 5, 12)]) == pytest.approx(exponent)


def test_work_of_an_image_is_counted_as_by_hand():
    macs = 28 * 28 * 6 * 25 + 10 * 10 * 16 * 6 * 25 + 400 * 120 + 120 * 84 + 84 * 10
    assert bench.floor(CPU)[2] == 2 * (3 * macs - 28 * 28 * 6 * 25), "twice forward in the backward pass, except for the gradient of the images"


def test_the_plain_loop_trains(monkeypatch):
    data = load("fashion_mnist")
    data = data._replace(train_x=data.train_x[:2000], train_y=data.train_y[:2000], test_x=data.test_x[:500], test_y=data.test_y[:500])
    torch.manual_seed(0)
    start, nets = lenet().apply(bench.xavier), []
    monkeypatch.setattr(bench, "lenet", lambda: nets.append(lenet()) or nets[-1])
    torch.manual_seed(0)
    assert bench.plain_loop(data, CPU) > 0
    assert all(not torch.equal(p, q) for p, q in zip(nets[0].parameters(), start.parameters()))


@pytest.mark.parametrize("edition", ["en", "zh"])
def test_the_build_report_tells_the_record(edition, monkeypatch, tmp_path):
    monkeypatch.setattr(report_page, "BENCHMARK", tmp_path / "benchmark.json")
    assert report_page.speed_section(edition) == []
    loop = dict(replicas=1, processes=1, threads=2)
    record = {"machine": "a machine", "torch": "2.0", "date": "2026-01-01", "gflops": 100.0, "copy_bytes_per_second": 1e10, "flop_per_image": 2e6,
              "loops": [{"loop": "book", "rates": [900, 1000, 1200], **loop}, {"loop": "ours", "rates": [7000, 8000, 8500], **loop}],
              "growth": {name: {"order": 0.97, "sizes": [[1, 2.0, 3e8], [2, 4.0, 5e8]]} for name in ("seeds", "epochs", "pages")}}
    report_page.BENCHMARK.write_text(json.dumps({"cpu": record}))
    section = "\n".join(report_page.speed_section(edition))
    for told in ("a machine", "| 1,000 | 900–1,200 | 1.0 |", "| 8,000 | 7,000–8,500 | 8.0 |", "50,000", "n^{0.97}", "0.30 GB"):
        assert told in section, told
