"""What the book adds to its theme: a Sphinx extension, named in `_config.yml`."""
import gettext
import html
import json
import os
import posixpath
import re
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from docutils import nodes
from sphinx.locale import translators
from sphinx.search.en import SearchEnglish

HERE = Path(__file__).resolve().parent
CONTROLS = HERE / "static" / "controls"
MATHJAX = Path(find_spec("sphinx-mathjax-offline").origin).parent / "static" / "mathjax" / "tex-svg.js"
EDITIONS = {"en": ("English", "en"), "zh": ("中文", "zh-CN")}
FOLD = {                          # heading where the solution begins: what opens it, a hint, the label of its box
    "Answer": ("Answer and solution", "Try it yourself first.", "Always show solutions"),
    "答案": ("答案与解答", "请先自己试一试。", "总是显示解答"),
}
CHINESE = {                       # where the theme's own catalogues have no translation or a poor one
    "Announcement": "公告",
    "Back to top": "回到顶部",
    "Color mode": "配色",
    "Contents": "本页目录",
    "Dark": "深色",
    "Launch interactive content": "在线运行",
    "Launch on": "在线运行：",
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


class Search(SearchEnglish):
    """English words by stem; Chinese by single characters and pairs of neighbours, in the index and in the query.

    Sphinx's own Chinese search segments the text by a dictionary but leaves the query whole, so that it finds only
    what is a word in that dictionary: 平移不变性 it does not find.
    """
    lang = "zh"
    language_name = "Chinese and English"
    js_splitter_code = """
function splitQuery(query) {
  const terms = [];
  for (const run of query.match(/[\\u3400-\\u9fff]+|[^\\u3400-\\u9fff]+/g) || []) {
    if (run.match(/[\\u3400-\\u9fff]/) === null)
      terms.push(...(run.match(/[\\p{Letter}\\p{Number}_]+/gu) || []));
    else if (run.length === 1)
      terms.push(run);
    else
      for (const i of run.slice(1).split("").keys()) terms.push(run.slice(i, i + 2));
  }
  return terms;
}
"""

    def split(self, input):
        words = []
        for run in re.findall(r"[\u3400-\u9fff]+|[^\W\u3400-\u9fff]+", input):
            if re.match(r"[\u3400-\u9fff]", run):
                words += [*run, *map("".join, zip(run, run[1:]))]
            else:
                words.append(run)
        return words


class Translations(gettext.NullTranslations):
    """`CHINESE` before what the catalogue says."""
    def __init__(self, catalogue):
        super().__init__()
        self.add_fallback(catalogue)

    def gettext(self, message):
        return CHINESE.get(message) or super().gettext(message)


def configure(app, config):
    config.templates_path.insert(0, str(HERE / "templates"))
    config.html_static_path += [str(HERE / "static"), str(MATHJAX)]
    config.html_css_files += ["book.css"]
    config.mathjax_path = MATHJAX.name
    if "GITHUB_REPOSITORY" in os.environ:
        config.html_theme_options["repository_url"] = f"https://github.com/{os.environ['GITHUB_REPOSITORY']}"
    if config.edition == "zh":
        for catalog in ("sphinx", "booktheme"):
            translators["general", catalog] = Translations(translators["general", catalog])
        app.translator = translators["general", "sphinx"]           # what the templates use

PRACTICE = {
    "en": "Try it yourself first: [open the practice notebook on Colab]({url}).",
    "zh": "先自己做一做：[在 Colab 上打开练习本]({url})。",
}
RUNNING_TIME = {
    "en": "Running all code of this page took {minutes} minutes when the site was built ({device}).",
    "zh": "构建本站时，运行本页的全部代码用了 {minutes} 分钟（{device}）。",
}
THREADS = {"en": lambda n: f"CPU, {n} thread{'s' * (n > 1)}", "zh": lambda n: f"CPU，{n} 线程"}


def edit_notebook(app, docname, source):
    """What the site adds to a notebook before it is read."""
    if app.env.doc2path(docname).endswith(".ipynb"):
        notebook = json.loads(source[0])
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                fold_plotting_code(cell)
                place_controls(cell)
                name_sounds(cell)
        lead_to_practice(app, docname, notebook)
        source[0] = json.dumps(notebook)


def fold_plotting_code(cell):
    """Fold the code of a cell tagged `figure` away; one click shows it."""
    tags = cell["metadata"].get("tags", [])
    if "figure" in tags:
        tags.append("hide-input")


def place_controls(cell):
    """Below each figure that has a control, `static/controls/<figure>.js`, the place where its script draws it."""
    outputs = []
    for output in cell["outputs"]:
        outputs.append(output)
        figure = re.fullmatch("<figure (.+)>", "".join(output.get("data", {}).get("text/plain", "")))
        if figure and (CONTROLS / f"{figure[1]}.js").exists():
            place = f'<div class="control" data-control="{figure[1]}"></div>'
            outputs.append({"output_type": "display_data", "data": {"text/html": place}, "metadata": {}})
    cell["outputs"] = outputs


def name_sounds(cell):
    """Give each player the name that its cell has for it in this edition, for eyes and for screen readers."""
    names = iter(cell["metadata"].get("sounds", []))
    for output in cell["outputs"]:
        player = "".join(output.get("data", {}).get("text/html", ""))
        if "<audio" in player and (name := html.escape(next(names, ""))):
            player = re.sub('aria-label="[^"]*"', lambda _: f'aria-label="{name}"', player)
            output["data"]["text/html"] = f'<figure class="sound">{player}<figcaption>{name}</figcaption></figure>'


def load_controls(app, pagename, templatename, context, doctree):
    """The scripts of the controls of this page; a page without controls loads none."""
    names = re.findall(r'data-control="([^"]+)"', context.get("body", ""))
    if names:
        app.add_css_file("controls.css")
        for script in ["controls.js", *[f"controls/{name}.js" for name in names]]:
            app.add_js_file(script, loading_method="defer")


def lead_to_practice(app, docname, notebook):
    """Below the question, a link to the practice notebook on Colab and, where a page trains, how long it ran in the build."""
    place = re.search(r"(en|zh)/(\S+/\d+\.\d+\.\d+-\S+)$", f"{app.config.edition}/{docname}")
    if place:
        edition, page = place.groups()
        options = app.config.html_theme_options
        tags = {tag for cell in notebook["cells"] for tag in cell["metadata"].get("tags", [])}
        repository = f"{urlsplit(options['repository_url']).path.strip('/')}/blob/{options['repository_branch']}"
        lines = []
        if "check" in tags:
            url = f"{options['launch_buttons']['colab_url']}/github/{repository}/practice/{edition}/{page}.ipynb"
            lines.append(PRACTICE[edition].format(url=url))
        run = notebook["metadata"].get("d2l_solutions", {}).get("run")
        if "train" in tags and run:
            device = "GPU" if run["device"] == "cuda" else THREADS[edition](run["threads"])
            lines.append(RUNNING_TIME[edition].format(minutes=max(1, round(run["seconds"] / 60)), device=device))
        for cell in notebook["cells"]:
            if cell["cell_type"] == "markdown":
                text = "".join(cell["source"])
                cell["source"] = re.sub(r"^(?=## (Answer|答案)$)", lambda _: "\n\n".join(lines) + "\n\n", text, count=1, flags=re.M)


def fold_solution(app, doctree, docname):
    """Put all that follows the exercise into a <details>, open until its script has run: see static/fold.js."""
    answer = next((section for section in doctree.findall(nodes.section) if section[0].astext() in FOLD), None)
    if answer and app.builder.name == "html":
        name, hint, always = FOLD[answer[0].astext()]
        script = (HERE / "static" / "fold.js").read_text(encoding="utf-8")
        opening = (f'<details class="solution" open>\n<summary>{name} <span class="hint pst-js-only">{hint}</span></summary>\n'
                   f'<label class="pst-js-only"><input type="checkbox"> {always}</label>\n<script>\n{script}</script>\n')
        page = answer.parent
        page.insert(page.index(answer), nodes.raw("", opening, format="html"))
        page.append(nodes.raw("", "</details>\n", format="html"))


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


def link_other_edition(app, pagename, templatename, context, doctree):
    """The address of this page in the other edition, relative, for templates/language-switch.html."""
    here = f"{app.config.edition}/{pagename}.html" if app.config.edition else f"{pagename}.html"
    mine = re.search(r"\b(en|zh)/", here)
    if mine:
        other = {"en": "zh", "zh": "en"}[mine[1]]
        there = f"{here[:mine.start(1)]}{other}{here[mine.end(1):]}"
        name, language = EDITIONS[other]
        context["other_edition"] = {"url": posixpath.relpath(there, posixpath.dirname(here)), "name": name,
                                    "language": language}


def setup(app):
    app.add_config_value("editions", {}, "html")
    app.add_config_value("edition", "", "html")
    app.add_search_language(Search)
    app.connect("config-inited", configure)
    app.connect("source-read", edit_notebook)
    app.connect("html-page-context", load_controls)
    app.connect("doctree-resolved", fold_solution)
    app.connect("html-page-context", link_other_edition)
    app.connect("html-page-context", name_toggles, priority=900)     # after the theme's own
    return {"parallel_read_safe": True, "parallel_write_safe": True}
