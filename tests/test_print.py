"""PDF and EPUB, made of a small book; the links to other sites, tried on a server of our own."""
import http.server
import re
import shutil
import subprocess
import threading
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import jupytext
import nbformat
import pytest
import yaml

from bookbuild import printing

ROOT = Path(__file__).resolve().parents[1]
SVG = '<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd">\n' \
      '<svg xmlns="http://www.w3.org/2000/svg" width="90pt" height="60pt" viewBox="0 0 90 60"><path id="space"/></svg>\n'
PAGE = """\
# 6.1.{number} {title} {number}

## Check

Of $n>2$ remain $\\lfloor n/2\\rfloor$, see [the other](6.1.{other}-page.md#check) and [this]({address}):

$$\\Big\\lfloor\\frac{{n}}{{2}}\\Big\\rfloor=\\begin{{bmatrix}}1&2\\end{{bmatrix}}$$

```{{code-cell}} ipython3
:tags: [hide-input, figure]

folded = "shown in print"
```
"""
SPACE = {"opf": "http://www.idpf.org/2007/opf", "xhtml": "http://www.w3.org/1999/xhtml",
         "dc": "http://purl.org/dc/elements/1.1/", "math": "http://www.w3.org/1998/Math/MathML"}
TITLES = {"en": ["Book", "6.1 Section", "6.1.1 Padding 1", "6.1.2 Padding 2"], "zh": ["书", "6.1 小节", "6.1.1 填充 1", "6.1.2 填充 2"]}


def make_book(root, address="https://example.org/"):
    """A repository with two pages per edition; their notebooks hold a figure, a sound and a control."""
    for package in ("bookbuild", "nbdrift"):
        shutil.copytree(ROOT / package, root / package, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("_config.yml", "requirements.txt"):
        shutil.copy(ROOT / file, root)
    toc = {"format": "jb-book", "root": "chapters/index", "parts": []}
    for edition, titles in TITLES.items():
        section = root / "chapters" / edition / "6.1-section"
        section.mkdir(parents=True)
        (section.parent / "index.md").write_text(f"# {titles[0]}\n", encoding="utf-8")
        (section / "index.md").write_text(f"# {titles[1]}\n", encoding="utf-8")
        for number in (1, 2):
            text = PAGE.format(number=number, other=3 - number, title=titles[2].split()[1], address=address)
            (section / f"6.1.{number}-page.md").write_text(text, encoding="utf-8")
            notebook = jupytext.reads(text, fmt="md:myst")
            notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
            notebook.cells[-1].outputs = [nbformat.v4.new_output("display_data", data) for data in (
                {"image/svg+xml": SVG, "text/plain": "<figure>"},
                {"text/html": '<audio src="data:,"></audio>', "text/plain": "<sound 6.1.1-tone: 1.30 s>"},
                {"text/html": "<button>run</button>", "text/plain": "in place of a control"})]
            notebook.cells[-1].metadata["mystnb"] = {"image": {"alt": "A figure."}, "figure": {"caption": "Half of $n$."}}
            nbformat.write(notebook, section / f"6.1.{number}-page.ipynb")
        place = f"chapters/{edition}"
        toc["parts"].append({"caption": edition, "chapters": [{"file": f"{place}/index"}, {
            "file": f"{place}/6.1-section/index", "sections": [{"file": f"{place}/6.1-section/6.1.{n}-page"} for n in (1, 2)]}]})
    (root / "_toc.yml").write_text(yaml.safe_dump(toc))
    return root


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """(folder with the EPUBs, {edition: its unpacked pages}) of the small book."""
    root = make_book(tmp_path_factory.mktemp("printed") / "book")
    return root / "print", printing.render_epubs(root, root / "chapters", root / "print")


def test_formulas_of_the_book_convert():
    formulas = set()
    for page in (ROOT / "chapters").rglob("*.md"):
        text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.S)
        formulas |= {one or other for one, other in re.findall(r"\$\$(.+?)\$\$|(?<!\\)\$([^$]+)\$", text, re.S)}
    assert len(formulas) > 500
    for formula in formulas:
        ElementTree.fromstring(printing.mathml(formula))


def test_an_unknown_command_is_refused():
    with pytest.raises(ValueError, match=r"\\nosuch"):
        printing.mathml(r"a\nosuch b")


@pytest.mark.parametrize("edition, language", [("en", "en"), ("zh", "zh-CN")])
def test_epub(printed, edition, language):
    book = zipfile.ZipFile(printed[0] / f"{edition}.epub")
    first = book.infolist()[0]
    assert (first.filename, first.compress_type, book.read(first)) == ("mimetype", zipfile.ZIP_STORED, b"application/epub+zip")
    listing = ElementTree.fromstring(book.read("content.opf"))
    items = {item.get("id"): item for item in listing.iterfind("opf:manifest/opf:item", SPACE)}
    spine = [items[item.get("idref")].get("href") for item in listing.iterfind("opf:spine/opf:itemref", SPACE)]
    assert listing.findtext(".//dc:language", "", SPACE) == language
    assert [item.get("href") for item in items.values() if item.get("properties") == "nav"] == ["nav.xhtml"]
    assert spine == ["index.xhtml", "6.1-section/index.xhtml", "6.1-section/6.1.1-page.xhtml", "6.1-section/6.1.2-page.xhtml"]
    for item in items.values():
        content = book.read(item.get("href")).decode("utf-8", "replace")
        if item.get("href").endswith(".svg"):
            assert "<!DOCTYPE" not in content and '<path id="space"/>' not in content
        if item.get("media-type") == "application/xhtml+xml":
            page = ElementTree.fromstring(content)
            assert page.get("lang", language) == language
            assert (page.find(".//math:math", SPACE) is not None) == (item.get("properties") == "mathml"), item.get("href")
    titles = [ElementTree.fromstring(book.read(name)).findtext(".//xhtml:h1", "", SPACE) for name in spine]
    assert titles == TITLES[edition]
    page = book.read(spine[2]).decode()
    assert "shown in print" in page and "<summary" not in page and "<audio" not in page and "<button" not in page
    number = {"en": "Figure 6.1.1-1. ", "zh": "图 6.1.1-1\u3000"}[edition]
    assert page.count("<figcaption>") == 1 and re.search(f"{number}</strong>Half of <span class=.formula.><math.*?</math>[.]</span>", page)
    assert printing.WORDS[edition]["sound"].format(seconds="1.30") in page and "in place of a control" in page


def test_pages_are_joined(printed):
    page = printing.join_pages(printed[1]["en"], "en").read_text(encoding="utf-8")
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)
    assert 'href="#p3-check"' in page and 'href="#p2-check"' in page
    assert page.count("<math ") == 8 and "stix-two-math.woff" in page and "<script" not in page


@pytest.mark.skipif(not printing.chromium(), reason="needs Chromium")
@pytest.mark.skipif(not shutil.which("pdftotext"), reason="needs pdftotext to read the PDF")
@pytest.mark.parametrize("edition", ["en", "zh"])
def test_pdf(printed, edition, tmp_path):
    printing.write_pdf(printing.find_browser(), printing.join_pages(printed[1][edition], edition), tmp_path / "book.pdf")
    text = subprocess.run(["pdftotext", "-layout", tmp_path / "book.pdf", "-"], capture_output=True, text=True, check=True).stdout
    cover, contents, *pages = re.sub(r" +", " ", text).removesuffix("\f").split("\f")
    assert len(pages) >= 4
    starts = [int(number) for number in re.findall(r"\s(\d+)$", contents, re.M) if number][:4]
    for title, start in zip(TITLES[edition], starts, strict=True):
        assert re.search(rf"{re.escape(title)}\s+{start}$", contents, re.M), contents
        assert title in pages[start - 3], (title, start)
    assert starts == sorted(set(starts))
    assert "shown in print" in text and r"\lfloor" not in text


def test_without_chromium_the_remedy_is_named(monkeypatch):
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(printing, "BROWSERS", [name for name in printing.BROWSERS if "/" not in name])
    with pytest.raises(printing.PrintError, match="install chromium"):
        printing.find_browser()


class Site(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response({"/good": 200, "/moved": 301}.get(self.path, 404))
        if self.path == "/moved":
            self.send_header("Location", "/good")
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_links(tmp_path, server):
    root = make_book(tmp_path / "book", f"{server}/good")
    (root / "chapters/en/index.md").write_text(f"# Book\n\n[moved]({server}/moved), [dead]({server}/dead).\n")
    failures, tried = printing.check_links(root)
    assert tried == 4
    assert [failure[:3] for failure in failures] == [("chapters/en/index.md", f"{server}/dead", "dead")]
    assert "404" in failures[0][3]


def test_no_network_is_not_a_dead_link(tmp_path, server):
    root = make_book(tmp_path / "book", "http://127.0.0.1:9/")
    with pytest.raises(printing.PrintError, match="No network"):
        printing.check_links(root)
    (root / "chapters/en/index.md").write_text(f"# Book\n\n[good]({server}/good).\n")
    assert {failure[2] for failure in printing.check_links(root)[0]} == {"unreachable"}
