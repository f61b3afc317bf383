"""Faults in a training run, each on a page that trains LeNet on real images: the gate must name every one of them."""
import json

import pytest

from bookbuild import pages
from conftest import HEADER, bookbuild, make_book

PAGE = HEADER + """\
# 1.1.1 {title}

```{{code-cell}} ipython3
:tags: [setup, remove-cell]

```

```{{code-cell}} ipython3
from torch import nn
from d2l_solutions.data import load
from d2l_solutions.train import lenet, train
data = load("fashion_mnist")
data = data._replace(train_x=data.train_x[:5120], train_y=data.train_y[:5120], test_x=data.test_x[:1000], test_y=data.test_y[:1000])
```

```{{code-cell}} ipython3
pool, lr, seeds = nn.AvgPool2d, 0.9, (0, 1)
runs = train("LeNet", lambda: lenet(pool), data, seeds=seeds, epochs=1, lr=lr)
```
<!-- {alt} -->
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    root = tmp_path_factory.mktemp("trained")
    make_book(root, PAGE)
    for command in ("calibrate", "accept", "pages"):
        done = bookbuild(root, command)
        assert done.returncode == 0, done.stdout + done.stderr
    return root


FAULTS = [
    ("max pooling for average, silently", "d2l_solutions/train.py", "activation(), pool(2),", "activation(), nn.MaxPool2d(2),", "losses"),
    ("max pooling for average", "page", "nn.AvgPool2d", "nn.MaxPool2d", "net"),
    ("learning rate 0.88", "page", "lr, seeds = nn.AvgPool2d, 0.9", "lr, seeds = nn.AvgPool2d, 0.88", "losses"),
    ("learning rate 0.88, silently", "d2l_solutions/train.py", "make[name](list(parameters), lr=lr,", "make[name](list(parameters), lr=lr * 0.88 / 0.9,", "losses"),
    ("another seed", "page", "(0, 1)", "(0, 2)", "losses"),
    ("another seed, silently", "d2l_solutions/train.py", "torch.default_generator.manual_seed(seed)", "torch.default_generator.manual_seed(seed + seed)", "losses"),
    ("inputs divided by 256", "d2l_solutions/data.py", ".div_(255)", ".div_(256)", "first batch"),
    ("half the data", "page", "data.train_x[:5120], train_y=data.train_y[:5120]", "data.train_x[:2560], train_y=data.train_y[:2560]", "losses"),
    ("test accuracy on training data", "d2l_solutions/train.py", "evaluate(grouped, test_x, test_y)", "evaluate(grouped, x[:1000], y[:1000])", "loss before training"),
    ("another initialisation", "d2l_solutions/train.py", "nn.init.xavier_uniform_(module.weight)", "nn.init.xavier_normal_(module.weight)", "losses"),
    ("labels permuted", "d2l_solutions/data.py", "dataset.targets.to(device)", "(dataset.targets + 1).remainder(10).to(device)", "losses"),
    ("batches in another order", "d2l_solutions/train.py", "manual_seed(1_000_000 + seed)", "manual_seed(1_000_001 + seed)", "losses"),
    ("replicas mixed up in the metrics", "d2l_solutions/train.py", "total += torch.stack([losses * len(index)", "total += torch.stack([losses.flip(0) * len(index)", "train loss"),
]


@pytest.mark.parametrize("where, old, new, named", [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS])
def test_fault_is_named(trained, where, old, new, named):
    page, = pages.find_pages(trained)
    files = [page.md(edition) for edition in pages.EDITIONS] if where == "page" else [trained / where]
    before = {file: file.read_text() for file in files}
    try:
        for file, text in before.items():
            assert text.count(old) >= 1, f"{old} is no longer in {where}"
            file.write_text(text.replace(old, new))
        failed = bookbuild(trained, "pages")
    finally:
        for file, text in before.items():
            file.write_text(text)
    record, = json.loads((trained / "_build" / "report.json").read_text())["pages"]
    moved = [failure["quantity"] for failure in record["failures"] if failure["kind"] == "drifted"]
    assert failed.returncode == 1 and any(named in what for what in moved), failed.stdout + failed.stderr


def test_other_rounding_is_no_fault(trained):
    for env in ({"OMP_NUM_THREADS": "2"}, {"ATEN_CPU_CAPABILITY": "avx2"}, {"D2L_PERTURB": "scale"}):
        done = bookbuild(trained, "pages", **env)
        assert done.returncode == 0, done.stdout
