"""`.venv`: made, mended, made anew or told in a sentence; which packages only a GPU needs."""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from bookbuild import install, pages
from conftest import ROOT

LOCK = (ROOT / "requirements.txt").read_text(encoding="utf-8")
PIP = """
import pathlib, sys, sysconfig, importlib.metadata
purelib = pathlib.Path(sysconfig.get_path("purelib"))
for name in ("torch", "numpy", "jupyter-book"):
    folder = purelib / f"{name}-1.dist-info"
    folder.mkdir(exist_ok=True)
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\\nName: {name}\\nVersion: 1\\n")
"""


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout without .venv, whose pip only notes that it was called; `checkout.calls` counts that."""
    root = tmp_path / "book"
    root.mkdir()
    shutil.copy(ROOT / "requirements.txt", root)
    monkeypatch.setattr(install, "ROOT", root)
    monkeypatch.setattr(install, "without_room", lambda gpu: None)
    monkeypatch.setenv("DEVICE", "cpu")
    calls = []

    def pip(python, lock):
        calls.append(lock.read_text(encoding="utf-8"))
        subprocess.run([python, "-I", "-c", PIP], check=True)
    monkeypatch.setattr(install, "run_pip", pip)
    root_and_calls = type("Checkout", (), {"root": root, "calls": calls, "python": root / ".venv" / "bin" / "python"})
    return root_and_calls


def test_an_environment_is_made_once_and_again_only_if_the_lock_changes(checkout):
    install.install()
    install.install()
    assert len(checkout.calls) == 1
    assert install.ask(checkout.python, "import sys; print(sys.path)").count(str(checkout.root)) >= 1
    with open(checkout.root / "requirements.txt", "a") as lock:
        lock.write("# changed\n")
    install.install()
    assert len(checkout.calls) == 2


def test_an_installation_says_what_it_takes_and_what_comes_next(checkout, capsys, monkeypatch):
    monkeypatch.setattr(install, "has_data", lambda: False)
    monkeypatch.setattr(install.shutil, "which", lambda name: None)
    install.install()
    said = capsys.readouterr().out
    assert "some minutes, about 2.5 GB" in said and "install npm first" in said


def upgraded(venv):
    (venv / "bin" / "python").unlink()
    (venv / "bin" / "python").symlink_to(venv / "no-such-python")


def without_pip(venv):
    shutil.rmtree(next(venv.glob("lib/*/site-packages/pip")))


def half_made(venv):
    (venv / "bin" / "pip").unlink()


def moved(venv):
    old = venv.parent.parent / "old"
    venv.parent.rename(old)
    venv.parent.mkdir()
    shutil.copytree(old / ".venv", venv, symlinks=True)
    shutil.copy(old / "requirements.txt", venv.parent)


def foreign(venv):
    shutil.rmtree(venv)
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(sys.executable)


def of_old_python(venv):
    python = venv / "bin" / "python"
    python.unlink()
    python.write_text(f"#!/bin/sh\necho '[[3, 9], \"{venv}\", true]'\n")
    python.chmod(0o755)


@pytest.mark.parametrize("spoil, reason", [(upgraded, "does not run"), (without_pip, "no pip"), (half_made, "no pip"), (foreign, "no virtual environment"),
                                           (of_old_python, "of Python 3.9")])
def test_a_broken_environment_is_made_anew(checkout, capsys, spoil, reason):
    install.install()
    spoil(checkout.root / ".venv")
    assert reason in install.fault(checkout.root / ".venv")
    install.install()
    assert "made anew: " in capsys.readouterr().out and len(checkout.calls) == 2
    assert install.fault(checkout.root / ".venv") is None


def test_a_checkout_that_was_copied_gets_an_environment_of_its_own(checkout, capsys):
    install.install()
    moved(checkout.root / ".venv")
    old = checkout.root.parent / "old"
    pip = checkout.root / ".venv" / "bin" / "pip"
    pip.write_text(pip.read_text().replace(str(checkout.root), str(old)))             # where the copy was made, the old one still stands
    install.install()
    assert "moved or copied" in capsys.readouterr().out and len(checkout.calls) == 2
    assert str(checkout.root) in pip.read_text().split("\n")[0]


def test_a_linked_environment_is_someone_elses_and_left_alone(checkout):
    (checkout.root / ".venv").symlink_to(sys.prefix)
    install.install()
    assert not checkout.calls and (checkout.root / ".venv").is_symlink()


def test_an_interrupted_installation_is_gone_on_with(checkout, monkeypatch):
    def interrupted(python, lock):
        raise KeyboardInterrupt
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(install, "run_pip", interrupted)
        install.install()
    install.install()
    assert len(checkout.calls) == 1 and install.in_step(checkout.root / ".venv", json.loads((checkout.root / ".venv" / "installed").read_text())["lock"], False)


def test_an_interrupt_is_told_in_a_sentence(tmp_path):
    (tmp_path / "bookbuild").mkdir()
    shutil.copy(install.__file__, tmp_path / "bookbuild")
    (tmp_path / "requirements.txt").write_text("nothing==1 --hash=sha256:0\n")
    with socket.create_server(("127.0.0.1", 0)) as silent:                  # an index that never answers
        child = subprocess.Popen([sys.executable, "-I", tmp_path / "bookbuild" / "install.py"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                 start_new_session=True, env=os.environ | {"DEVICE": "cpu", "PIP_INDEX_URL": "http://127.0.0.1:%d/simple" % silent.getsockname()[1]})
        silent.settimeout(120)
        silent.accept()
        os.killpg(child.pid, signal.SIGINT)
        said = child.communicate()[1]
    assert said == "interrupted: the same command goes on from here\n" and child.returncode == 1


@pytest.mark.parametrize("variables", [{"PIP_TARGET": "x"}, {"PIP_PREFIX": "x"}, {"PIP_USER": "1"}, {"PYTHONPATH": "x"}, {"PYTHONHOME": "/x"}])
def test_settings_do_not_lead_pip_out_of_the_environment(checkout, monkeypatch, variables):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert {name: value for name, value in install.clean_environment().items() if name.startswith("PYTHON") or name in variables} in ({}, {"PIP_USER": "0"})
    install.install()
    assert install.fault(checkout.root / ".venv") is None


def test_packages_that_pip_put_elsewhere_are_missed(checkout, monkeypatch):
    monkeypatch.setattr(install, "run_pip", lambda python, lock: None)
    with pytest.raises(SystemExit, match="pip put the packages elsewhere"):
        install.install()
    assert not (checkout.root / ".venv" / "installed").exists()


def test_without_ensurepip_nothing_is_made_and_the_package_named(checkout, monkeypatch):
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(SystemExit, match="apt install python3-venv"):
        install.install()
    assert not (checkout.root / ".venv").exists()


def test_an_environment_that_cannot_be_made_leaves_nothing(checkout, monkeypatch):
    monkeypatch.setattr(install.sys, "executable", "/bin/false")
    with pytest.raises(SystemExit, match="apt install python3-venv"):
        install.install()
    assert not (checkout.root / ".venv").exists()


def test_an_unsuitable_python_and_a_full_disk_are_told(monkeypatch):
    assert "3.11 to 3.13 is needed, this is 3.14" in install.unsuitable((3, 14, 0)) and "PYTHON=" in install.unsuitable((3, 10, 1))
    assert install.unsuitable((3, 11, 0)) is install.unsuitable((3, 13, 9)) is None
    usage = type("Usage", (), {"free": 6e9})
    monkeypatch.setattr(install.shutil, "disk_usage", lambda path: usage)
    assert install.without_room(gpu=False) is None and "6.0 GB left" in install.without_room(gpu=True)


def test_no_network_is_told_in_one_sentence(tmp_path, monkeypatch):
    lock = tmp_path / "lock.txt"
    lock.write_text("d2l-no-such-package==1 --hash=sha256:" + "0" * 64 + "\n")
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(SystemExit, match="^no network: ") as stopped:
        install.run_pip(sys.executable, lock)
    assert "\n" not in str(stopped.value)


def test_the_first_lines_of_the_lock_are_kept_and_only_the_named_packages_left_out():
    light = install.lock_for(LOCK, gpu=False)
    names = {gpu: set(re.findall(r"(?m)^([\w.-]+)==", install.lock_for(LOCK, gpu))) for gpu in (False, True)}
    assert install.lock_for(LOCK, gpu=True) == LOCK and names[True] - names[False] == set(install.ONLY_WITH_GPU)
    assert light.count("--hash") < LOCK.count("--hash") and all(line in LOCK for line in light.splitlines())


@pytest.mark.parametrize("device, driver, wanted", [("", False, False), ("", True, True), ("cpu", True, False), ("cuda", False, True), ("auto", True, True)])
def test_packages_for_the_gpu_are_installed_where_there_is_one(monkeypatch, device, driver, wanted):
    monkeypatch.setenv("DEVICE", device)
    monkeypatch.setattr(install.os.path, "exists", lambda path: driver)
    assert install.gpu_wanted() == wanted


def test_what_only_a_gpu_needs_is_not_missed_on_a_cpu(monkeypatch):
    lock = "triton==0.0.1 \\\n    --hash=sha256:0\nnumpy==0.0.1 \\\n    --hash=sha256:0\n"
    for device, expected in (("cpu", ["numpy"]), ("cuda", ["triton", "numpy"])):
        monkeypatch.setenv("DEVICE", device)
        pages.wrong_packages.cache_clear()
        assert [text.split()[2] for text in pages.wrong_packages(lock)] == expected


def test_torch_and_a_page_of_the_library_load_without_what_only_a_gpu_needs(tmp_path):
    """In a folder of links to the installed packages' files, less those of the packages that are left out."""
    site, left_out = Path(metadata.distribution("torch").locate_file("")), set()
    for name in install.ONLY_WITH_GPU:
        try:
            left_out |= {file.as_posix() for file in metadata.files(name)}
        except metadata.PackageNotFoundError:
            pass
    shared = {file.split("/")[0] for file in left_out}
    for entry in site.iterdir():
        if entry.name not in shared and entry.name != "torch" and entry.suffix != ".pth":
            (tmp_path / entry.name).symlink_to(entry)
    for folder in [site / "torch", *(site / name for name in shared if (site / name).is_dir())]:       # torch's path to the libraries is relative
        for file in folder.rglob("*"):
            name = file.relative_to(site)
            if file.is_file() and name.as_posix() not in left_out and "__pycache__" not in name.parts:
                (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / name).hardlink_to(file) if file.suffix in (".so", ".py") or ".so." in file.name else (tmp_path / name).symlink_to(file)
    code = f"import sys; sys.path[:0] = {[str(tmp_path), str(ROOT)]!r}; import torch, torchvision, d2l.torch, d2l_solutions.train; print(torch.__file__)"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.strip() == str(tmp_path / "torch" / "__init__.py"), done.stderr


@pytest.mark.parametrize("lacking", [None, "git", "npm", "chromium"])
def test_doctor_names_what_is_missing_and_how_to_get_it(monkeypatch, capsys, lacking):
    monkeypatch.setattr(install.shutil, "which", lambda name: None if lacking and lacking in name else sys.executable if "fc-list" in name else f"/usr/bin/{name}")
    monkeypatch.setattr(install, "has_data", lambda: False)
    monkeypatch.setattr(install, "chromium", lambda: None if lacking == "chromium" else "/usr/bin/chromium")
    with pytest.raises(SystemExit) as stopped:
        install.doctor()
    said = capsys.readouterr().out
    assert bool(stopped.value.code) == (lacking == "git")
    assert (f"apt install {lacking}" in said) == (lacking is not None), said


def test_readme_names_the_packages_that_the_messages_name():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "apt install git make python3-venv" in readme and "chromium fontconfig fonts-noto-cjk" in readme and "apt install npm" in readme
    for room in install.ROOM.values():
        assert f"{room:g}" in re.search(r"first `make book` installs.*?ten\nminutes", readme, re.S)[0]


def test_which_package_index_serves_the_packages_is_the_readers_own_setting():
    """No file names an index or a mirror of one by its host, or by an option that names one."""
    hosts = r"(pypi|pythonhosted|npmjs|npmmirror|debian|ubuntu|anaconda|tsinghua|aliyun|ustc)(\.edu)?\.(org|com|net|io|cn)\b|download\.pytorch|--(extra-index|index|find)-(url|links)"
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True)
    for file in [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]:
        found = re.search(hosts, file.read_text(encoding="utf-8", errors="replace"))
        assert not found, f"{file.relative_to(ROOT)} names {found[0]}"
