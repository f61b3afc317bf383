"""The site: both editions rendered from fresh notebooks with Jupyter Book, side by side, whole or not at all."""
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from bookbuild import repository

EDITIONS = ("en", "zh")
LANDING = Path(__file__).parent / "static" / "landing.html"
MISSING = Path(__file__).parent / "static" / "404.html"
NAME = "convolutional-networks"  # of the PDF and the EPUB, before language and suffix
NOT_NEEDED = (".buildinfo", "*.map", "fontawesome.js*", "vendor", "locales", "landing.html", "404.html", "fold.js")
BUILD = """
import sys
from jupyter_book.sphinx import build_sphinx
from sphinx.util.console import nocolor
nocolor()
source, out, builder = sys.argv[1:]
sys.exit(build_sphinx(source, out, builder=builder, path_config=f"{source}/_config.yml", noconfig=True,
                      force_all=True, quiet=True,
                      confoverrides={"external_toc_path": f"{source}/_toc.yml", "latex_individualpages": False},
                      warningiserror=True, keep_going=True))
"""


class RenderError(Exception):
    """A warning or an error of the rendering; the previous site still stands."""


def render(root, fresh, out):
    """Render both editions of the book into `out`.

    root: the repository, for configuration, table of contents and the pages without code.
    fresh: the executed notebooks, `{en,zh}/<section>/<page>.ipynb`, and the pages that the build writes.
    out: gets `index.html`, `en/` and `zh/`; replaced only when both editions rendered without a warning.
    Returns False if nothing changed since the last time, True otherwise.
    """
    root, fresh, out = Path(root).resolve(), Path(fresh).resolve(), Path(out).resolve()
    work = root / "_build" / "site"
    wanted = {edition: stage(root, fresh, edition, work / edition) for edition in EDITIONS}
    stale = [edition for edition in EDITIONS if read(work / edition / "done") != wanted[edition]]
    if not stale and read(work / "published") == digest(wanted) and is_ours(out):
        return False
    builds = {}
    try:
        for edition in stale:
            builds[edition] = start(root, work / edition)
        outputs = {edition: build.communicate()[0] for edition, build in builds.items()}
    except BaseException:
        for build in builds.values():
            build.kill()
            build.wait()
        raise
    failed = {}
    for edition, said in outputs.items():
        if builds[edition].returncode == 0:
            (work / edition / "done").write_text(wanted[edition], encoding="utf-8")
        else:
            failed[edition] = said.replace(str(work / edition / "source"), f"chapters/{edition}").strip()
    if failed:
        raise RenderError("\n".join(f"chapters/{edition} does not render:\n{said}" for edition, said in failed.items()))
    publish(root, work, out)
    (work / "published").write_text(digest(wanted), encoding="utf-8")
    return True


def is_ours(out):
    """Whether `out` holds both editions, not what `jupyter-book build .` leaves at the same place."""
    index = out / "index.html"
    return index.exists() and index.read_bytes() == LANDING.read_bytes() and not (out / "chapters").exists()


def stage(root, fresh, edition, work):
    """Bring `work/source` in step with the pages; returns a digest of all that the edition is made from."""
    chapters, fresh, source = root / "chapters" / edition, fresh / edition, work / "source"
    files = {file.relative_to(chapters): file.read_bytes() for file in sorted(chapters.rglob("*.md"))}
    files |= {file.relative_to(fresh): file.read_bytes() for file in sorted([*fresh.rglob("*.ipynb"), *fresh.glob("*.md")])}
    files |= {file.relative_to(root): file.read_bytes() for file in sorted((root / "figures").glob("*.svg"))}
    if (chapters / "cards.yml").exists():
        files[Path("cards.yml")] = (chapters / "cards.yml").read_bytes()
    made_from = digest(files)
    config = edition_config(root, edition)
    config["sphinx"]["config"]["downloads"] = downloads(root, edition, made_from)
    files[Path("_config.yml")] = dump(config)
    files[Path("_toc.yml")] = dump(edition_toc(root, edition))
    for old in [file for file in source.rglob("*") if file.is_file() and file.relative_to(source) not in files]:
        old.unlink()
    for path, content in files.items():
        if not (source / path).exists() or (source / path).read_bytes() != content:
            (source / path).parent.mkdir(parents=True, exist_ok=True)
            (source / path).write_bytes(content)
    (work / "made-from").write_text(made_from, encoding="utf-8")
    # Sphinx notices by itself which pages changed, but not what else went into them: then it has to start afresh.
    shape = digest([sorted(map(str, files)), machinery(root)])
    if read(work / "shape") != shape:
        (work / "done").unlink(missing_ok=True)
        (work / "shape").write_text(shape, encoding="utf-8")
    return digest([shape, files, [hashlib.sha256(file.read_bytes()).hexdigest() for file in carried(root, edition)]])


def downloads(root, edition, made_from):
    """Names of the PDF and the EPUB of the edition as the site offers them: those that `make print` made from just these pages."""
    made = root / "_build" / "print"
    if read(made / f"{edition}.made-from") != made_from:
        return []
    return [f"{NAME}-{edition}{suffix}" for suffix in (".pdf", ".epub") if (made / f"{edition}{suffix}").exists()]


def carried(root, edition):
    """The files that the site carries besides its pages."""
    return [file for file in (*sorted((root / "practice" / edition).rglob("*.ipynb")), root / "CITATION.cff", LANDING, MISSING) if file.exists()]


def digest(value):
    return hashlib.sha256(repr(value).encode()).hexdigest()


def read(file):
    return file.read_text(encoding="utf-8") if file.exists() else None


def machinery(root):
    """All that shapes every page: configuration, theme, packages, the repository's address, the version."""
    files = [root / "_config.yml", root / "_toc.yml", root / "requirements.txt", *sorted((root / "bookbuild").glob("*.py")),
             *sorted(file for folder in ("static", "templates") for file in (root / "bookbuild" / folder).rglob("*")
                     if file.is_file())]
    return ([hashlib.sha256(file.read_bytes()).hexdigest() for file in files], os.environ.get("GITHUB_REPOSITORY"),
            repository.revision(root))


def edition_config(root, edition):
    """The root's configuration for one edition alone, whose files stand where the edition's folder begins."""
    config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    config["repository"]["path_to_book"] = f"chapters/{edition}"
    config["exclude_patterns"] = ["*/[0-9]*.md"]
    config["logo"] = str(root / config["logo"])
    config["html"]["favicon"] = str(root / config["html"]["favicon"])
    config["sphinx"]["local_extensions"] = {name: str(root) for name in config["sphinx"]["local_extensions"]}
    mine = config["sphinx"]["config"].pop("editions")[edition]
    options = config["sphinx"]["config"]["html_theme_options"] | mine.pop("html_theme_options")
    config["sphinx"]["config"] |= mine | {"edition": edition, "html_theme_options": options}
    return config


def edition_toc(root, edition):
    """The root's table of contents, only one edition's part of it, relative to the edition's folder."""
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    prefix = f"chapters/{edition}/"
    def strip(entries):
        return [{"file": entry["file"].removeprefix(prefix)} |
                ({"sections": strip(entry["sections"])} if "sections" in entry else {})
                for entry in entries if entry["file"].startswith(prefix)]
    first, *rest = [entry for part in toc["parts"] for entry in strip(part["chapters"])]
    return {"format": "jb-book", "root": first["file"], "chapters": rest}


def dump(value):
    return yaml.safe_dump(value, allow_unicode=True, sort_keys=False).encode()


def start(root, work, builder="html"):
    """Start Jupyter Book on what is staged: pages that changed are read again, all are written to `work/<builder>`."""
    if not (work / "done").exists():           # a build that failed has used up its warnings: read all pages again
        for leftover in (".doctrees", "jupyter_execute"):
            shutil.rmtree(work / leftover, ignore_errors=True)
    (work / "done").unlink(missing_ok=True)
    shutil.rmtree(work / builder, ignore_errors=True)
    environment = os.environ | {"PYTHONPATH": str(root)}
    return subprocess.Popen([sys.executable, "-c", BUILD, work / "source", work / builder, builder], env=environment,
                            cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def publish(root, work, out):
    """Replace the site by the editions just rendered, with what readers take away: practice notebooks, PDF, EPUB, citation."""
    new, old = out.with_name(f"{out.name}.new"), out.with_name(f"{out.name}.old")
    for leftover in (new, old):
        shutil.rmtree(leftover, ignore_errors=True)
    for edition in EDITIONS:
        shutil.copytree(work / edition / "html", new / edition, ignore=shutil.ignore_patterns(*NOT_NEEDED))
        if (root / "practice" / edition).exists():
            shutil.copytree(root / "practice" / edition, new / "practice" / edition, ignore=shutil.ignore_patterns("*.yml"))
        for name in downloads(root, edition, read(work / edition / "made-from")):
            shutil.copy(root / "_build" / "print" / f"{edition}{Path(name).suffix}", new / edition / name)
    share_static_files(new)
    shutil.copy(LANDING, new / "index.html")
    shutil.copy(LANDING.with_name("logo.svg"), new)
    if (root / "CITATION.cff").exists():
        shutil.copy(root / "CITATION.cff", new)
    address = repository.site_address(repository.address(yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))["repository"]["url"]))
    (new / "404.html").write_text(MISSING.read_text(encoding="utf-8").replace("{home}", address or ""), encoding="utf-8")
    if address:
        pages = [page.relative_to(new).as_posix() for page in sorted(new.glob("*/**/*.html")) if page.name != "search.html"]
        (new / "sitemap.xml").write_text('<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
                                         + "".join(f"<url><loc>{address}{page}</loc></url>\n" for page in pages) + "</urlset>\n", encoding="utf-8")
    (new / ".nojekyll").touch()
    if out.exists():
        out.rename(old)
    new.rename(out)
    shutil.rmtree(old, ignore_errors=True)


def share_static_files(site):
    """Keep what both editions load alike once, in `_static` beside them: who changes the language has it already."""
    first, *others = [site / edition / "_static" for edition in EDITIONS]
    shared = site / "_static"
    for file in sorted(path for path in first.rglob("*") if path.is_file()):
        name = file.relative_to(first)
        if all((other / name).exists() and (other / name).read_bytes() == file.read_bytes() for other in others):
            (shared / name).parent.mkdir(parents=True, exist_ok=True)
            file.rename(shared / name)
            for other in others:
                (other / name).unlink()
    for folder in sorted((path for edition in EDITIONS for path in (site / edition / "_static").rglob("*") if path.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()
    def up(match):
        return f"{match[1]}../{match[2]}_static/{match[3]}" if (shared / match[3]).exists() else match[0]
    for edition in EDITIONS:
        for page in (site / edition).rglob("*.html"):
            text = page.read_text(encoding="utf-8")
            page.write_text(re.sub(r'((?:href|src)=")((?:\.\./)*)_static/([^"?#]+)', up, text), encoding="utf-8")
