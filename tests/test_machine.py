"""The reader's own machine: address, settings, locale, edited notebooks, what the build says while it runs."""
import ast
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from bookbuild import __main__ as main
from bookbuild import pages, practice, run, warm
from conftest import ROOT, bookbuild
from test_build import edit, page_of
from test_faults import snapshot


# The repository's address

@pytest.mark.parametrize("address", ["https://github.com/me/my-book", "https://github.com/me/my-book.git", "git@github.com:me/my-book.git",
                                     "ssh://git@github.com/me/my-book", "https://github.com/me/my-book/"])
def test_one_command_sets_the_address_everywhere(book, address):
    done = bookbuild(book, "address", address)
    assert done.returncode == 0 and "wrote chapters/en/1.1-demo/1.1.1-powers.md" in done.stdout, done.stdout + done.stderr
    assert pages.repository_url.__wrapped__(book) == "https://github.com/me/my-book"
    for file in [*book.glob("chapters/*/*/1.1.1-powers.md"), *book.glob("chapters/*/*/1.1.1-powers.ipynb")]:
        text = file.read_text(encoding="utf-8")
        assert "git+https://github.com/me/my-book" in text and "example.org" not in text, file


@pytest.mark.parametrize("address", ["", "me/my-book", "https://github.com", "https://github.com/OWNER/d2l-cnn-solutions", "file:///etc/passwd"])
def test_what_is_no_address_changes_nothing(book, address):
    before = snapshot(book)
    refused = bookbuild(book, "address", address)
    assert refused.returncode == 1 and "https://github.com/name/d2l-cnn-solutions" in refused.stderr and "Traceback" not in refused.stderr
    assert snapshot(book) == before


def test_the_address_in_the_configuration_of_the_book_is_found_and_replaced(tmp_path):
    shutil.copy(ROOT / "_config.yml", tmp_path)
    pages.set_address(tmp_path, "https://github.com/me/my-book")
    before, after = (folder.joinpath("_config.yml").read_text(encoding="utf-8").splitlines() for folder in (ROOT, tmp_path))
    assert [new.strip() for old, new in zip(before, after, strict=True) if old != new] == ["url: https://github.com/me/my-book"]


def test_only_an_address_without_owner_is_a_placeholder():
    assert pages.is_placeholder("https://github.com/OWNER/d2l-cnn-solutions")
    assert not pages.is_placeholder("https://github.com/me/d2l-cnn-solutions") and not pages.is_placeholder("https://github.com/OWNERS/x")


@pytest.mark.parametrize("repository, refused", [("me/fork", True), ("someone/book", False), ("Someone/Book", False)])
def test_a_build_in_another_repository_than_the_notebooks_name_is_refused(accepted, repository, refused):
    assert bookbuild(accepted, "address", "https://github.com/someone/book").returncode == 0
    done = bookbuild(accepted, "pages", GITHUB_REPOSITORY=repository)
    assert (done.returncode == 1) == refused, done.stdout + done.stderr
    assert ("make address URL=https://github.com/me/fork" in done.stderr) == refused


# What the reader has at home

HOSTILE = {"MPLBACKEND": "svg", "MATPLOTLIBRC": "/nowhere", "PYTEST_ADDOPTS": "-k nothing", "PYTEST_PLUGINS": "no_such_plugin",
           "PYTHONWARNINGS": "default", "PYTHONOPTIMIZE": "1", "JUPYTER_PLATFORM_DIRS": "0", "JUPYTER_CONFIG_PATH": "/nowhere",
           "JUPYTER_PREFER_ENV_PATH": "0", "MKL_CBWR": "COMPATIBLE", "LC_ALL": "C"}


def test_nothing_that_is_not_listed_reaches_runner_and_kernels(monkeypatch, tmp_path):
    for name in [*HOSTILE, "SOMETHING_NEW"]:
        monkeypatch.setenv(name, "the reader's")
    made = run.variables(ROOT, tmp_path, {"device": "cpu", "threads": 1}, str(tmp_path / "runtime"))
    assert "the reader's" not in made.values() and made["PATH"] == os.environ["PATH"] and made["HOME"] == os.environ["HOME"]
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "TMPDIR"):
        assert made[name].startswith(str(tmp_path / "runtime")), name


def test_make_hands_on_no_settings_of_python_and_its_tools():
    settings = {name: "the reader's" for name in HOSTILE if name not in ("LC_ALL", "MKL_CBWR")} | {"PYTHONPATH": "/nowhere"}
    seen = subprocess.run(["make", "-s", "-f", "Makefile", "-f", "-", "show"], input="show: ; @env\n", cwd=ROOT, env=os.environ | settings,
                          capture_output=True, text=True, check=True).stdout
    assert "PATH=" in seen and "the reader's" not in seen and "/nowhere" not in seen


def test_profile_startup_files_and_settings_do_not_reach_a_page(accepted, tmp_path):
    profile = tmp_path / "home" / ".ipython" / "profile_default"
    (profile / "startup").mkdir(parents=True)
    (profile / "ipython_config.py").write_text('c.InteractiveShell.ast_node_interactivity = "all"\n')
    (profile / "startup" / "00-me.py").write_text("import numpy\nnumpy.set_printoptions(precision=1)\nprint('started')\n")
    matplotlibrc = tmp_path / "home" / ".config" / "matplotlib" / "matplotlibrc"
    matplotlibrc.parent.mkdir(parents=True)
    matplotlibrc.write_text("font.size: 16\nfigure.figsize: 14, 8\naxes.grid: True\n")
    edit(accepted / "requirements.txt", "numpy", "scipy")                                         # run it anew
    done = bookbuild(accepted, "pages", HOME=str(tmp_path / "home"), **HOSTILE)
    assert done.returncode == 0 and "(1 run now)" in done.stdout, done.stdout + done.stderr
    assert {file.name for file in (tmp_path / "home").iterdir()} <= {".ipython", ".config", ".cache"}


@pytest.mark.parametrize("locale", ["zh_CN.GBK", "en_US.ISO-8859-1", "C"])
def test_a_page_builds_under_any_locale(accepted, locale, tmp_path):
    if locale != "C":
        name, charset = locale.split(".")
        if subprocess.run(["localedef", "-i", name, "-f", charset, tmp_path / locale], capture_output=True).returncode:
            pytest.skip(f"localedef cannot make {locale}: the locale's sources are not installed (Debian: locales)")
    edit(accepted / "requirements.txt", "numpy", "scipy")
    variables = {"LC_ALL": locale, "LOCPATH": str(tmp_path), "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    for command in ("pair", "pages"):
        done = bookbuild(accepted, command, **variables)
        assert done.returncode == 0 and "Error" not in done.stderr, done.stdout + done.stderr


def test_all_text_is_read_and_written_as_utf_8():
    """By whoever reads files: no call that leaves the encoding to the locale."""
    for file in [file for package in ("bookbuild", "d2l_solutions", "nbdrift") for file in (ROOT / package).glob("*.py")]:
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "attr", "") in ("read_text", "write_text"):
                assert any(word.arg == "encoding" for word in call.keywords), f"{file.name}:{call.lineno}"


def test_a_long_folder_for_temporary_files_is_not_in_the_way(accepted, tmp_path):
    long = tmp_path / ("x" * 145)
    long.mkdir()
    edit(accepted / "requirements.txt", "numpy", "scipy")
    done = bookbuild(accepted, "pages", TMPDIR=str(long))
    assert done.returncode == 0 and not list(long.iterdir()), done.stdout + done.stderr


def test_a_page_may_begin_with_a_byte_order_mark_and_end_lines_with_crlf(accepted):
    for edition in pages.EDITIONS:
        file = page_of(accepted).md(edition)
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    notebooks = {name: content for name, content in snapshot(accepted).items() if name.endswith(".ipynb")}
    for command in ("pair", "pages"):
        done = bookbuild(accepted, command)
        assert done.returncode == 0, done.stdout + done.stderr
    assert {name: content for name, content in snapshot(accepted).items() if name.endswith(".ipynb")} == notebooks


# Nobody's work is destroyed

def in_the_notebook(file, old, new):
    notebook = nbformat.read(file, as_version=4)
    cell = next(cell for cell in notebook.cells if old in cell.source)
    cell.source = cell.source.replace(old, new)
    nbformat.write(notebook, file)


def test_a_notebook_that_was_edited_is_not_overwritten(accepted):
    page = page_of(accepted)
    in_the_notebook(page.ipynb("en"), "6 * 7", "6 * 7  # by hand")
    before = snapshot(accepted)
    refused = bookbuild(accepted, "pair")
    assert refused.returncode == 1 and snapshot(accepted) == before
    assert "chapters/en/1.1-demo/1.1.1-powers.ipynb" in refused.stderr and "TAKE=ipynb" in refused.stderr and "TAKE=md" in refused.stderr
    assert "TAKE=both" in bookbuild(accepted, "pair", TAKE="both").stderr
    taken = bookbuild(accepted, "pair", TAKE="ipynb")
    assert taken.returncode == 0 and "wrote chapters/en/1.1-demo/1.1.1-powers.md" in taken.stdout, taken.stdout + taken.stderr
    assert "6 * 7  # by hand" in page.md("en").read_text(encoding="utf-8") and not pages.edited(page, "en")
    changed = {name for name, content in snapshot(accepted).items() if before.get(name) != content}
    assert changed <= {"chapters/en/1.1-demo/1.1.1-powers.md", "chapters/en/1.1-demo/1.1.1-powers.ipynb"}


def test_an_edit_can_be_dropped_and_an_edited_page_is_paired_without_a_question(accepted):
    page = page_of(accepted)
    in_the_notebook(page.ipynb("en"), "6 * 7", "6 * 8")
    assert bookbuild(accepted, "pair", TAKE="md").returncode == 0 and "6 * 8" not in page.ipynb("en").read_text(encoding="utf-8")
    for word in ("one", "two"):
        edit(page.md("en"), "# 1.1.1 ", f"# 1.1.1 {word} ")
        done = bookbuild(accepted, "pair")
        assert done.returncode == 0 and "wrote chapters/en/1.1-demo/1.1.1-powers.ipynb\n1 pages in step" in done.stdout, done.stdout + done.stderr


def test_pairing_says_that_the_editions_differ(accepted):
    edit(page_of(accepted).md("zh"), "6 * 7", "6 * 8")
    assert "1.1.1-powers: the code cells or tags of the two editions differ\n0 pages in step" in bookbuild(accepted, "pair").stdout


@pytest.mark.parametrize("newer", ["md", "ipynb"])
def test_without_a_mark_the_newer_side_counts(accepted, newer):
    page = page_of(accepted)
    in_the_notebook(page.ipynb("en"), "6 * 7", "6 * 8")
    notebook = nbformat.read(page.ipynb("en"), as_version=4)
    del notebook.metadata["d2l_solutions"]["source"]
    nbformat.write(notebook, page.ipynb("en"))
    os.utime(page.ipynb("en"), (1e9, 1e9 + (newer == "ipynb")))
    os.utime(page.md("en"), (1e9, 1e9 + (newer == "md")))
    assert pages.edited(page, "en") == (newer == "ipynb")


@pytest.mark.parametrize("marked", [True, False])
def test_answers_in_a_practice_notebook_are_seen(tmp_path, monkeypatch, marked):
    page, = pages.find_pages(only=["6.3.1"])
    file = tmp_path / "practice.ipynb"
    monkeypatch.setattr(practice, "path", lambda page, edition: file)
    notebook = practice.build(page, "en")
    if not marked:
        del notebook.metadata["d2l_solutions"]
    nbformat.write(notebook, file)
    assert not practice.edited(page, "en")
    answer = next(cell for cell in notebook.cells if "answer" in cell.metadata.get("tags", []))
    answer.source = "def output_size(*size):\n    return 1"
    nbformat.write(notebook, file)
    assert practice.edited(page, "en")


def test_pairing_stops_at_a_practice_notebook_with_answers(monkeypatch):
    monkeypatch.setattr(practice, "edited", lambda page, edition: edition == "zh")
    monkeypatch.delenv("TAKE", raising=False)
    with pytest.raises(SystemExit, match=r"practice/zh/6\.3\S+\.ipynb\nhold answers .* `make pair TAKE=md`"):
        main.pair_pages(pages.find_pages(only=["6.3.1"]))


# What the build says

RECORDED = json.loads((Path(__file__).parent / "build-seconds.json").read_text())


def played(took, expected, workers):
    """[(elapsed, remaining as told, remaining in truth)] whenever a page ends, for pages that took so long, in the order of the build."""
    free, ends = [0.0] * workers, []
    for seconds in took:
        began = min(free)
        free[free.index(began)] = began + seconds
        ends.append(began + seconds)
    total = max(ends)
    return [(now, run.remaining(expected, {n: took[n] for n, end in enumerate(ends) if end <= now}, now, workers), total - now)
            for now in sorted([*ends, *range(0, int(total), 20)])]


@pytest.mark.parametrize("slower", [1.0, 1.6, 0.7])
@pytest.mark.parametrize("noise", [0.0, 0.1])
@pytest.mark.parametrize("workers", [1, 2, 4])
def test_the_remaining_time_is_right_from_a_third_of_the_way_on(slower, noise, workers):
    """On a machine that is slower throughout; `noise`: how much a page by itself takes more or less, which nothing can foretell."""
    expected = [seconds for _, seconds in RECORDED]
    story = played([slower * seconds * (1 + noise * (1 if n % 2 else -1)) for n, seconds in enumerate(expected)], expected, workers)
    total = story[-1][0]
    for now, told, truth in story:
        if now >= total / 3:
            assert abs(told - truth) <= 0.3 * truth + noise * total + 1e-6, (now, told, truth)
    assert story[-1][1] == 0


def test_short_pages_run_first_then_the_longest(accepted, monkeypatch):
    seconds = {"1.1.1-powers": 700.0, "1.1.2-other": 2.0, "1.1.3-other": 900.0, "1.1.4-other": 3.0, "1.1.5-waiting": 2000.0}
    monkeypatch.setattr(run, "LAST", {"1.1.5-waiting"})
    said, made = [], [pages.Page(accepted, f"1.1-demo/{name}") for name in seconds]
    for page in made[1:]:
        shutil.copy(made[0].md("en"), page.md("en"))
    monkeypatch.setattr(run, "estimate", lambda page, build: seconds[page.name])
    monkeypatch.setattr(run, "judge", lambda page, *others: page)
    monkeypatch.setattr(run, "recall", lambda *others: None)
    monkeypatch.setattr(run, "execute", lambda stale, *others: (pair for pair in [(page, {"seconds": 1.0, "peak_bytes": 0}) for page in stale]))
    run.run_pages(made, accepted / "_build", {"device": "cpu", "threads": 1}, said.append)
    assert re.findall(r"1\.1\.\d", " ".join(said)) == ["1.1.2", "1.1.4", "1.1.3", "1.1.1", "1.1.5"]


def test_a_heartbeat_names_the_pages_in_flight(accepted, monkeypatch):
    def slow(stale, *others):
        for page in stale:
            time.sleep(0.2)
            yield page, {"seconds": 0.2, "peak_bytes": 0}
    monkeypatch.setattr(run, "HEARTBEAT", 0.05)
    monkeypatch.setattr(run, "judge", lambda page, *others: page)
    monkeypatch.setattr(run, "recall", lambda *others: None)
    monkeypatch.setattr(run, "execute", slow)
    said = []
    run.run_pages(pages.find_pages(accepted), accepted / "_build", {"device": "cpu", "threads": 1}, said.append)
    assert re.match(r"still running: 1\.1\.1-powers; \d+ s elapsed, about \d+ s left", said[1]), said


def test_a_pipe_sees_lines_at_once(accepted):
    edit(accepted / "requirements.txt", "numpy", "scipy")
    child = subprocess.Popen([sys.executable, "-m", "bookbuild", "pages"], cwd=accepted, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             env=os.environ | {"PYTHONPATH": str(accepted), "DEVICE": "cpu"})
    first = child.stdout.readline()
    assert child.poll() is None and first.startswith("running 1 of 1 pages"), first
    child.communicate()


def test_the_site_is_served_only_if_it_is_there_and_the_port_free(accepted):
    assert "there is no site yet: run `make book`" in bookbuild(accepted, "serve").stderr
    (accepted / "_build" / "html").mkdir(parents=True)
    (accepted / "_build" / "html" / "index.html").write_text("a site")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = bookbuild(accepted, "serve", str(port))
        assert refused.returncode == 1 and f"port {port} cannot be used" in refused.stderr and "PORT=" in refused.stderr and "Traceback" not in refused.stderr
    assert "PORT=many" in bookbuild(accepted, "serve", "many").stderr
    child = subprocess.Popen([sys.executable, "-m", "bookbuild", "serve", "0"], cwd=accepted, stdout=subprocess.PIPE, text=True,
                             env=os.environ | {"PYTHONPATH": str(accepted)})
    try:
        assert child.stdout.readline().startswith("the site is at http://localhost:")
    finally:
        child.terminate()
        child.communicate()


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_with_a_gpu_nothing_is_preloaded_that_counts_gpus(monkeypatch, device):
    loaded = []
    monkeypatch.setattr(warm.importlib, "import_module", loaded.append)
    warm.preload(True, device)
    assert ("d2l.torch" in loaded) == (device == "cpu") and {"torch", "scipy.stats"} <= set(loaded)


def test_make_alone_says_where_to_begin_and_what_is_lost():
    said = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "begin with book, then serve" in said and re.search("clean .*runs of pages too", said)
    assert {line.split()[0] for line in said.splitlines()} >= {"book", "test", "serve", "doctor", "address"}


def test_what_is_skipped_is_told_with_its_reason(tmp_path):
    (tmp_path / "test_it.py").write_text("import pytest\n\ndef test_it():\n    pytest.skip('install the thing')\n")
    done = subprocess.run([sys.executable, "-m", "pytest", "-c", ROOT / "pyproject.toml", "--rootdir", tmp_path, tmp_path], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0 and "install the thing" in done.stdout, done.stdout + done.stderr


def test_messages_name_targets_of_make():
    for file in [*(ROOT / "bookbuild").glob("*.py"), ROOT / "d2l_solutions" / "data.py"]:
        said = [line for line in file.read_text(encoding="utf-8").splitlines() if re.search(r"(run|type|What to do).*python -m", line)]
        assert not said, (file.name, said)
