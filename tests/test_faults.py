"""What goes wrong around a build: crashes, interrupts, a full disk, a second build, a checkout that cannot be written."""
import errno
import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest
import yaml

from bookbuild import __main__ as main
from bookbuild import pages, run
from conftest import ROOT, bookbuild
from test_build import edit, other_page, page_of


def snapshot(root):
    """{path: content} of all that a checkout holds, without what is built."""
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*")
            if path.is_file() and not {"_build", "__pycache__"} & set(path.relative_to(root).parts)}


def move_accepted(root):
    """Give the first page other accepted outputs than it puts out: a word, a figure, and a figure that it does not draw."""
    for edition in pages.EDITIONS:
        notebook = nbformat.read(page_of(root).ipynb(edition), as_version=4)
        pages.code_cells(notebook)[1].outputs[0].text = "another word\n"
        pages.write_notebook(page_of(root).ipynb(edition), notebook)
    (root / "figures" / "1.1.1-powers.svg").write_text("<svg/>")
    (root / "figures" / "1.1.1-old.svg").write_text("<svg/>")


@pytest.fixture
def drifted(accepted):
    move_accepted(accepted)
    return accepted


@pytest.fixture
def here(monkeypatch):
    """here(root, command...) runs a command of the build in this process: its exit message, None if it succeeded."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    monkeypatch.setenv("DEVICE", "cpu")

    def command(root, *arguments):
        monkeypatch.setattr(main, "ROOT", root)
        monkeypatch.setattr(main, "BUILD", root / "_build")
        monkeypatch.setattr(sys, "argv", ["bookbuild", *arguments])
        try:
            main.guarded()
        except SystemExit as stopped:
            return str(stopped.code)
    yield command
    for number, handler in handlers.items():
        signal.signal(number, handler)


class Killed(BaseException):
    """Stands for a process that ends on the spot: nothing is done to the disk any more."""


@pytest.fixture
def break_at(monkeypatch):
    """break_at(n, fault): the n-th change of the disk from now on fails; a write leaves half its text. fault is an exception,
    or a signal, which does not hinder the change. Returns a list that holds something once the fault has come."""
    changes = [(Path, "write_text"), (Path, "unlink"), (Path, "mkdir"), (os, "replace"), (shutil, "rmtree")]
    originals = {(owner, name): getattr(owner, name) for owner, name in changes}

    def arm(n, fault):
        counter, come = itertools.count(1), []

        def faulty(owner, name):
            def change(*arguments, **options):
                dead = come and isinstance(fault, (Killed, OSError)) and (isinstance(fault, Killed) or name == "write_text")
                if dead or next(counter) == n:
                    come.append(name)
                    if isinstance(fault, signal.Signals):
                        os.kill(os.getpid(), fault)
                    else:
                        if name == "write_text" and not dead:
                            originals[owner, name](arguments[0], arguments[1][:len(arguments[1]) // 2], **options)
                        raise fault
                return originals[owner, name](*arguments, **options)
            return change
        for owner, name in changes:
            monkeypatch.setattr(owner, name, faulty(owner, name))
        return come

    def disarm():
        for (owner, name), original in originals.items():
            monkeypatch.setattr(owner, name, original)
    arm.disarm = disarm
    return arm


FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def restore(root, files):
    for path in set(snapshot(root)) - set(files):
        (root / path).unlink()
    for path, content in files.items():
        if not (root / path).exists() or (root / path).read_bytes() != content:
            (root / path).write_bytes(content)


@pytest.mark.parametrize("fault", [FULL, Killed(), signal.SIGTERM], ids=["full", "killed", "SIGTERM"])
def test_accepting_is_whole_wherever_it_is_broken_off(drifted, here, break_at, fault):
    before = snapshot(drifted)
    assert here(drifted, "accept") is None
    after = snapshot(drifted)
    assert {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)} == {
        "chapters/en/1.1-demo/1.1.1-powers.ipynb", "chapters/zh/1.1-demo/1.1.1-powers.ipynb", "figures/1.1.1-powers.svg", "figures/1.1.1-old.svg"}
    seen = set()
    for n in itertools.count(1):
        restore(drifted, before)
        come = break_at(n, fault)
        try:
            said = here(drifted, "accept")
        except Killed:
            said = "killed"
        break_at.disarm()
        if not come:
            break
        state = snapshot(drifted)
        if not isinstance(fault, Killed):
            assert said is None or re.match("the disk is full|interrupted", said), said
            assert state in (before, after) or (fault is FULL and (drifted / "_build" / "accepting").exists())
        said = here(drifted, "pages")
        state = snapshot(drifted)
        assert state == (before if said else after), f"after change {n} of the disk"
        assert said is None or "1 of 1 pages are not as accepted" in said
        assert not (drifted / "_build" / "accepting").exists()
        seen.add(bool(said))
    assert seen == {True, False} and n > 10, "broken off before and after the change was decided"


@pytest.mark.parametrize("answer", ["y", "n", EOFError])
def test_a_person_at_the_terminal_is_asked_before_a_page_is_accepted(drifted, here, monkeypatch, capsys, answer):
    def reply(question):
        assert "1.1.1-powers" in question and "another word" in capsys.readouterr().out, "asked before it was shown what changes"
        if answer is EOFError:
            raise EOFError
        return answer
    monkeypatch.setattr("builtins.input", reply)
    for stream in (sys.stdin, sys.stdout):
        monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
    before = snapshot(drifted)
    assert here(drifted, "accept") is None
    assert (snapshot(drifted) == before) == (answer != "y")


def test_editions_with_different_code_are_not_accepted(drifted, here):
    edit(page_of(drifted).md("zh"), "6 * 7", "6 * 8")
    before = snapshot(drifted)
    assert "1.1.1-powers (its two editions have different code)" in here(drifted, "accept")
    page_of(drifted).md("zh").unlink()
    assert "an edition is missing" in here(drifted, "accept")
    assert before.keys() - snapshot(drifted).keys() == {"chapters/zh/1.1-demo/1.1.1-powers.md"}


def test_a_disk_that_is_full_at_any_moment_of_a_build_loses_nothing(accepted, here, break_at):
    before = snapshot(accepted)
    for n in itertools.count(1):
        shutil.rmtree(accepted / "_build" / "fresh", ignore_errors=True)
        come = break_at(n, FULL)
        said = here(accepted, "pages")
        break_at.disarm()
        if not come:
            break
        assert said is None or said.startswith("the disk is full"), said
        assert snapshot(accepted) == before
        assert here(accepted, "pages") is None
        assert len(list((accepted / "_build" / "fresh").glob("*/*/*.ipynb"))) == 2
        assert not [file for file in (accepted / "_build").rglob(".*.tmp")], "half-written files"
    assert n > 10


@pytest.mark.parametrize("size", [20, 90])
def test_a_page_that_runs_on_a_full_disk(accepted, size):
    mount = f"mount -t tmpfs -o size={size}k none _build && exec {sys.executable} -m bookbuild pages"
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-rm", "true"], capture_output=True).returncode:
        pytest.skip("a small disk is mounted with unshare, which this system does not have or not allow")
    before = snapshot(accepted)
    failed = subprocess.run(["unshare", "-rm", "sh", "-c", mount], cwd=accepted, text=True, capture_output=True,
                            env={**os.environ, "PYTHONPATH": str(accepted), "DEVICE": "cpu"})
    assert failed.returncode == 1 and "the disk is full" in failed.stderr and "Traceback" not in failed.stderr, failed.stdout + failed.stderr
    assert snapshot(accepted) == before
    assert bookbuild(accepted, "pages").returncode == 0


def test_a_killed_kernel_is_noticed_at_once_and_the_other_pages_are_accepted(accepted):
    other_page(accepted, "os.kill(os.getpid(), 9)")
    unaccepted = snapshot(accepted)
    start = time.time()
    failed = bookbuild(accepted, "pages", "1.1.2")
    assert failed.returncode == 1 and "the kernel died" in failed.stdout and "Traceback" not in failed.stderr and time.time() - start < 300, "a cell has 1800 s"
    assert snapshot(accepted) == unaccepted
    move_accepted(accepted)
    refused = bookbuild(accepted, "accept")
    assert refused.returncode == 1 and "1.1.2-other" in refused.stderr and "accepted 1.1.1-powers" in refused.stdout
    assert snapshot(accepted) == unaccepted, "the page that ran is as it was accepted before, the other as it was"
    assert bookbuild(accepted, "pages", "1.1.1").returncode == 0


def start(root, *arguments):
    return subprocess.Popen([sys.executable, "-m", "bookbuild", *arguments], cwd=root, text=True, start_new_session=True,
                            stderr=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(root), "DEVICE": "cpu"})


def wait_for(condition, seconds=300):
    end = time.time() + seconds
    while not condition():
        assert time.time() < end, "waited in vain"
        time.sleep(0.1)


def processes_of(root):
    """The processes that work for the book at `root`."""
    def path(process):
        try:
            return process.environ().get("PYTHONPATH")
        except psutil.Error:
            return None
    return [process for process in psutil.process_iter() if path(process) == str(root) and process.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.parametrize("command", ["book", "accept"])
@pytest.mark.parametrize("number, sign", [(signal.SIGINT, "page.ipynb"), (signal.SIGTERM, "nbval.log")], ids=["early", "late"])
def test_an_interrupt_while_pages_run(accepted, command, number, sign):
    other_page(accepted, "import time; time.sleep(600)")
    before = snapshot(accepted)
    child = start(accepted, command)
    wait_for(lambda: child.poll() is not None or list((accepted / "_build").glob(f"running/*/{sign}")))
    second = bookbuild(accepted, "pages")
    child.send_signal(number)
    _, errors = child.communicate(timeout=300)
    assert child.returncode == 1 and errors.startswith("interrupted"), errors
    assert second.returncode == 1 and "another build is running" in second.stderr
    assert snapshot(accepted) == before
    wait_for(lambda: not processes_of(accepted))
    assert bookbuild(accepted, "pages", "1.1.1").returncode == 0


def test_a_runner_is_ended_whatever_it_is_doing(tmp_path, capfd):
    (tmp_path / "torch.py").write_text("""
import pathlib, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(__file__).with_name("importing").touch()
while True:
    try:
        time.sleep(600)
    except BaseException:
        raise SystemError("torn out of an import")
""")
    with run.runner(ROOT, tmp_path, {**run.environment(), "torch": str(tmp_path)}, 1) as warm:
        warm.stdin.close()
        wait_for(lambda: warm.poll() is not None or (tmp_path / "importing").exists())
        environment = psutil.Process(warm.pid).environ()
        assert Path(environment["JUPYTER_RUNTIME_DIR"]).is_dir()
    assert warm.returncode == -signal.SIGKILL and capfd.readouterr() == ("", "")
    assert not Path(environment["JUPYTER_RUNTIME_DIR"]).exists()


def test_an_interrupt_while_the_site_is_rendered(accepted):
    config = (ROOT / "_config.yml").read_text(encoding="utf-8")
    (accepted / "_config.yml").write_text(re.sub(r"(?<=  url: )\S+", "https://example.org/book", config, count=1).replace(
        "    html_theme_options:\n", "    html_theme_options:\n      repository_provider: github\n", 1), encoding="utf-8")
    toc = {"format": "jb-book", "root": "chapters/index", "parts": []}
    for edition in pages.EDITIONS:
        (accepted / f"chapters/{edition}/index.md").write_text("# Book\n")
        (accepted / f"chapters/{edition}/build-report.md").write_text("# Build report\n")
        toc["parts"].append({"caption": edition, "chapters": [{"file": f"chapters/{edition}/index"}, {"file": f"chapters/{edition}/1.1-demo/1.1.1-powers"},
                                                               {"file": f"chapters/{edition}/build-report"}]})
    (accepted / "_toc.yml").write_text(yaml.safe_dump(toc))
    before = snapshot(accepted)
    child = start(accepted, "book")
    wait_for(lambda: child.poll() is not None or list((accepted / "_build").glob("site/zh/html/*")))
    child.send_signal(signal.SIGTERM)
    _, errors = child.communicate(timeout=300)
    assert child.returncode == 1 and errors.startswith("interrupted"), errors
    assert not processes_of(accepted) and not (accepted / "_build" / "html").exists()
    done = bookbuild(accepted, "book")
    assert done.returncode == 0, done.stdout + done.stderr
    assert all((accepted / "_build" / "html" / edition / "1.1-demo" / "1.1.1-powers.html").exists() for edition in pages.EDITIONS)
    assert snapshot(accepted) == before


def read_only(folder, *command):
    """Run a command that may not write in `folder`, whoever runs it."""
    unprivileged = ["setpriv", "--bounding-set=-dac_override"] if os.geteuid() == 0 else []
    if unprivileged and shutil.which("setpriv") is None:
        pytest.skip("root may write everywhere, and there is no setpriv to forbid it")
    folders = [folder, *(path for path in folder.rglob("*") if path.is_dir() and not path.is_symlink())]
    try:
        for path in folders:
            path.chmod(0o555)
        return subprocess.run([*unprivileged, sys.executable, "-m", "bookbuild", *command], cwd=folder, text=True, capture_output=True,
                              stdin=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(folder), "DEVICE": "cpu"})
    finally:
        for path in folders:
            path.chmod(0o755)


def test_a_checkout_that_cannot_be_written_builds_if_its_build_folder_can_be(drifted, tmp_path):
    build = shutil.move(drifted / "_build", tmp_path / "elsewhere")
    before = snapshot(drifted)
    refused = read_only(drifted, "pages")
    assert refused.returncode == 1 and "_build: Permission denied. Building writes only below _build" in refused.stderr and "Traceback" not in refused.stderr, refused.stderr
    (drifted / "_build").symlink_to(build)
    reported = read_only(drifted, "pages")
    assert reported.returncode == 1 and "1 of 1 pages are not as accepted" in reported.stderr, reported.stderr
    refused = read_only(drifted, "accept")
    assert refused.returncode == 1 and "1.1-demo: Permission denied" in refused.stderr and "Traceback" not in refused.stderr, refused.stderr
    assert snapshot(drifted) == before and not (build / "accepting").exists()
    assert bookbuild(drifted, "accept").returncode == 0
    assert read_only(drifted, "pages").returncode == 0
