"""Training throughput, `make bench`: the book's own loop, a plain loop over images in memory, and this project's.

Everything that a user waits for is in the time: data access, forward, backward, step, metrics, evaluation after the
epoch. The contenders take turns in one process; medians and the range of the rounds are printed and written to
`_build/bench.json`. The floor is what LeNet's products alone would take at the rate of a large matrix product.
"""
import argparse
import contextlib
import io
import json
import multiprocessing
import os
import platform
import statistics
import tempfile
import time
from pathlib import Path

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from bookbuild.pages import ROOT
from d2l_solutions.data import folder, load
from d2l_solutions.train import device, lenet, train, xavier

BATCH, RATE = 256, 0.9


def book_loop(data, where):
    """d2l.train_ch6 with d2l's loader, as the book calls it; one epoch, one replica."""
    import matplotlib
    matplotlib.use("agg")
    from d2l import torch as d2l
    with tempfile.TemporaryDirectory() as work:
        raw = Path(work) / "data" / "FashionMNIST" / "raw"
        raw.parent.mkdir(parents=True)
        raw.symlink_to(folder() / "FashionMNIST" / "raw")
        (Path(work) / "chapter").mkdir()
        with contextlib.chdir(Path(work) / "chapter"), contextlib.redirect_stdout(io.StringIO()):
            start = time.perf_counter()
            train_iter, test_iter = d2l.load_data_fashion_mnist(BATCH)
            d2l.train_ch6(lenet(), train_iter, test_iter, 1, RATE, where)
            seconds = time.perf_counter() - start
    matplotlib.pyplot.close("all")
    return len(data.train_x) / seconds


def plain_loop(data, where):
    """A loop that anyone would write: images in memory, one replica, all threads."""
    net = lenet().apply(xavier).to(where)
    start = time.perf_counter()
    x, y, test_x, test_y = (t.to(where) for t in (data.train_x, data.train_y, data.test_x, data.test_y))
    step, loss = torch.optim.SGD(net.parameters(), lr=RATE), nn.CrossEntropyLoss()
    total, right = 0.0, 0
    for index in torch.randperm(len(x)).split(BATCH):
        batch, target = x[index.to(where)], y[index.to(where)]
        step.zero_grad()
        logits = net(batch)
        value = loss(logits, target)
        value.backward()
        step.step()
        total, right = total + value.detach() * len(index), right + (logits.argmax(1) == target).sum()
    with torch.no_grad():
        (net(test_x).argmax(1) == test_y).double().mean().item()
    return len(x) / (time.perf_counter() - start)


def replicas(data, where, seeds=5):
    """`train` of this project: `seeds` replicas side by side in one process."""
    return train("bench", lenet, data, seeds=range(seeds), epochs=1, lr=RATE, batch_size=BATCH, device=where, quiet=True).images_per_second


def worker(barrier, seeds, rates):
    torch.set_num_threads(1)
    data = load("fashion_mnist")
    replicas(data._replace(train_x=data.train_x[:1000], train_y=data.train_y[:1000]), "cpu", seeds)
    while barrier.wait() is not None:
        rates.put(replicas(data, "cpu", seeds))


class EveryCore:
    """One process with one thread on every core, as the build trains its pages."""

    def __init__(self, cores, seeds=5):
        context = multiprocessing.get_context("spawn")
        self.cores, self.barrier, self.rates = cores, context.Barrier(cores + 1), context.Queue()
        self.processes = [context.Process(target=worker, args=(self.barrier, seeds, self.rates), daemon=True) for _ in range(cores)]
        for process in self.processes:
            process.start()

    def __call__(self, data, where):
        self.barrier.wait()
        return sum(self.rates.get() for _ in self.processes)


def floor(where):
    """(GFLOP/s of a matrix product, bytes/s of a copy, FLOP per training image)."""
    def best(call, repeats=5):
        times = []
        for _ in range(repeats):
            start = time.perf_counter()
            call()
            if where.type == "cuda":
                torch.cuda.synchronize()
            times.append(time.perf_counter() - start)
        return min(times)
    a = torch.rand(2048, 2048, device=where)
    big, copy = torch.rand(2**26, device=where), torch.empty(2**26, device=where)
    x = torch.zeros(BATCH, 1, 28, 28)
    with FlopCounterMode(display=False) as counter:
        lenet()(x).sum().backward()
    return 2 * 2048**3 / best(lambda: a @ a) / 1e9, 2 * big.nbytes / best(lambda: copy.copy_(big)), counter.get_total_flops() / BATCH


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds, where, cores = parser.parse_args().rounds, device(), os.cpu_count() or 1
    data = load("fashion_mnist")
    torch.set_num_threads(cores)
    one = f"one replica, {cores} threads" if where.type == "cpu" else "one replica"
    contenders = {f"d2l.train_ch6 with d2l's loader: {one}": book_loop, f"plain loop, images in memory: {one}": plain_loop}
    if where.type == "cpu":
        contenders |= {f"this project: 5 replicas, {cores} threads": replicas,
                       f"this project: 5 replicas in each of {cores} processes with one thread": EveryCore(cores)}
    else:
        contenders |= {f"this project: {k} replicas": lambda data, where, k=k: replicas(data, where, k) for k in (5, 40, 160)}
    rates = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            rates[name].append(run(data, where))
    flops, copying, per_image = floor(where)
    machine = torch.cuda.get_device_name() if where.type == "cuda" else f"{cores} cores, {platform.machine()}"
    reference = statistics.median(next(iter(rates.values())))
    print(f"LeNet on Fashion-MNIST, one epoch with evaluation, batches of {BATCH}; {machine}, torch {torch.__version__}; {rounds} rounds")
    print(f"{'replica-images per second':>75}   median       range   ratio")
    for name, values in rates.items():
        print(f"{name:>75}  {statistics.median(values):7,.0f}  {min(values):6,.0f}-{max(values):<6,.0f}  {statistics.median(values) / reference:.1f}")
    print(f"matrix product {flops:.0f} GFLOP/s, copy {copying / 1e9:.1f} GB/s, {per_image / 1e6:.2f} MFLOP per image: "
          f"at most {flops * 1e9 / per_image:,.0f} images per second")
    (ROOT / "_build").mkdir(exist_ok=True)
    (ROOT / "_build" / "bench.json").write_text(json.dumps({
        "machine": machine, "torch": torch.__version__, "rates": rates, "gflops": flops, "copy_bytes_per_second": copying,
        "flop_per_image": per_image, "date": time.strftime("%Y-%m-%d")}, indent=1))


if __name__ == "__main__":
    main()
