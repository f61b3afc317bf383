"""The book on paper and on e-readers: PDF and EPUB of both editions; and its links to other sites, tried out.

Sphinx renders each edition once, to EPUB, with formulas as MathML. The PDF is made of the same pages: joined into one,
printed by Chromium. This module is also the Sphinx extension of that rendering; it
takes the place of `bookbuild.theme`, so nothing that the site adds for the screen gets in.
"""
import html
import json
import os
import posixpath
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

from bs4 import BeautifulSoup
from docutils.nodes import SkipNode
from playwright.sync_api import sync_playwright
from sphinx.builders.epub3 import Epub3Builder

from bookbuild import site
from bookbuild.figures import label_figures
from bookbuild.formulas import close_up, glue_punctuation, mathml

HERE = Path(__file__).resolve().parent / "print"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable",
            "/Applications/Chromium.app/Contents/MacOS/Chromium", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
WORDS = {"en": {"contents": "Contents", "sound": "Sound, {seconds} s: to be heard on the page in the web edition.",
                "licence": "Code: MIT. Text and figures: CC BY 4.0."},
         "zh": {"contents": "目录", "sound": "声音，{seconds} 秒：请在网页版中收听。",
                "licence": "代码采用 MIT 许可；文字与图采用 CC BY 4.0 许可。"}}


class PrintError(Exception):
    """Something that printing needs is missing, or what was printed is not right."""


def print_book(root, fresh, out):
    """Write `{en,zh}.epub` and `{en,zh}.pdf` into `out`, made from the notebooks in `fresh` as `site.render` is."""
    root, fresh, out = Path(root).resolve(), Path(fresh).resolve(), Path(out).resolve()
    pages = render_epubs(root, fresh, out)
    browser = find_browser()
    for edition, folder in pages.items():
        write_pdf(browser, join_pages(folder, edition), out / f"{edition}.pdf")
        shutil.copy(root / "_build" / "printing" / edition / "made-from", out / f"{edition}.made-from")
    if (root / "_build" / "html").exists():
        site.render(root, fresh, root / "_build" / "html")          # which offers them from now on


def chromium():
    """Path of this machine's Chromium or Chrome: $CHROMIUM, else one in its usual place; None if there is none."""
    return next(filter(None, map(shutil.which, filter(None, [os.environ.get("CHROMIUM"), *BROWSERS]))), None)


def find_browser():
    """Path of a Chromium, with fonts that it needs for the Chinese edition."""
    browser = chromium()
    if not browser:
        raise PrintError("The EPUB is written. The PDF is printed by Chromium, and there is none: install chromium (Debian, Ubuntu: apt install chromium) "
                         "or set CHROMIUM to the path of Chromium or Chrome.")
    if shutil.which("fc-list") and not subprocess.run(["fc-list", ":lang=zh"], capture_output=True).stdout:
        raise PrintError("The EPUB is written. For the PDF, no font has Chinese characters: install one (Debian, Ubuntu: apt install fonts-noto-cjk).")
    return browser


# The EPUB

def render_epubs(root, fresh, out):
    """Write `{en,zh}.epub` into `out`; returns {edition: folder with its pages}."""
    builds = {edition: start(root, fresh, edition, root / "_build" / "printing" / edition, "epub")
              for edition in site.EDITIONS}
    for edition, build in builds.items():
        said, _ = build.communicate()
        if build.returncode:
            raise PrintError(f"The EPUB of chapters/{edition} does not render:\n{said}")
    out.mkdir(parents=True, exist_ok=True)
    folders = {edition: root / "_build" / "printing" / edition / "epub" for edition in site.EDITIONS}
    for edition, folder in folders.items():
        shutil.copy(folder / "book.epub", out / f"{edition}.epub")
    return folders


def start(root, fresh, edition, work, builder):
    """Start Sphinx's `builder` on the pages of an edition; the result comes into `work/<builder>`."""
    site.stage(root, fresh, edition, work)
    (work / "source" / "_config.yml").write_bytes(site.dump(config(root, edition)))
    for figure in (work / "source" / "figures").glob("*.svg"):
        figure.write_text(portable_svg(figure.read_text(encoding="utf-8")), encoding="utf-8")
    return site.start(root, work, builder)


def config(root, edition):
    """The site's configuration of an edition, less what serves the screen."""
    config = site.edition_config(root, edition)
    title, language = config["sphinx"]["config"]["html_title"], config["sphinx"]["config"]["language"].replace("_", "-")
    authors = {"en": "The authors of the book", "zh": "本书作者"}[edition]
    config["sphinx"]["local_extensions"] = {"bookbuild.printing": str(root)}
    del config["sphinx"]["config"]["copybutton_selector"]
    config["sphinx"]["config"] |= {
        "extensions": ["myst_nb", "jupyter_book", "sphinx_comments", "sphinx_external_toc", "bookbuild.printing"],
        "version": "1",
        "html_math_renderer": "mathml",
        "html_search_language": "en",
        "html_static_path": [str(HERE)],
        "epub_basename": "book",
        "epub_title": title,
        "epub_author": authors,
        "epub_description": title,
        "epub_copyright": WORDS[edition]["licence"],
        "epub_publisher": authors,
        "epub_contributor": authors,
        "epub_language": "zh-CN" if edition == "zh" else language,
        "epub_identifier": f"d2l-cnn-solutions-{edition}",
        "epub_uid": f"d2l-cnn-solutions-{edition}",
        "epub_css_files": ["epub.css"],
        "epub_show_urls": "no",
        "linkcheck_timeout": 20,
        "linkcheck_retries": 2,
        "linkcheck_report_timeouts_as_broken": False,
        "epub_tocdepth": 2,
        "epub_exclude_files": ["_static/pdf.css", ".nojekyll"],
    }
    return config


def visit_math(self, node):
    before, after = html.escape(node.get("before", "")), html.escape(node.get("after", ""))
    self.body.append(f'<span class="formula">{before}{mathml(node.astext())}{after}</span>')
    raise SkipNode


def visit_math_block(self, node):
    self.body.append(f'<div class="math">{mathml(node.astext(), "block")}</div>\n')
    raise SkipNode


def show_everything(app, docname, source):
    """Unfold what the site folds, and say in words where it has a player or a control."""
    if not app.env.doc2path(docname).endswith(".ipynb"):
        return
    notebook = json.loads(source[0])
    for cell in notebook["cells"]:
        tags = cell["metadata"].get("tags", [])
        tags[:] = [tag for tag in tags if not tag.startswith("hide-")]
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "image/svg+xml" in data:
                data["image/svg+xml"] = portable_svg("".join(data["image/svg+xml"]))
            if re.search("<(audio|input|button|select|script)", "".join(data.get("text/html", ""))):
                del data["text/html"]
                if sound := re.match(r"<sound \S+ ([\d.]+) s>", "".join(data["text/plain"])):
                    data["text/plain"] = WORDS[app.config.edition]["sound"].format(seconds=sound[1])
    source[0] = json.dumps(notebook)


def portable_svg(svg):
    """The picture without what EPUB forbids: a document type, and matplotlib's glyphs without an outline, its spaces."""
    return re.sub(r'(<path(?![^>]* d=)[^>]*?) ?/>', r'\1 d=""/>', re.sub(r"<!DOCTYPE[^>]*>\s*", "", svg))


def simplify_page(app, pagename, templatename, context, doctree):
    """Open what is folded, and leave out the style of myst-nb, which is made for the screen."""
    context["css_files"] = [file for file in context["css_files"] if "mystnb" not in str(file.filename)]
    if "body" in context:
        context["body"] = re.sub(r"<details\b(?![^>]*\bopen\b)", '<details open="open"', context["body"])


class EpubBuilder(Epub3Builder):
    """Sphinx's, which names neither the language of a page nor, in the list of files, those with MathML."""

    def init(self):
        super().init()
        language = self.config.epub_language
        self.html_tag = self.html_tag.replace("<html ", f'<html lang="{language}" xml:lang="{language}" ', 1)

    def build_content(self):
        super().build_content()
        listing = Path(self.outdir) / "content.opf"
        def declare(item):
            has_mathml = "<math " in (Path(self.outdir) / item[1]).read_text(encoding="utf-8")
            return item[0] + (' properties="mathml"' if has_mathml else "")
        listing.write_text(re.sub(r'href="([^"]+\.xhtml)" media-type="application/xhtml\+xml"(?! properties)', declare,
                                  listing.read_text(encoding="utf-8")), encoding="utf-8")


# The PDF

def join_pages(folder, edition):
    """Write the pages of an unpacked EPUB as one, `book.html` beside them, with a title page and a table of contents.

    Returns its path. Identifiers get their page's number as a prefix, links between pages lead to it, headings go down
    to their level in the book.
    """
    listing = ElementTree.parse(folder / "content.opf")
    namespace = {"": "http://www.idpf.org/2007/opf", "dc": "http://purl.org/dc/elements/1.1/"}
    files = {item.get("id"): unquote(item.get("href")) for item in listing.iterfind("manifest/item", namespace)}
    spine = [files[item.get("idref")] for item in listing.iterfind("spine/itemref", namespace)]
    names = {name: f"p{number}" for number, name in enumerate(spine)}
    title, language = listing.findtext(".//dc:title", "", namespace), listing.findtext(".//dc:language", "", namespace)
    articles, contents, headers = [], [], []
    for name in spine:
        body = BeautifulSoup((folder / name).read_text(encoding="utf-8"), "html.parser").select_one("[role=main]")
        level = 1 if re.match(r"\d+\.\d+\.\d+", posixpath.basename(name)) else 0
        join_page(body, name, names, level)
        heading = body.find(["h1", "h2"])
        running = heading.get_text(" " if heading.find("math") else "", strip=True)
        articles.append(f'<article id="{names[name]}" style="page: {names[name]}">{body.decode_contents()}</article>')
        contents.append(f'<li class="level{level}"><a href="#{names[name]}"><span>{heading.decode_contents()}</span></a></li>')
        headers.append(f"@page {names[name]} {{ @top-center {{ content: {json.dumps(running, ensure_ascii=False)} }} }}")
    words = WORDS[edition]
    font = (HERE.parent / "static" / "stix-two-math.woff").as_uri()
    styles = [(folder / "_static" / "pygments.css").read_text(encoding="utf-8"), f'@font-face {{ font-family: "Book Math"; src: url("{font}"); }}',
              (HERE / "pdf.css").read_text(encoding="utf-8"), *headers]
    (folder / "book.html").write_text(f"""<!DOCTYPE html>
<html lang="{language}"><head><meta charset="utf-8"><title>{html.escape(title)}</title>
<style>{chr(10).join(styles)}</style>
</head>
<body><header><img src="{(HERE.parent / "static" / "logo.svg").as_uri()}" alt=""><h1>{html.escape(title)}</h1>
<p>{words["licence"]}</p></header>
<nav><h2>{words["contents"]}</h2><ol>{"".join(contents)}</ol></nav>
{"".join(articles)}</body></html>
""", encoding="utf-8")
    return folder / "book.html"


def join_page(body, name, names, level):
    """Change a page's addresses and headings to those in the joined book."""
    page = names[name]
    for tag in body.find_all(id=True):
        tag["id"] = f"{page}-{tag['id']}"
    for link in body.find_all("a", href=True):
        parts = urlsplit(link["href"])
        if not parts.scheme and not parts.netloc:
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(parts.path))) if parts.path else name
            link["href"] = f"#{names[target]}-{parts.fragment}" if parts.fragment else f"#{names[target]}"
    for image in body.find_all("img", src=True):
        image["src"] = posixpath.normpath(posixpath.join(posixpath.dirname(name), image["src"]))
    for heading in body.find_all(re.compile("^h[1-5]$")):
        heading.name = f"h{int(heading.name[1]) + level}"
    for code in body.select("pre"):
        if code.get_text().count("\n") > 25:
            code["class"] = "long"


def write_pdf(browser, page, out):
    """Print `page` into `out` with Chromium: once to learn on which pages things are, once with their numbers."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        tab = chromium.new_page()
        tab.set_default_timeout(600_000)
        tab.goto(page.as_uri())
        tab.evaluate("document.fonts.ready")
        numbers = page_numbers(tab.pdf(prefer_css_page_size=True, tagged=False))
        tab.evaluate("""numbers => document.querySelectorAll("nav a").forEach(
            link => link.dataset.page = numbers[link.hash.slice(1)])""", numbers)
        pdf = tab.pdf(prefer_css_page_size=True, print_background=True, outline=True, tagged=True)
        chromium.close()
    if page_numbers(pdf) != numbers:
        raise PrintError("The page numbers in the table of contents moved the pages that they count.")
    out.write_bytes(pdf)


def page_numbers(pdf):
    """{name of a destination: number of its page} in a PDF as Chromium writes it."""
    text = pdf.decode("latin-1")
    pages = [int(number) for number in re.findall(r"(\d+) 0 obj\s*<</Type /Page\s", text)]
    return {name: pages.index(int(number)) + 1 for name, number in re.findall(r"/(p\d[\w.-]*) \[(\d+) 0 R /XYZ", text)}


# Links to other sites

def check_links(root):
    """Try every external link of both editions; returns the failures and the number of links tried.

    A failure is (page, address, "dead" or "unreachable", reason): dead if a server answered that there is no such page,
    unreachable if none answered. PrintError if no server at all answered: then there is no network.
    """
    root = Path(root).resolve()
    work = {edition: root / "_build" / "links" / edition for edition in site.EDITIONS}
    checks = {edition: start(root, root / "chapters", edition, work[edition], "linkcheck") for edition in site.EDITIONS}
    failures, tried = [], 0
    for edition, check in checks.items():
        said, _ = check.communicate()
        report = work[edition] / "linkcheck" / "output.json"
        if not report.exists():
            raise PrintError(f"chapters/{edition} cannot be read:\n{said}")
        for link in map(json.loads, report.read_text(encoding="utf-8").splitlines()):
            if re.match("https?:", link["uri"]) and link["status"] in ("broken", "timeout", "working", "redirected"):
                tried += 1
                if link["status"] in ("broken", "timeout"):
                    answered = re.match(r"\d{3} |Anchor ", link["info"])
                    where = f"chapters/{edition}/{link['filename']}".replace(".ipynb", ".md")
                    failures.append((where, link["uri"], "dead" if answered else "unreachable", link["info"]))
    if failures and len(failures) == tried and all(kind == "unreachable" for _, _, kind, _ in failures):
        raise PrintError(f"No network: none of the {tried} links to other sites could be reached, so none was checked.")
    return failures, tried


def setup(app):
    app.add_config_value("edition", "", "html")
    app.add_config_value("editions", {}, "html")
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
    app.add_builder(EpubBuilder, override=True)
    app.connect("source-read", show_everything)
    app.connect("doctree-resolved", label_figures)
    app.connect("doctree-resolved", close_up)
    app.connect("doctree-resolved", glue_punctuation)
    app.connect("html-page-context", simplify_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
