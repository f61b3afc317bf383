"""What is known of each exercise in a line, `chapters/{en,zh}/cards.yml`: the landing page's cards, the head and description of a page."""
import functools
import html
import json
import re
import time
from pathlib import Path

import yaml
from docutils import nodes

from bookbuild.formulas import text_html
from bookbuild.repository import exercise_number

BOOKS = {                         # section: its page in both editions of the book, its titles there
    "6.1": ("why-conv", "From Fully Connected Layers to Convolutions", "从全连接层到卷积"),
    "6.2": ("conv-layer", "Convolutions for Images", "图像卷积"),
    "6.3": ("padding-and-strides", "Padding and Stride", "填充和步幅"),
    "6.4": ("channels", "Multiple Input and Multiple Output Channels", "多输入多输出通道"),
    "6.5": ("pooling", "Pooling", "汇聚层"),
    "6.6": ("lenet", "Convolutional Neural Networks (LeNet)", "卷积神经网络（LeNet）"),
}
ZH, EN = "https://zh.d2l.ai/chapter_convolutional-neural-networks/{}.html", "https://d2l.ai/chapter_convolutional-neural-networks/{}.html"
WORDS = {
    "en": {"book": "In the book: ", "zh": "{section} (Chinese edition)", "en": "{section} {title}, exercise {number}", "none": "{section} {title} (without this exercise)",
           "from": "From exercise", "start": "Start with 6.1.1", "find": "Find my exercise", "label": "Number in either edition, or words", "example": "6.5.4, 7.5.4 or pooling", "all": "all {n} exercises",
           "found": "{n} found", "checks": "{n} checks", "check": "1 check", "refuted": "{n} wrong answers refuted", "one": "1 wrong answer refuted",
           "moves": "something to move", "trains": "trained", "english": "English edition {number}", "nowhere": "not in the English edition",
           "build": "Last build, {date}: {pages} pages run as accepted, {checks} checks passed, {refuted} wrong answers refuted by a counterexample.",
           "report": "Build report", "downloads": "The whole book: "},
    "zh": {"book": "书中对应：", "zh": "{section} {title}", "en": "英文版 {section}，练习 {number}", "none": "英文版 {section}（没有这道题）",
           "from": "取自练习", "start": "从 6.1.1 开始", "find": "查找习题", "label": "中文版或英文版编号，或者关键词", "example": "6.5.4、7.5.4 或汇聚", "all": "全部 {n} 题",
           "found": "找到 {n} 题", "checks": "{n} 项检验", "check": "1 项检验", "refuted": "驳倒 {n} 个错误答案", "one": "驳倒 1 个错误答案",
           "moves": "可以动手调", "trains": "有训练", "english": "英文版 {number}", "nowhere": "英文版没有",
           "build": "最近一次构建：{date}，{pages} 页与认可的结果一致，{checks} 项检验通过，{refuted} 个错误答案被反例驳倒。",
           "report": "构建报告", "downloads": "全书下载："},
}
MOVING = "6.3.1-coverage"         # the control on the landing page
CONTROLS = Path(__file__).resolve().parent / "static" / "controls"


@functools.cache
def read(folder):
    """{number: {"english", "question", "answer"}} of the edition in this folder; {} if it has no cards."""
    file = Path(folder) / "cards.yml"
    return {str(key): card for key, card in yaml.safe_load(file.read_text(encoding="utf-8")).items()} if file.exists() else {}


def plain(text):
    """A line of a card without its mark-up, for attributes."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text_html(text))).strip()


def link_book(app, doctree, docname):
    """Under the title of an exercise, the section and the exercise in both editions of the book."""
    number, cards = exercise_number(docname), read(app.srcdir)
    if app.builder.name != "html" or number not in cards:
        return
    section, words, english = number[:3], WORDS[app.config.edition], cards[number]["english"]
    page, title, chinese_title = BOOKS[section]
    chinese = words["zh"].format(section=section, title=chinese_title)
    there = words["none" if english == "none" else "en"].format(section=f"7{section[1:]}", title=title, number=english)
    links = [f'<a href="{ZH.format(page)}">{chinese}</a>', f'<a href="{EN.format(page)}">{there}</a>']
    title = next(doctree.findall(nodes.title))
    line = f'<p class="book-links interface">{words["book"]}{" · ".join(links[::1 if app.config.edition == "zh" else -1])}</p>'
    title.parent.insert(1, nodes.raw("", line, format="html"))


def counts(file):
    """{"checks", "refuted"} and whether it trains, of an executed notebook."""
    cells = [cell for cell in json.loads(file.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    tags = [set(cell["metadata"].get("tags", [])) for cell in cells]
    printed = "".join("".join(output.get("text", "")) for cell in cells for output in cell["outputs"])
    return {"checks": sum("check" in tag for tag in tags), "refuted": len(re.findall("Refuted: |驳倒：", printed)),
            "trains": any("train" in tag for tag in tags)}


def landing(app, docname, source):
    """The start of the edition: two ways in, numbers of the build, a card for each exercise."""
    cards = read(app.srcdir)
    if docname != "index" or not cards:
        return
    words, edition = WORDS[app.config.edition], app.config.edition
    files = {exercise_number(file.stem): file for file in Path(app.srcdir).glob("*/*.ipynb")}
    found = {number: counts(files[number]) for number in cards if number in files}
    first = page_of(app, files["6.1.1"])
    numbers = {"pages": len(found), "checks": sum(count["checks"] for count in found.values()),
               "refuted": sum(count["refuted"] for count in found.values()), "date": time.strftime("%Y-%m-%d", time.gmtime())}
    ways = (f'<div class="ways-in"><a class="start" href="{first}">{words["start"]}</a><form class="find pst-js-only" role="search">'
            f'<label for="find">{words["find"]}</label><input id="find" type="search" placeholder="{words["example"]}" aria-describedby="find-help" autocomplete="off">'
            f'<span id="find-help">{words["label"]} · <output for="find" data-all="{words["all"]}" data-found="{words["found"]}">{words["all"].format(n=len(found))}</output></span></form></div>')
    build = f'{words["build"].format(**numbers)} <a href="build-report.html">{words["report"]}</a>'
    if app.config.downloads:
        build += f'<br>{words["downloads"]}' + " ".join(f'<a href="{file}" download>{Path(file).suffix[1:].upper()}</a>' for file in app.config.downloads)
    build = f'<p class="last-build">{build}</p>'
    moving = (f'<div class="moving"><p class="from">{words["from"]} <a href="{page_of(app, files[MOVING[:5]])}">{MOVING[:5]}</a></p>'
              f'<div class="control" data-control="{MOVING}"></div></div>')
    sections = []
    for section, (_, title, chinese_title) in BOOKS.items():
        mine = [card(app, words, number, cards[number], files[number], found[number]) for number in found if number.startswith(section + ".")]
        name = chinese_title if edition == "zh" else title
        if mine:
            index = page_of(app, files[section + ".1"].parent / "index")
            sections.append(f'<h2 id="s{section}"><a href="{index}">{section} {name}</a></h2><ul class="cards">{"".join(mine)}</ul>')
    places = {"<!-- ways in -->": ways + build, "<!-- something that moves -->": moving, "<!-- cards -->": "".join(sections)}
    for mark, content in places.items():
        source[0] = source[0].replace(mark, content)


def page_of(app, file):
    return f"{file.relative_to(app.srcdir).with_suffix('')}.html" if file.suffix else f"{file.relative_to(app.srcdir)}.html"


def card(app, words, number, entry, file, count):
    english = entry["english"]
    badges = [words["check"] if count["checks"] == 1 else words["checks"].format(n=count["checks"])]
    if count["refuted"]:
        badges.append(words["one"] if count["refuted"] == 1 else words["refuted"].format(n=count["refuted"]))
    if count["trains"]:
        badges.append(words["trains"])
    if any(CONTROLS.glob(f"{number}-*.js")):
        badges.append(words["moves"])
    there = words["nowhere"] if english == "none" else words["english"].format(number=english)
    title = json.loads(file.read_text(encoding="utf-8"))["cells"][0]["source"]
    title = "".join(title).splitlines()[0].removeprefix("# ").removeprefix(number).strip()
    return (f'<li class="card-exercise" data-numbers="{number} {english}" data-words="{html.escape(plain(title).lower())}">'
            f'<a href="{page_of(app, file)}"><span class="numbers"><strong>{number}</strong> <span>{there}</span></span>'
            f'<span class="question">{text_html(entry["question"])}</span></a><p>{text_html(entry["answer"])}</p>'
            f'<p class="badges">{"".join(f"<span>{badge}</span>" for badge in badges)}</p></li>')


def always_read(app, env, added, changed, removed):
    """The landing page counts what is on the others."""
    return ["index"] if read(app.srcdir) and "index" in env.found_docs else []
