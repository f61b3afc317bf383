"""What the book adds to its theme: a Sphinx extension, named in `_config.yml`."""
import gettext
import posixpath
import re
from pathlib import Path

from bs4 import BeautifulSoup
from docutils import nodes
from sphinx.locale import translators

from bookbuild import cards, cells, figures, formulas, repository
from bookbuild.search import Search

HERE = Path(__file__).resolve().parent
EDITIONS = {"en": ("English", "en"), "zh": ("中文", "zh-CN")}
FOLD = {                          # heading where the solution begins: what opens it, a hint, the label of its box
    "Answer": ("Answer and solution", "Open it when you have an answer of your own.", "Always show solutions"),
    "答案": ("答案与解答", "有了自己的答案再打开。", "总是显示解答"),
}
FURTHER = {"Further": ("Beyond the exercise", "For those who want more."), "延伸": ("题目之外", "供想多了解一些的读者。")}
FOOTER = {
    "en": {"version": "Version {version}", "commit": "commit {commit} of {day}", "changed": ", changed since", "cite": "How to cite", "error": "Report an error on this page"},
    "zh": {"version": "版本 {version}", "commit": "提交 {commit}，{day}", "changed": "，之后有改动", "cite": "如何引用", "error": "报告本页的错误"},
}
CHINESE = {                       # where the theme's own catalogues have no translation or a poor one
    "Announcement": "公告",
    "Back to top": "回到顶部",
    "Color mode": "配色",
    "Contents": "本页目录",
    "Dark": "深色",
    "Launch interactive content": "在线运行",
    "Launch on": "在线运行",
    "Light": "浅色",
    "Link to this code": "此代码的链接",
    "Link to this equation": "此公式的链接",
    "Link to this heading": "此标题的链接",
    "Link to this image": "此图的链接",
    "Link to this table": "此表的链接",
    "On this page": "本页目录",
    "Print to PDF": "打印为 PDF",
    "Search": "搜索",
    "Site navigation": "网站导航",
    "Skip to main content": "跳到正文",
    "Source repository": "代码仓库",
    "System Settings": "跟随系统",
    "Toggle primary sidebar": "显示或隐藏全书目录",
    "Toggle secondary sidebar": "显示或隐藏本页目录",
    "Version warning": "版本提示",
    "logo": "标志",
    "next": "下一页",
    "next page": "下一页",
    "previous": "上一页",
    "previous page": "上一页",
}


class Translations(gettext.NullTranslations):
    """`CHINESE` before what the catalogue says."""
    def __init__(self, catalogue):
        super().__init__()
        self.add_fallback(catalogue)

    def gettext(self, message):
        return CHINESE.get(message) or super().gettext(message)


def configure(app, config):
    config.templates_path.insert(0, str(HERE / "templates"))
    config.html_static_path += [str(HERE / "static")]
    config.html_css_files += ["book.css", "icons.css"]
    config.html_js_files += [("scroll.js", {"defer": "defer"})]
    options = config.html_theme_options
    address = repository.address(options.get("repository_url"))
    options["repository_url"] = address or ""
    if not address:                              # nowhere to lead to
        options |= {"launch_buttons": {}, "use_repository_button": False}
    config.html_baseurl = repository.site_address(address) or ""
    if config.edition == "zh":
        for catalog in ("sphinx", "booktheme"):
            translators["general", catalog] = Translations(translators["general", catalog])
        app.translator = translators["general", "sphinx"]           # what the templates use


def load_scripts(app, pagename, templatename, context, doctree):
    """The scripts of what is on this page: its controls, its drawings, the finding of exercises; a page without them loads none."""
    body = context.get("body", "")
    names = re.findall(r'data-control="([^"]+)"', body)
    if names:
        app.add_css_file("controls.css")
    scripts = (["controls.js"] if names else []) + [f"controls/{name}.js" for name in names]
    scripts += [script for script, mark in (("figures.js", 'class="enlarge'), ("landing.js", 'class="find')) if mark in body]
    for script in scripts:
        app.add_js_file(script, loading_method="defer")


def link_arxiv(app, doctree):
    """References such as arXiv:1502.01852 as links."""
    for text in list(doctree.findall(nodes.Text)):
        node = text
        while (node := node.parent) and not isinstance(node, (nodes.reference, nodes.literal, nodes.literal_block, nodes.raw)):
            pass
        parts = re.split(r"\b(arXiv:\s?\d{4}\.\d{4,5})", text)
        if node is None and len(parts) > 1:
            text.parent.replace(text, [nodes.reference("", part, refuri=f"https://arxiv.org/abs/{part.split(':')[1].strip()}", internal=False)
                                       if i % 2 else nodes.Text(part) for i, part in enumerate(parts) if part])


def fold_solution(app, doctree, docname):
    """Put all that follows the exercise into a <details>, what goes beyond it into another: open until its script has run."""
    answer = next((section for section in doctree.findall(nodes.section) if section[0].astext() in FOLD), None)
    if answer and app.builder.name == "html":
        name, hint, always = FOLD[answer[0].astext()]
        page = answer.parent
        fold(page, answer, page[-1], "solution", name, hint, f'<label class="pst-js-only"><input type="checkbox"> {always}</label>\n')
        if further := next((section for section in page.findall(nodes.section) if section[0].astext() in FURTHER), None):
            fold(page, further, further, "further", *FURTHER[further[0].astext()])


def fold(page, first, last, kind, name, hint, label=""):
    script = (HERE / "static" / "fold.js").read_text(encoding="utf-8")
    opening = (f'<details class="fold {kind}" open>\n<summary>{name} <span class="hint pst-js-only">{hint}</span></summary>\n'
               f'{label}<script>\n{script}</script>\n')
    page.insert(page.index(last) + 1, nodes.raw("", "</details>\n", format="html"))
    page.insert(page.index(first), nodes.raw("", opening, format="html"))


def name_toggles(app, pagename, templatename, context, doctree):
    """Name what opens and closes after what it opens: triangles in the table of contents, folded code by its own words."""
    context["body"] = context.get("body", "").replace(' aria-label="Toggle hidden content"', "")
    generate = context["generate_toctree_html"]

    def named(*args, **options):
        toctree = generate(*args, **options)
        for summary in getattr(toctree, "select", lambda _: [])("li.has-children > details > summary"):
            summary["aria-label"] = summary.find_parent("li").a.get_text()
        return toctree

    context["generate_toctree_html"] = named


def stack_tables(app, pagename, templatename, context, doctree):
    """Tables of sentences are stacked on a phone, every cell under the head of its column: see book.css."""
    body = context.get("body", "")
    def stacked(match):
        table = BeautifulSoup(match[0], "html.parser").table
        heads = [head.get_text() for head in table.select("thead th")]
        cells = table.select("tbody td")
        if len(heads) < 3 or not cells or sum(len(cell.get_text()) for cell in cells) < 15 * len(cells):
            return match[0]
        table["class"] = [*table.get("class", []), "stacked"]
        for i, cell in enumerate(cells):
            cell["data-head"] = heads[i % len(heads)]
        return str(table)
    context["body"] = re.sub(r"<table class=\"[^\"]*\btable\b.*?</table>", stacked, body, flags=re.S)


def describe_page(app, pagename, templatename, context, doctree):
    """For the head and the foot of a page: the other edition, its description, its addresses, the version, where to report errors."""
    edition = app.config.edition
    here = f"{edition}/{pagename}.html" if edition else f"{pagename}.html"
    mine = re.search(r"\b(en|zh)/", here)
    if not mine:
        return
    other = {"en": "zh", "zh": "en"}[mine[1]]
    there = f"{here[:mine.start(1)]}{other}{here[mine.end(1):]}"
    name, language = EDITIONS[other]
    context["other_edition"] = {"url": posixpath.relpath(there, posixpath.dirname(here)), "name": name, "language": language}
    base = app.config.html_baseurl
    context["canonical"] = base and base + here
    context["alternates"] = [(EDITIONS[mine[1]][1], base + here if base else posixpath.basename(here)),
                             (language, base + there if base else context["other_edition"]["url"])]
    context["pageurl"] = None                    # Sphinx's own canonical address leaves the edition out
    card = cards.read(app.srcdir).get(repository.exercise_number(pagename))
    context["description"] = cards.plain(f"{card['question']} {card['answer']}") if card else first_paragraph(doctree)
    version, commit, day, changed = repository.revision(HERE.parent)
    words, up = FOOTER[mine[1]], "../" * here.count("/")
    foot = ([words["version"].format(version=version)] if version else []) + (
        [words["commit"].format(commit=commit, day=day) + (words["changed"] if changed else "")] if commit else [])
    links = [(words["cite"], f"{up}CITATION.cff")]
    if address := app.config.html_theme_options["repository_url"]:
        links.append((words["error"], repository.report_error(address, here, " ".join([version, commit]).strip())))
    context |= {"foot": foot, "foot_links": links}
    if pagename == "search":
        context["english_numbers"] = {number: card["english"] for number, card in cards.read(app.srcdir).items()}


def first_paragraph(doctree):
    paragraph = next(doctree.findall(nodes.paragraph), None) if doctree else None
    text = re.sub(r"\s+", " ", paragraph.astext()).strip() if paragraph else ""
    return text if len(text) < 300 else text[:297] + "..."


def setup(app):
    app.add_config_value("editions", {}, "html")
    app.add_config_value("edition", "", "html")
    app.add_config_value("downloads", [], "html")
    app.add_search_language(Search)
    formulas.setup(app)
    app.connect("config-inited", configure)
    app.connect("env-get-outdated", cards.always_read)
    app.connect("source-read", cells.edit_notebook)
    app.connect("source-read", cards.landing)
    app.connect("doctree-read", link_arxiv)
    app.connect("doctree-resolved", cards.link_book)
    app.connect("doctree-resolved", figures.label_figures)
    app.connect("doctree-resolved", figures.inline_figures)
    app.connect("doctree-resolved", fold_solution)
    app.connect("html-page-context", load_scripts)
    app.connect("html-page-context", stack_tables)
    app.connect("html-page-context", describe_page)
    app.connect("html-page-context", name_toggles, priority=900)     # after the theme's own
    return {"parallel_read_safe": True, "parallel_write_safe": True}
