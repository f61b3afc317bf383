"""Experiments too long for a build: made here, stored in `studies/NAME.json`, quoted and spot-checked by the pages.

    python -m d2l_solutions.studies lenet-changes       make it anew (half an hour on one core)
    python -m d2l_solutions.studies lenet-rates         (a quarter of an hour; needs lenet-changes)
    python -m d2l_solutions.studies mnist-lenet         (a quarter of an hour)

Design of the study of exercise 6.6.2, fixed before it was run. The base is LeNet with ReLU and max pooling; sixteen nets differ from
it in one of the exercise's six kinds of change; "combined" has three changes that an earlier search had found to help (more channels,
batch normalisation, no hidden dense layer), and three variants of it leave out one each. Each net is trained on 20,000 images for two epochs (one
net for four) at learning rates a factor of 2 apart; the rate with the best mean validation accuracy over the seeds of choice is its
own, and a best rate at the end of the range extends the range. Reported are other seeds, of judgement, at that rate, as differences
from the base seed by seed, corrected after Holm over the sixteen. Validation images: 10,000 training images that no net is trained on.
The winner is "combined", except that a variant of it which measurably gains (paired t-test, Holm over the three variants) takes its place,
and that channels or batch normalisation are dropped if leaving them out makes no measurable difference: of two nets that cannot be
told apart, the cheaper one. For the final test, on the test images by seeds that chose no rate, base and winner get new
rates, chosen in the same way on 50,000 images and three epochs, by ten seeds. (While the study ran, a fourth variant, SiLU, was dropped for want
of time before it was tried. The rates for the final test were first chosen by three seeds, which gave the base 0.4, where now and then a run
breaks down and stays at 10 %: one of ten did in a first test at the best rates. The rates were then tried anew, by ten seeds, and both nets are
trained at half their best. The first test is stored as another machine repeated it, where none of the ten broke down.)
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
from .statistics import holm, paired_difference
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
CHOICE, JUDGEMENT = range(3), range(10, 16)         # seeds that choose the learning rates, seeds that the tables report
CHOICE_OF_FINAL, FIRST_TEST = range(30, 40), range(20, 30)    # seeds that choose the rates of the final test, seeds of the first one
PLAIN = dict(init="kaiming", schedule="one-cycle", epochs=2)
MORE = ((8, 5, 2, 2), (32, 5, 0, 2))
COMBINED = dict(convs=MORE, norm=True, dense=())
LOW, MIDDLE, HIGH, HIGHEST = (0.05, 0.1, 0.2), (0.1, 0.2, 0.4), (0.2, 0.4, 0.8), (0.8, 1.6, 3.2)
# name: (which of the exercise's six kinds of change, changes of Config(), changes of PLAIN, learning rates to begin with)
CHANGES = {
    "base": (0, {}, {}, (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)),
    "3x3 windows": (1, dict(convs=((6, 3, 1, 2), (16, 3, 0, 2))), {}, MIDDLE),
    "7x7 window first": (1, dict(convs=((6, 7, 3, 2), (16, 5, 0, 2))), {}, MIDDLE),
    "half the channels": (2, dict(convs=((3, 5, 2, 2), (8, 5, 0, 2))), {}, MIDDLE),
    "more channels": (2, dict(convs=MORE), {}, MIDDLE),
    "sigmoid": (3, dict(activation="Sigmoid"), dict(init="xavier"), HIGHEST),
    "tanh": (3, dict(activation="Tanh"), dict(init="xavier"), MIDDLE),
    "SiLU": (3, dict(activation="SiLU"), {}, MIDDLE),
    "one convolution": (4, dict(convs=((6, 5, 2, 2),)), {}, MIDDLE),
    "three convolutions": (4, dict(convs=((6, 5, 2, 2), (16, 5, 0, 2), (32, 3, 1, 1))), {}, MIDDLE),
    "no hidden dense layer": (5, dict(dense=()), {}, MIDDLE),
    "one hidden dense layer": (5, dict(dense=(120,)), {}, MIDDLE),
    "three hidden dense layers": (5, dict(dense=(120, 84, 84)), {}, MIDDLE),
    "Xavier start": (6, {}, dict(init="xavier"), MIDDLE),
    "constant rate": (6, {}, dict(schedule="constant"), LOW),
    "twice the epochs": (6, {}, dict(epochs=4), MIDDLE),
    "batch norm": (6, dict(norm=True), {}, HIGH),
    "combined": (7, COMBINED, {}, HIGH),
    "combined, LeNet's channels": (7, COMBINED | dict(convs=Config.convs), {}, HIGH),
    "combined, no batch norm": (7, COMBINED | dict(norm=False), {}, MIDDLE),
    "combined, hidden dense layers": (7, COMBINED | dict(dense=Config.dense), {}, HIGH),
}


def search_data(data):
    """A Data whose training images are 20,000 of `data`, and whose test images are the 10,000 held out for validation.

    The images of the true test set are not in it, so no choice made with it can have seen them.
    """
    kept, held = split(len(data.train_x), HELD)
    kept = kept[:IMAGES]
    return data._replace(train_x=data.train_x[kept], train_y=data.train_y[kept],
                         test_x=data.train_x[held], test_y=data.train_y[held])


def change_run(name, data, rate, seeds):
    """Runs of one entry of CHANGES on search_data; their test accuracy is the validation accuracy."""
    _, changes, training_changes, _ = CHANGES[name]
    settings = PLAIN | training_changes
    return train(name, lambda: build(Config(**changes)), data, seeds=seeds, epochs=settings["epochs"], lr=rate, batch_size=BATCH,
                 init=getattr(training, settings["init"]), schedule=settings["schedule"], quiet=True)


def best_rate(accuracy, rates):
    """({rate: accuracies}, best rate): accuracy(rate) gives one per seed; the largest mean is best.

    While the best lies at an end of the rates, the next one by a factor of 2 is tried as well, eight in all at most.
    """
    tried = {rate: accuracy(rate).tolist() for rate in rates}
    while True:
        rates = sorted(tried)
        best = max(rates, key=lambda rate: sum(tried[rate]))
        beyond = {rates[0]: rates[0] / 2, rates[-1]: rates[-1] * 2}.get(best)
        if beyond is None or len(rates) == 8:
            return {rate: tried[rate] for rate in rates}, best
        tried[beyond] = accuracy(beyond).tolist()


def lenet_changes():
    """Every entry of CHANGES at its own best rate; then base and combined nets' rates for the final test."""
    data, entries = search_data(load("fashion_mnist")), {}
    for name, (kind, changes, training_changes, rates) in CHANGES.items():
        screen, best = best_rate(lambda rate: change_run(name, data, rate, CHOICE).test_acc[:, -1], rates)
        runs = change_run(name, data, best, JUDGEMENT)
        entries[name] = {
            "kind": kind, "config": asdict(Config(**changes)), "settings": PLAIN | training_changes, "screen": screen, "rate": best,
            "first_losses": runs.first_losses.tolist(), "train_loss": runs.train_loss.tolist(), "train_accuracy": runs.train_acc.tolist(),
            "valid_accuracy": runs.test_acc.tolist(), "valid_loss": runs.test_loss.tolist(), "seconds": runs.seconds}
        print(f"{name}: rates {screen}, validation accuracy {runs.test_acc[:, -1]}, {runs.seconds:.0f} s", flush=True)
    return {"batch_size": BATCH, "images": IMAGES, "validation_images": HELD, "choice_seeds": list(CHOICE),
            "judgement_seeds": list(JUDGEMENT), "entries": entries}


def final_run(name, data, rate, seeds, quiet=True):
    """Runs of one entry of CHANGES on the 50,000 training images, three epochs; `valid_acc` is on the other 10,000."""
    _, changes, _, _ = CHANGES[name]
    return train(name, lambda: build(Config(**changes)), data, seeds=seeds, epochs=3, lr=rate, batch_size=BATCH, valid=HELD,
                 init=training.kaiming, schedule="one-cycle", quiet=quiet)


def lenet_rates():
    """The learning rates of the final test: base and winner of `lenet-changes`, at several rates each; a first test at the best."""
    data, entries = load("fashion_mnist"), {}
    for name in ("base", winner(read("lenet-changes")["entries"])):
        start = read("lenet-changes")["entries"][name]["rate"]
        screen, best = best_rate(lambda rate: final_run(name, data, rate, CHOICE_OF_FINAL).valid_acc, (start / 2, start, start * 2))
        first_test = final_run(name, data, best, FIRST_TEST).test_acc[:, -1].tolist()
        entries[name] = {"screen": screen, "rate": best, "first_test": first_test}
        print(f"{name}: rates {screen}, test accuracy at the best {first_test}", flush=True)
    return {"choice_seeds": list(CHOICE_OF_FINAL), "test_seeds": list(FIRST_TEST), "entries": entries}


def winner(entries):
    """The cheapest combined net that cannot be told from a dearer one: see the module's docstring.

    entries: of the study lenet-changes. Returns a name.
    """
    last = {name: [curve[-1] for curve in entry["valid_accuracy"]] for name, entry in entries.items()}
    variants = [name for name in entries if name.startswith("combined, ")]
    differences = [paired_difference(last[name], last["combined"]) for name in variants]
    measurable = [p < 0.05 for p in holm([difference.pvalue for difference in differences])]
    effect = {name: difference.mean * sure for name, difference, sure in zip(variants, differences, measurable)}
    better = max(variants, key=effect.get)
    if effect[better] > 0:
        return better
    free = [name for name in ("combined, LeNet's channels", "combined, no batch norm") if effect[name] == 0]
    return free[0] if free else "combined"


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


STUDIES = {"lenet-changes": lenet_changes, "lenet-rates": lenet_rates, "mnist-lenet": mnist_lenet}


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
