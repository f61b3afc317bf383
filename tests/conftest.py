"""A small book of one page in a temporary folder, for the tests of the build."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from bookbuild import pages, printing

os.environ.setdefault("OMP_NUM_THREADS", "1")     # before torch is imported: the tests share few cores
ROOT = Path(__file__).resolve().parents[1]
HEADER = """\
---
jupytext:
  formats: md:myst,ipynb
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3 (ipykernel)
  language: python
  name: python3
---

"""
PAGE = HEADER + """\
# 1.1.1 {title}

```{{code-cell}} ipython3
:tags: [setup, remove-cell]

```

```{{code-cell}} ipython3
import numpy as np
import matplotlib.pyplot as plt
from nbdrift import publish, report, show
x = np.linspace(0, 1, 7)
print("shape", x.shape, "mean 0.5000")
```

```{{code-cell}} ipython3
---
tags: [figure]
mystnb:
  image:
    alt: {alt}
---
fig, ax = plt.subplots()
ax.plot(x, x ** 2, label="square")
ax.plot(x, x ** 3, label="cube")
ax.legend()
show(fig, "1.1.1-powers")
```

```{{code-cell}} ipython3
import os
noise = 1e-3 * (os.environ.get("D2L_PERTURB") == "1e-7")
publish("trained to 0.81", "training", {{"seeds": [0, 1]}}, first_steps={{"losses": [[2.3, 2.2], [2.4, 2.1]]}},
        trained={{"accuracy": [0.81 + noise, 0.79]}})
```

```{{code-cell}} ipython3
6 * 7
```
"""


def write_page(root, source=PAGE):
    """Write the page in both editions; returns it."""
    for edition, title, alt in (("en", "Powers", "Two curves."), ("zh", "幂", "两条曲线。")):
        path = root / "chapters" / edition / "1.1-demo" / "1.1.1-powers.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source.format(title=title, alt=alt))
    path.with_suffix(".po").write_text('msgid "{0}"\nmsgstr "{0}"\n')       # these pages say everything in English
    (root / "_toc.yml").write_text("".join(f"- file: chapters/{edition}/1.1-demo/1.1.1-powers\n" for edition in pages.EDITIONS))
    page, = pages.find_pages(root)
    return page


def make_book(root, source=PAGE):
    """A book of one page in the folder `root`, neither run nor accepted."""
    (root / "_config.yml").write_text("repository:\n  url: https://example.org/book\n")
    (root / "requirements.txt").write_text("numpy>=2\n")
    for package in ("d2l_solutions", "nbdrift", "bookbuild"):
        shutil.copytree(ROOT / package, root / package, ignore=shutil.ignore_patterns("__pycache__"))
    page = write_page(root, source)
    for edition in pages.EDITIONS:
        pages.pair(page, edition)


def bookbuild(root, *arguments, **env):
    """Run a command of the build in the book at `root`, as the Makefile does."""
    return subprocess.run([sys.executable, "-m", "bookbuild", *arguments], cwd=root, text=True, capture_output=True,
                          stdin=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(root), "DEVICE": "cpu", **env})


@pytest.fixture
def book(tmp_path):
    make_book(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def accepted_book(tmp_path_factory):
    root = tmp_path_factory.mktemp("book")
    make_book(root)
    for command in ("calibrate", "accept"):
        done = bookbuild(root, command)
        assert done.returncode == 0, done.stdout + done.stderr
    return root


@pytest.fixture
def accepted(accepted_book, tmp_path):
    """A copy of the book with accepted outputs and measured noise."""
    return shutil.copytree(accepted_book, tmp_path / "book")


@pytest.fixture(scope="module")
def chromium():
    """A Chromium of the system; without one the tests are skipped, but not in continuous integration."""
    path = printing.chromium()
    if not path:
        missing = "the browser tests need Chromium: apt-get install chromium fonts-noto-cjk, or set CHROMIUM to its program"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    if not (ROOT / "_build" / "html" / "index.html").exists():
        pytest.fail("there is no site: run `make book`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
