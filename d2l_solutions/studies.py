"""Experiments too long for a build: made here, stored in `studies/NAME.json`, quoted and spot-checked by the pages.

    python -m d2l_solutions.studies lenet-search        make it anew (half an hour on one core)
    python -m d2l_solutions.studies mnist-lenet         (a quarter of an hour)
    python -m d2l_solutions.studies base-rate           (ten minutes)
"""
import datetime
import hashlib
import json
import os
import platform
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import nn

from . import train as training
from .data import load
from .train import lenet, split, train

FOLDER = Path(__file__).with_suffix("")


@dataclass(frozen=True)
class Config:
    """A convolutional net (N, 1, 28, 28) -> (N, 10); as it stands, LeNet with ReLU and max pooling."""
    convs: tuple = ((6, 5, 2, 2), (16, 5, 0, 2))    # (channels, window, padding, pooling) of each; pooling 1 is none
    dense: tuple = (120, 84)                        # widths of the hidden dense layers
    activation: str = "ReLU"                        # classes of torch.nn
    pool: str = "MaxPool2d"
    norm: bool = False                              # batch normalisation after every convolution


def build(config):
    """The untrained nn.Sequential of a Config. Raises ValueError where nothing is left of the image."""
    act, pooling = getattr(nn, config.activation), getattr(nn, config.pool)
    layers, channels, side = [], 1, 28
    for width, window, padding, pool in config.convs:
        layers += [nn.Conv2d(channels, width, window, padding=padding)]
        layers += [nn.BatchNorm2d(width)] if config.norm else []
        layers += [act()] + ([pooling(pool)] if pool > 1 else [])
        channels, side = width, (side + 2 * padding - window + 1) // pool
        if side < 1:
            raise ValueError(f"nothing is left of the image after {len(layers)} layers of {config}")
    layers, features = layers + [nn.Flatten()], channels * side ** 2
    for width in config.dense:
        layers += [nn.Linear(features, width), act()]
        features = width
    return nn.Sequential(*layers, nn.Linear(features, 10))


BATCH, IMAGES, HELD = 128, 20_000, 10_000
PLAIN = dict(init="kaiming", schedule="one-cycle", epochs=2)
BETTER = dict(activation="SiLU", norm=True, dense=())
LOW, HIGH, HIGHEST = (0.03, 0.1, 0.3), (0.1, 0.3, 0.9), (0.3, 0.9, 2.7)
# name: (which of the exercise's six kinds of change, changes of Config(), changes of PLAIN, learning rates to try)
SEARCH = {
    "base": (0, {}, {}, HIGH),
    "3x3 windows": (1, dict(convs=((6, 3, 1, 2), (16, 3, 0, 2))), {}, HIGH),
    "7x7 window first": (1, dict(convs=((6, 7, 3, 2), (16, 5, 0, 2))), {}, HIGH),
    "half the channels": (2, dict(convs=((3, 5, 2, 2), (8, 5, 0, 2))), {}, HIGH),
    "twice the channels": (2, dict(convs=((12, 5, 2, 2), (32, 5, 0, 2))), {}, HIGH),
    "sigmoid": (3, dict(activation="Sigmoid"), dict(init="xavier"), HIGHEST),
    "tanh": (3, dict(activation="Tanh"), dict(init="xavier"), HIGH),
    "SiLU": (3, dict(activation="SiLU"), {}, HIGH),
    "one convolution": (4, dict(convs=((6, 5, 2, 2),)), {}, HIGH),
    "three convolutions": (4, dict(convs=((6, 5, 2, 2), (16, 5, 0, 2), (32, 3, 1, 1))), {}, HIGH),
    "3x3 pairs": (4, dict(convs=((6, 3, 1, 1), (6, 3, 1, 2), (16, 3, 0, 1), (16, 3, 0, 2))), {}, HIGH),
    "no hidden dense layer": (5, dict(dense=()), {}, HIGH),
    "wide dense layers": (5, dict(dense=(240, 168)), {}, HIGH),
    "Xavier start": (6, {}, dict(init="xavier"), HIGH),
    "constant rate": (6, {}, dict(schedule="constant"), LOW),
    "twice the epochs": (6, {}, dict(epochs=4), HIGH),
    "batch norm": (6, dict(norm=True), {}, HIGH),
    "better at LeNet's size": (7, BETTER, {}, HIGHEST),
    "better with more channels": (7, dict(convs=((8, 5, 2, 2), (32, 5, 0, 2)), **BETTER), {}, HIGHEST),
    "better with three convolutions": (7, dict(convs=((8, 5, 2, 2), (24, 3, 1, 2), (32, 3, 1, 2)), **BETTER), {}, HIGHEST),
}


def search_data(data):
    """A Data whose training images are 20,000 of `data`, and whose test images are the 10,000 held out for validation.

    The images of the true test set are not in it, so no choice made with it can have seen them.
    """
    kept, held = split(len(data.train_x), HELD)
    kept = kept[:IMAGES]
    return data._replace(train_x=data.train_x[kept], train_y=data.train_y[kept],
                         test_x=data.train_x[held], test_y=data.train_y[held])


def search_run(name, data, rate, seeds, epochs):
    """Runs of one entry of SEARCH on search_data; their test accuracy is the validation accuracy."""
    _, changes, training_changes, _ = SEARCH[name]
    settings = PLAIN | training_changes
    return train(name, lambda: build(Config(**changes)), data, seeds=seeds, epochs=epochs, lr=rate, batch_size=BATCH,
                 init=getattr(training, settings["init"]), schedule=settings["schedule"], quiet=True)


def lenet_search():
    """Every entry of SEARCH: one epoch at three rates with seed 0, then the best rate with seeds 0, 1, 2."""
    data, entries = search_data(load("fashion_mnist")), {}
    for name, (kind, changes, training_changes, rates) in SEARCH.items():
        screen = {rate: search_run(name, data, rate, [0], 1).test_acc[0, -1] for rate in rates}
        best, settings = max(screen, key=screen.get), PLAIN | training_changes
        runs = search_run(name, data, best, range(3), settings["epochs"])
        entries[name] = {
            "kind": kind, "config": asdict(Config(**changes)), "settings": settings, "rate": best, "screen": screen,
            "seeds": list(runs.seeds), "first_losses": runs.first_losses.tolist(), "train_loss": runs.train_loss.tolist(),
            "train_accuracy": runs.train_acc.tolist(), "valid_accuracy": runs.test_acc.tolist(),
            "valid_loss": runs.test_loss.tolist(), "seconds": runs.seconds}
        print(f"{name}: rates {screen}, validation accuracy {runs.test_acc[:, -1]}, {runs.seconds:.0f} s", flush=True)
    return {"batch_size": BATCH, "images": IMAGES, "validation_images": HELD, "entries": entries}


def mnist_run(data, seeds, epochs):
    """Runs of the book's LeNet on MNIST, trained as in the book."""
    return train("LeNet", lenet, data, seeds=seeds, epochs=epochs, lr=0.9, batch_size=256, quiet=True)


def mnist_lenet():
    """The book's LeNet on MNIST, ten epochs, five seeds, and the test images that each of the five nets misreads."""
    data = load("mnist")
    runs = mnist_run(data, range(5), 10)
    with torch.no_grad():
        wrong = [torch.cat([net(x).argmax(1) for x in data.test_x.split(1000)]) != data.test_y for net in runs.nets]
    return {"seeds": list(runs.seeds), "first_losses": runs.first_losses.tolist(), "train_loss": runs.train_loss.tolist(),
            "train_accuracy": runs.train_acc.tolist(), "test_accuracy": runs.test_acc.tolist(),
            "test_loss": runs.test_loss.tolist(), "misread": [each.nonzero().flatten().tolist() for each in wrong],
            "seconds": runs.seconds}


def base_rate():
    """The base of the search, trained as in the final test of 6.6.2 but with other seeds, at three rates.

    Every run is made twice, the second time with its inputs multiplied by 1 + 1e-7: {rate: two rows of seeds}.
    """
    data, accuracy = load("fashion_mnist"), {}
    for rate in (0.1, 0.2, 0.3):
        accuracy[rate] = []
        for rounding in ("", "scale"):
            os.environ["D2L_PERTURB"] = rounding
            runs = train("base", lambda: build(Config()), data, seeds=range(4), epochs=3, lr=rate, batch_size=BATCH,
                         valid=HELD, init=training.kaiming, schedule="one-cycle", quiet=True)
            accuracy[rate].append(runs.valid_acc.tolist())
        print(rate, accuracy[rate], flush=True)
    return {"seeds": list(runs.seeds), "valid_accuracy": accuracy}


STUDIES = {"lenet-search": lenet_search, "mnist-lenet": mnist_lenet, "base-rate": base_rate}


def read(name):
    """A stored study, as `main` wrote it."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def main():
    if len(sys.argv) != 2 or sys.argv[1] not in STUDIES:
        sys.exit(f"usage: python -m d2l_solutions.studies {'|'.join(STUDIES)}")
    name, code = sys.argv[1], Path(__file__).parent
    made = {
        "study": name, "date": datetime.date.today().isoformat(),
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "machine": {"processor": platform.machine(), "cores": os.cpu_count(), "threads": torch.get_num_threads(),
                    "device": str(training.device())},
        "code": {file: hashlib.sha256((code / file).read_bytes()).hexdigest() for file in ("train.py", "data.py")}}
    made |= STUDIES[name]()
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.json").write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
