"""The pages on disk: where they are, whether they are in step, and which code an output belongs to."""
import ast
import copy
import difflib
import functools
import hashlib
import json
import os
import re
import sys
from dataclasses import dataclass
from importlib import metadata
from importlib.machinery import PathFinder
from pathlib import Path
from urllib.parse import urlsplit

import jupytext
import nbformat
import yaml
from packaging.markers import Marker

from bookbuild import install, words
from nbdrift.bundle import BUNDLE

ROOT = Path(__file__).resolve().parents[1]
EDITIONS = ("en", "zh")
SETUP = """\
import importlib.util
if importlib.util.find_spec("d2l_solutions") is None:
    %pip install -q --no-deps d2l==1.0.3 git+{url}
    try:
        import d2l_solutions.checks
    except ImportError as e:
        raise ImportError(f"the installation failed ({{e}}): run this again") from None"""
PLACEHOLDER = "OWNER"            # in place of the repository's owner until `make address` names one
SETUP_CELL = re.compile(r"(```\{code-cell\}[^\n]*\n:tags: \[setup, remove-cell\]\n\n).*?```", re.S)


@dataclass(frozen=True)
class Page:
    """One exercise. `path` is relative to an edition, without suffix: "6.5-pooling/6.5.1-average-pooling"."""
    root: Path
    path: str

    @property
    def name(self):
        return self.path.split("/")[-1]

    @property
    def number(self):
        return self.name.split("-")[0]

    def md(self, edition):
        return self.root / "chapters" / edition / f"{self.path}.md"

    def ipynb(self, edition):
        return self.root / "chapters" / edition / f"{self.path}.ipynb"

    @property
    def noise(self):
        return self.root / "chapters" / "en" / f"{self.path}.noise.json"


def find_pages(root=ROOT, only=()):
    """All pages, on disk or in the table of contents, in order; `only`: numbers or beginnings of them ("6.6", "6.4.1")."""
    paths = {str(file.relative_to(root / "chapters" / edition).with_suffix(""))
             for edition in EDITIONS for file in (root / "chapters" / edition).glob("*/*.*")
             if re.match(r"\d+\.\d+\.\d+-", file.name) and file.suffix in (".md", ".ipynb")} | set().union(*listed(root).values())
    pages = [Page(root, path) for path in sorted(paths, key=lambda path: ([int(n) for n in path.split("/")[-1].split("-")[0].split(".")], path))]
    return [page for page in pages if not only or any((page.number + ".").startswith(o.rstrip(".") + ".") for o in only)]


def listed(root):
    """{edition: paths of the exercises that the table of contents names}"""
    toc = (root / "_toc.yml").read_text(encoding="utf-8")
    return {edition: set(re.findall(rf"file: chapters/{edition}/(\S+/\d+\.\d+\.\d+-\S+)", toc)) for edition in EDITIONS}


@functools.cache
def wrong_packages(lock):
    """[text] for the packages that are not installed in the version that the lock file with this text names."""
    found = []
    for name, version, marker in re.findall(r"^([\w.-]+)==([^\s;]+)(?: ; (.*?))? *\\?$", lock, re.M):
        if (not marker or Marker(marker).evaluate()) and (install.gpu_wanted() or name not in install.ONLY_WITH_GPU):
            try:
                installed = metadata.version(name)
            except metadata.PackageNotFoundError:
                installed = "none"
            if installed.split("+")[0] != version.split("+")[0]:
                found.append(f"requirements.txt names {name} {version}, installed is {installed}: run `make book`, which installs it")
    return found


def read_source(page, edition):
    """The page's source as a notebook without outputs, its cells numbered; a byte order mark and CRLF do not matter."""
    return copy.deepcopy(parse(page.md(edition).read_text(encoding="utf-8-sig")))


@functools.cache
def parse(text):
    notebook = jupytext.reads(text, fmt="md:myst")
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
    return notebook


@functools.cache
def repository_url(root=ROOT):
    return yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))["repository"]["url"]


def is_placeholder(url):
    """Whether a repository's address still names no owner, so that every link to it leads nowhere."""
    return PLACEHOLDER in urlsplit(url).path.split("/")


def wrong_address(url, repository):
    """What is wrong, with its remedy, if the notebooks name another repository than "owner/name", in which they are built; or None."""
    if repository and urlsplit(url).path.strip("/").removesuffix(".git").lower() != repository.lower():
        return (f"the notebooks install from {url}, but this is the repository {repository}: "
                f"run `make address URL=https://github.com/{repository}` and commit what it changes")


def set_address(root, address):
    """Write the repository's address into _config.yml; returns it as a web address. ValueError if it is none."""
    url = re.sub(r"^(?:ssh://)?git@([^:/]+)[:/]", r"https://\1/", address.strip()).rstrip("/").removesuffix(".git")
    if not re.fullmatch(r"https://[\w.-]+/[\w.-]+(/[\w.-]+)+", url) or is_placeholder(url):
        raise ValueError(f"{address!r} is no repository's address: it looks like https://github.com/name/d2l-cnn-solutions")
    file = root / "_config.yml"
    text, found = re.subn(r"(?m)^(repository:.*\n(?: .*\n)*?  url: )\S+", rf"\g<1>{url}", file.read_text(encoding="utf-8"), count=1)
    if not found:
        raise ValueError("_config.yml names no repository: url")
    write(file, text)
    repository_url.cache_clear()
    return url


def setup_source(root=ROOT):
    """The first code cell of every page: installs what is missing elsewhere, does nothing at home."""
    return SETUP.format(url=repository_url(root))


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def code_digest(notebook, left_out=lambda tags: "setup" in tags):
    """What accepted outputs belong to: the code cells, in order, with their tags; not the setup cell."""
    cells = [(cell.source, sorted(cell.metadata.get("tags", []))) for cell in code_cells(notebook)
             if not left_out(set(cell.metadata.get("tags", [])))]
    return hashlib.sha256(repr(cells).encode()).hexdigest()


def noise_digest(notebook):
    """What re-run noise belongs to: the code that trains and reports, not the checks that only read what it made."""
    return code_digest(notebook, lambda tags: "setup" in tags or (tags & {"check", "wrong"} and "train" not in tags))


def library_digest(notebook, root=ROOT):
    """Digest of all that a page imports, directly or through modules of this repository, and of the studies it names."""
    code = "\n".join(cell.source for cell in code_cells(notebook) if "setup" not in cell.metadata.get("tags", []))
    todo, files, installed = set(imports(code)), set(), set()
    while todo:
        package, *module = todo.pop().split(".")[:2]
        if not (root / package).is_dir():
            installed.add(package)
            continue
        for file in {root / package / f"{name}.py" for name in ("__init__", *module)} - files:
            if file.exists():
                files.add(file)
                todo |= imports(file.read_text(encoding="utf-8"), package)
    if root / "d2l_solutions" / "studies.py" in files:
        files |= {file for file in (root / "d2l_solutions" / "studies").glob("*.json") if file.stem in code}
    parts = [(str(file.relative_to(root)), hashlib.sha256(file.read_bytes()).hexdigest()) for file in sorted(files)]
    parts += [(package, stamp(package, tuple(sys.path))) for package in sorted(installed - sys.stdlib_module_names)]
    return hashlib.sha256(repr(parts).encode()).hexdigest()


@functools.cache
def imports(code, package=""):
    """The dotted names of what code may import; relative ones are of `package`. All its words where it is not plain Python."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return set(re.findall(r"\w+(?:\.\w+)*", code))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            origin = ".".join(filter(None, [package if node.level else "", node.module]))
            found |= {origin, *(f"{origin}.{alias.name}" for alias in node.names)}
    return found


@functools.cache
def stamp(package, path):
    """Digest of the names, sizes and times of an installed package's files, by which Python itself knows that one has changed."""
    found = PathFinder.find_spec(package, path)
    folders = found.submodule_search_locations or [] if found else []
    files = [os.path.join(folder, name) for top in folders for folder, _, names in os.walk(top) for name in names if "__pycache__" not in folder]
    files += [found.origin] if found and not folders else []
    return hashlib.sha256(repr([(file, os.stat(file).st_size, os.stat(file).st_mtime_ns) for file in sorted(files)]).encode()).hexdigest()


def pair(page, edition):
    """Bring the .ipynb in step with the .md: its text and code; outputs stay with the cells whose code is the same.

    Returns the files that it changed.
    """
    changed = []
    text = page.md(edition).read_text(encoding="utf-8-sig")
    filled = SETUP_CELL.sub(lambda match: f"{match[1]}{setup_source(page.root)}\n```", text, count=1)
    if filled != text:
        write(page.md(edition), filled)
        changed.append(page.md(edition))
    notebook = read_source(page, edition)
    if page.ipynb(edition).exists():
        attach_outputs(notebook, nbformat.read(page.ipynb(edition), as_version=4))
    notebook.metadata.setdefault("d2l_solutions", {})["source"] = source_digest(notebook)
    if write_notebook(page.ipynb(edition), notebook):
        changed.append(page.ipynb(edition))
    return changed


def source_digest(notebook):
    """What tells a notebook that was written by `pair` from one that was edited since: text and code, not the setup cell."""
    cells = [essence(cell) for cell in notebook.cells if "setup" not in cell.metadata.get("tags", [])]
    return hashlib.sha256(json.dumps(cells, sort_keys=True).encode()).hexdigest()


def edited(page, edition):
    """Whether the .ipynb holds changes that are not in the .md, which pairing would destroy.

    A notebook that no one marked when it was paired counts as edited if it differs and is newer, as with jupytext.
    """
    md, file = page.md(edition), page.ipynb(edition)
    if not (md.exists() and file.exists()):
        return False
    there = nbformat.read(file, as_version=4)
    if source_digest(there) == source_digest(read_source(page, edition)):
        return False
    mark = there.metadata.get("d2l_solutions", {}).get("source")
    return mark != source_digest(there) if mark else file.stat().st_mtime > md.stat().st_mtime


def take(page, edition):
    """Bring the .md in step with an edited .ipynb. ValueError if the .md cannot express what the .ipynb holds."""
    notebook = nbformat.read(page.ipynb(edition), as_version=4)
    bare = nbformat.v4.new_notebook(metadata={"kernelspec": notebook.metadata["kernelspec"]}, cells=copy.deepcopy(notebook.cells))
    for cell in bare.cells:
        cell.metadata = nbformat.from_dict(essence(cell)[2])
    head = re.match(r"---\n.*?\n---\n", page.md(edition).read_text(encoding="utf-8-sig"), re.S)[0]
    text = head + re.sub(r"\A---\n.*?\n---\n", "", jupytext.writes(bare, fmt="md:myst"), flags=re.S)
    if source_digest(parse(text)) != source_digest(notebook):
        raise ValueError(f"{shown(page.ipynb(edition), page)} holds what the .md cannot express: edit the .md by hand")
    write(page.md(edition), text)


def attach_outputs(notebook, executed):
    """Copy outputs and execution counts from `executed` to the cells with the same code, in order; and what they belong to."""
    cells, old = code_cells(notebook), code_cells(executed)
    if len(cells) == len(old):
        pairs = [(cell, other) for cell, other in zip(cells, old)]
    else:
        matches = difflib.SequenceMatcher(None, [c.source for c in cells], [c.source for c in old], autojunk=False)
        pairs = [(cells[m.a + i], old[m.b + i]) for m in matches.get_matching_blocks() for i in range(m.size)]
    for cell, other in pairs:
        cell.outputs, cell.execution_count = other.get("outputs", []), other.get("execution_count")
    if "d2l_solutions" in executed.metadata:
        notebook.metadata["d2l_solutions"] = executed.metadata["d2l_solutions"]


def clash(page):
    """[what is wrong, with its remedy] if another page has the number of this one; outputs, figures and runs are kept under it. Else []."""
    alike = find_pages(page.root, [page.number])
    if len(alike) < 2:
        return []
    files = [[file for edition in EDITIONS for file in (other.md(edition), other.ipynb(edition)) if file.exists()] for other in alike]
    places = [str(shown(found[0], page)) if found else f"_toc.yml: {other.path}" for other, found in zip(alike, files)]
    return [f"{page.number} is the number of {len(alike)} pages, {' and '.join(places)}: remove one, or rename it with a number of its own"]


def problems(page):
    """What is out of order before anything runs, each with its remedy; [] if the page is in step."""
    found = clash(page)
    if found:
        return found
    for edition in EDITIONS:
        if page.path not in listed(page.root)[edition]:
            found.append(f"_toc.yml does not name chapters/{edition}/{page.path}")
        for file in (page.md(edition), page.ipynb(edition)):
            if not file.exists():
                found.append(f"{shown(file, page)} is missing" + (": run `make pair`" if file.suffix == ".ipynb" else ""))
    if found:
        return found
    found += wrong_packages((page.root / "requirements.txt").read_text(encoding="utf-8"))[:3]
    sources = {edition: read_source(page, edition) for edition in EDITIONS}
    paired = {edition: nbformat.read(page.ipynb(edition), as_version=4) for edition in EDITIONS}
    for edition in EDITIONS:
        mine, its = sources[edition], paired[edition]
        if [essence(cell) for cell in mine.cells] != [essence(cell) for cell in its.cells]:
            cell = next((number for number, (a, b) in enumerate(zip(mine.cells, its.cells)) if essence(a) != essence(b)),
                        min(len(mine.cells), len(its.cells)))
            found.append(f"{shown(page.md(edition), page)} and its .ipynb differ from cell {cell} on: run `make pair`")
        if not code_cells(mine) or code_cells(mine)[0].source != setup_source(page.root):
            found.append(f"{shown(page.md(edition), page)} does not begin with the setup cell: run `make pair`")
        if its.metadata.get("d2l_solutions", {}).get("code") != code_digest(mine):
            found.append(f"{shown(page.ipynb(edition), page)}: the accepted outputs belong to other code: "
                         "look at what changed and run `make accept`")
        for number, cell in enumerate(code_cells(its)):
            if cell.execution_count is None:
                found.append(f"{shown(page.ipynb(edition), page)}: code cell {number} was never run: run `make accept`")
                break
        for number, cell in enumerate(code_cells(its)):
            drawn = any("image/svg+xml" in output.get("data", {}) for output in cell.outputs)
            if drawn and not cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "").strip():
                found.append(f"{shown(page.md(edition), page)}: the figure of code cell {number} has no alternative text")
            if any(kind.startswith("image/") for output in cell.outputs for kind in output.get("data", {}) if BUNDLE not in output["data"]):
                found.append(f"{shown(page.md(edition), page)}: code cell {number} draws a picture without its numbers: display it with `show`")
            sounds = sum("<audio" in output.get("data", {}).get("text/html", "") for output in cell.outputs)
            if sounds != len(cell.metadata.get("sounds", [])):
                found.append(f"{shown(page.md(edition), page)}: code cell {number} plays {sounds} sounds and names "
                             f"{len(cell.metadata.get('sounds', []))} in its metadata")
    if [(c.source, c.metadata.get("tags")) for c in code_cells(sources["en"])] != \
            [(c.source, c.metadata.get("tags")) for c in code_cells(sources["zh"])]:
        found.append(f"{page.name}: the code cells or tags of the two editions differ")
    else:
        chinese = words.of_page(page)
        if [words.translate_outputs(c.outputs, chinese) for c in code_cells(paired["en"])] != [c.outputs for c in code_cells(paired["zh"])]:
            found.append(f"{page.name}: the accepted outputs of the Chinese edition are not the English ones in its words: run `make accept`")
        found += [f"{shown(words.file(page), page)} has no words for {text!r}: run `make words PAGES={page.number}` and fill them in"
                  for text in chinese.missing]
    return found


def essence(cell):
    metadata = {key: value for key, value in cell.metadata.items() if key in ("tags", "mystnb", "sounds")}
    return cell.cell_type, cell.source, metadata


def shown(file, page):
    return file.relative_to(page.root)


def write(path, text):
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_notebook(path, notebook):
    """Write a notebook if the file does not hold it yet; returns whether it was written."""
    notebook.metadata["language_info"] = {"name": "python"}
    text = nbformat.writes(notebook, version=4)
    changed = not path.exists() or path.read_text(encoding="utf-8") != text + "\n"
    if changed:
        write(path, text + "\n")
    return changed
