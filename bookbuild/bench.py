"""How fast training is and how the build grows, `make bench`.

Throughput: the book's own loop, a plain loop over images in memory, and this project's. Everything that a user waits for
is in the time: data access, forward, backward, step, metrics, evaluation after the epoch. The contenders take turns in
one process. The floor is what LeNet's products alone would take at the rate of a large matrix product.

Growth: time and peak memory of training with more seeds and more epochs, and of a build with more light pages, each at
three sizes in processes of their own; the order is the exponent of time against size, 1 if it grows in proportion.

Both are printed and recorded in `chapters/benchmark.json`, from which the build report tells them: one record for the
CPU, one for CUDA.
"""
import argparse
import contextlib
import io
import json
import math
import multiprocessing
import os
import platform
import resource
import statistics
import sys
import tempfile
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from bookbuild import report_page, run
from bookbuild.pages import find_pages, write
from bookbuild.report_page import BENCHMARK
from d2l_solutions.data import folder, load
from d2l_solutions.train import device, lenet, train, xavier
from nbdrift.noise import digest

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
        with contextlib.chdir(Path(work) / "chapter"), contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")              # the loader asks for four worker processes, as many cores or not
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


def throughput(rounds, where, cores):
    """{"loops": [{"loop", "replicas", "processes", "threads", "rates": [replica-images per second]}], what the floor needs}."""
    data = load("fashion_mnist")
    if where.type == "cpu":
        ours = [("ours", 5, 1, cores, replicas), ("ours", 5, cores, 1, EveryCore(cores))]
    else:
        ours = [("ours", k, 1, cores, lambda data, where, k=k: replicas(data, where, k)) for k in (5, 40, 160)]
    contenders = [("book", 1, 1, cores, book_loop), ("plain", 1, 1, cores, plain_loop), *ours]
    loops = [{"loop": loop, "replicas": k, "processes": processes, "threads": threads, "rates": []} for loop, k, processes, threads, _ in contenders]
    for _ in range(rounds):
        for entry, (*_, contender) in zip(loops, contenders):
            entry["rates"].append(contender(data, where))
    flops, copying, per_image = floor(where)
    return {"loops": loops, "gflops": flops, "copy_bytes_per_second": copying, "flop_per_image": per_image}


def training(where, seeds, epochs):
    """(seconds, peak bytes) of one training, for a process of its own."""
    torch.set_num_threads(1)
    data = load("fashion_mnist")
    data = data._replace(train_x=data.train_x[:20000], train_y=data.train_y[:20000])
    seconds = train("growth", lenet, data, seeds=range(seeds), epochs=epochs, lr=RATE, device=where, quiet=True).seconds
    peak = torch.cuda.max_memory_allocated() if where.type == "cuda" else \
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return seconds, peak


def apart(*arguments):
    """What `training` returns, run in a process of its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(training, *arguments).result()


def building(count):
    """(seconds, largest peak bytes of a page) of running `count` light pages from nothing, in as many processes as a build."""
    light = [page for page in find_pages() if not page.noise.exists()][:count]
    with tempfile.TemporaryDirectory() as build:
        start = time.perf_counter()
        results = run.run_pages(light, Path(build), say=lambda text: None)
        return time.perf_counter() - start, max(result.peak_bytes for result in results)


def growth(where):
    """{what grows: {"order": exponent of time against size, "sizes": [[size, seconds, peak bytes]]}}."""
    found = {"seeds": [[k, *apart(where, k, 2)] for k in (2, 5, 12)],
             "epochs": [[e, *apart(where, 5, e)] for e in (1, 2, 5)],
             "pages": [[n, *building(n)] for n in (6, 12, 24)]}
    return {name: {"order": order(sizes), "sizes": sizes} for name, sizes in found.items()}


def order(sizes):
    """Least-squares slope of log time against log size."""
    x, y = zip(*((math.log(size), math.log(seconds)) for size, seconds, _ in sizes))
    return statistics.linear_regression(x, y).slope


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds, where, cores = parser.parse_args().rounds, device(), os.cpu_count() or 1
    torch.set_num_threads(cores)
    machine = torch.cuda.get_device_name() if where.type == "cuda" else f"{cores} cores, {platform.machine()}"
    grown = growth(where)            # first: d2l's plots start an IPython shell, whose module takes the place of __main__
    record = {"machine": machine, "torch": torch.__version__, "date": time.strftime("%Y-%m-%d"),
              **throughput(rounds, where, cores), "growth": grown}
    record["digest"] = digest(record)
    write(BENCHMARK, json.dumps({**report_page.benchmark(), where.type: record}, indent=1) + "\n")
    print("\n\n".join(report_page.speed_section("en")))


if __name__ == "__main__":
    main()
