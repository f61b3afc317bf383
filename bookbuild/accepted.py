"""Changes of the accepted outputs: a page's notebooks and figures together or not at all, whatever interrupts them."""
import errno
import json
import os
import shutil
import signal
from contextlib import contextmanager

from bookbuild import run
from bookbuild.pages import EDITIONS, code_cells, code_digest, read_source, write, write_notebook


def refusal(result):
    """Why the outputs of a page cannot be accepted; None if they can."""
    if result.fresh is None:
        return "it did not run to its end"
    if not all(result.page.md(edition).exists() for edition in EDITIONS):
        return "an edition is missing"
    if len({code_digest(read_source(result.page, edition)) for edition in EDITIONS}) > 1:
        return "its two editions have different code"
    for number, cell in enumerate(code_cells(result.fresh)):
        said = "".join(output["text"] for output in cell.outputs if output.get("name") == "stderr").strip()
        if said:
            return f"code cell {number} complains, which the site refuses to show: {said.splitlines()[-1].strip()}"
    return next(iter(run.misnamed(result.page, result.fresh)), None)


def accept(result, build):
    """Make the fresh outputs of a page its accepted ones, in both editions, and its figures those in `figures`.

    All files are laid out under `build` first. Once they are complete the change is decided; should it be broken off
    after that, `finish` completes it.
    """
    page = result.page
    for folder in [page.ipynb(edition).parent for edition in EDITIONS] + [page.root / "figures"]:
        if folder.exists() and not os.access(folder, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))
    layout = build / "accepting.new"
    shutil.rmtree(layout, ignore_errors=True)
    for edition in EDITIONS:
        write_notebook(layout / "files" / page.ipynb(edition).relative_to(page.root), run.with_outputs(result, edition))
    drawn = run.figures(result.fresh)
    for name, svg in drawn.items():
        write(layout / "files" / "figures" / name, svg)
    old = [f"figures/{file.name}" for file in (page.root / "figures").glob(f"{page.number}-*.svg") if file.name not in drawn]
    write(layout / "change.json", json.dumps({"page": page.name, "remove": old}))
    with undisturbed():
        os.replace(layout, build / "accepting")
        finish(page.root, build)


def finish(root, build):
    """Complete the change that an earlier `accept` had decided; returns the page's name, None if there is none."""
    change = build / "accepting"
    if not change.exists():
        return None
    decided = json.loads((change / "change.json").read_text(encoding="utf-8"))
    for file in sorted(file for file in (change / "files").rglob("*") if file.is_file()):
        put(file, root / file.relative_to(change / "files"))
    for path in decided["remove"]:
        (root / path).unlink(missing_ok=True)
    os.replace(change, build / "accepting.new")
    shutil.rmtree(build / "accepting.new")
    return decided["page"]


def put(file, target):
    """Move a file to its place whole, also from another file system."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.replace(file, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        write(target, file.read_text(encoding="utf-8"))
        file.unlink()


@contextmanager
def undisturbed():
    """Interrupts wait until the block is done."""
    caught = []
    handlers = {number: signal.signal(number, lambda *_: caught.append(1)) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    if caught:
        raise KeyboardInterrupt
