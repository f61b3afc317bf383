"""The site that `make book` rendered, as its readers meet it: every page in a browser, and what they do there."""
import functools
import gzip
import http.server
import io
import re
import threading
from importlib.util import find_spec
from pathlib import Path

import pytest
from playwright.sync_api import expect

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "_build" / "html"
PAGES = sorted(file.relative_to(SITE).as_posix() for file in SITE.glob("*/**/*.html") if "_static" not in file.parts)
EXERCISE = "6.3-padding-and-stride/6.3.1-output-shape.html"
KINDS = ["index.html", "6.3-padding-and-stride/index.html", EXERCISE, "glossary.html", "build-report.html", "search.html"]
FIGURES = "6.6-lenet/6.6.4-activations.html"
EDITIONS = {"en": {"fold": "Answer and solution", "always": "Always show solutions", "answer": "Answer", "check": "Check", "further": "Further"},
            "zh": {"fold": "答案与解答", "always": "总是显示解答", "answer": "答案", "check": "检验", "further": "延伸"}}
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
AXE = (Path(find_spec("axe_playwright_python").origin).parent / "axe.min.js").read_text(encoding="utf-8")
expect.set_options(timeout=20_000)
WIDTHS = (360, 768, 1440)

# axe takes a second for a thousand elements: it sees one token of each kind in each kind of cell, and neither the inside of a
# drawing, which is one image to it, nor that of a formula. Colours are final at once.
THIN = """() => {
  const seen = new Set();
  for (const token of document.querySelectorAll("pre span")) {
    const kind = [token.className, token.closest("div.cell")?.className, !!token.closest(".cell_output")].join();
    if (seen.has(kind)) token.replaceWith(...token.childNodes); else seen.add(kind);
  }
  document.querySelectorAll(".drawing svg > *, math > *").forEach(part => part.remove());
}"""
VIOLATIONS = """async rules => (await axe.run(document, {runOnly: rules, resultTypes: ["violations"], preload: false})).violations
  .flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.target}: ${node.failureSummary}`))"""


# What is wrong with the words of drawings: written over each other, over the frame of the axes, out of the drawing.
COLLISIONS = """() => [...document.querySelectorAll(".drawing-frame > svg")].flatMap(svg => {
  const box = part => part.getBoundingClientRect(), shared = (a, b, low, high) => Math.min(a[high], b[high]) - Math.max(a[low], b[low]);
  const outer = box(svg), texts = [...svg.querySelectorAll("text")], found = [];
  const frames = [...svg.querySelectorAll('path[style*="linejoin: miter"][style*="linecap: square"]')].map(box);
  texts.forEach((text, i) => {
    const own = box(text), said = `${svg.closest("figure").id}: ${text.textContent.trim()}`;
    if (own.left < outer.left - 1 || own.right > outer.right + 1 || own.top < outer.top - 1 || own.bottom > outer.bottom + 1) found.push(`${said} is cut off`);
    for (const other of texts.slice(i + 1))
      if (shared(own, box(other), "left", "right") > 1 && shared(own, box(other), "top", "bottom") > 3) found.push(`${said} is under ${other.textContent.trim()}`);
    if (frames.some(line => line.height < 3 ? shared(own, line, "left", "right") > 3 && line.top > own.top + 3 && line.bottom < own.bottom - 3
                                            : shared(own, line, "top", "bottom") > 3 && line.left > own.left + 2 && line.right < own.right - 2))
      found.push(`${said} stands on the frame`);
  });
  return found;
})"""


@pytest.fixture(scope="module")
def site():
    """The site's address, served from here, texts compressed as every host serves them."""
    class Handler(http.server.SimpleHTTPRequestHandler):
        def send_head(self):
            file = Path(self.translate_path(self.path))
            if not file.is_file() or file.suffix not in (".html", ".css", ".js", ".svg"):
                return super().send_head()
            content = gzip.compress(file.read_bytes(), 6)
            self.send_response(200)
            for header, value in (("Content-Type", self.guess_type(file)), ("Content-Encoding", "gzip"), ("Content-Length", len(content))):
                self.send_header(header, str(value))
            self.end_headers()
            return io.BytesIO(content)

        def log_message(self, *args):
            pass
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=SITE)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture
def reader(chromium, site):
    """A page in a browser of its own, which remembers nothing."""
    context = chromium.new_context(base_url=site, viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def visitor(chromium, site):
    """A browser that walks through all pages with every solution shown; `troubles` collects what goes wrong meanwhile."""
    context = chromium.new_context(base_url=site, reduced_motion="reduce")
    context.add_init_script("localStorage.setItem('solutions', 'shown')")
    context.add_init_script(AXE)
    page = context.new_page()
    page.troubles = []
    page.on("console", lambda said: said.type == "error" and page.troubles.append(f"console: {said.text}"))
    page.on("pageerror", lambda error: page.troubles.append(f"error: {error}"))
    page.on("requestfailed", lambda request: page.troubles.append(f"failed: {request.url}: {request.failure}"))
    page.on("response", lambda response: response.status >= 400 and page.troubles.append(f"{response.status}: {response.url}"))
    page.on("request", lambda request: request.url.startswith((site, "data:")) or
            page.troubles.append(f"outside: {request.url}"))
    yield page
    context.close()


def visit(page, path):
    page.goto(path)


@pytest.mark.parametrize("path", PAGES)
def test_page(visitor, path):
    """No error, no request to elsewhere, nothing wider than the window, no word of a drawing under another, light enough, accessible."""
    visitor.troubles.clear()
    visitor.set_viewport_size({"width": WIDTHS[-1], "height": 900})
    visit(visitor, path)
    found = visitor.troubles
    for width in WIDTHS:
        visitor.set_viewport_size({"width": width, "height": 900})
        if (needed := visitor.evaluate("document.documentElement.scrollWidth")) > width:
            found.append(f"{needed} px wide in a window of {width} px")
    found += visitor.evaluate(COLLISIONS)
    visitor.evaluate(THIN)
    visitor.add_style_tag(content="* { transition: none !important }")
    visitor.evaluate("document.documentElement.dataset.theme = 'light'")
    found += visitor.evaluate(VIOLATIONS, {"type": "tag", "values": WCAG})
    if path.startswith("en"):    # the editions share their colours
        visitor.evaluate("document.documentElement.dataset.theme = 'dark'")
        found += visitor.evaluate(VIOLATIONS, {"type": "rule", "values": ["color-contrast"]})
    assert not found, "\n".join([path, *found])


@pytest.mark.parametrize("language, edition", [("en-GB", "en"), ("zh-CN", "zh"), ("de-DE", "en")])
def test_the_first_page_leads_to_the_readers_edition(chromium, site, language, edition):
    with chromium.new_context(base_url=site, locale=language) as context:
        page = context.new_page()
        page.goto("")
        page.wait_for_url(f"{site}{edition}/index.html")


def test_the_first_page_without_scripts(chromium, site):
    with chromium.new_context(base_url=site, java_script_enabled=False) as context:
        page = context.new_page()
        for edition, name in (("en", "read in English"), ("zh", "阅读中文版")):
            page.goto("")
            page.get_by_role("link", name=name).click()
            expect(page).to_have_url(f"{site}{edition}/index.html")


def test_the_first_page_is_accessible(visitor, site):
    visitor.route(site, lambda route: route.fulfill(content_type="text/html", body=re.sub(
        "<script>.*?</script>", "", (SITE / "index.html").read_text(encoding="utf-8"), flags=re.S)))
    visitor.troubles.clear()
    found = visitor.troubles
    for scheme in ("light", "dark"):
        visitor.emulate_media(color_scheme=scheme)
        visitor.goto("")
        expect(visitor.get_by_role("link", name="阅读中文版")).to_be_visible()
        found += visitor.evaluate(VIOLATIONS, {"type": "tag", "values": WCAG})
    visitor.emulate_media(color_scheme="null")
    visitor.unroute(site)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_solution_opens_by_mouse_and_by_keyboard(reader, edition):
    words = EDITIONS[edition]
    visit(reader, f"{edition}/{EXERCISE}")
    fold, answer = reader.locator("details.solution"), reader.get_by_role("heading", name=words["answer"])
    summary = fold.locator("> summary")
    expect(summary).to_contain_text(words["fold"])
    expect(answer).not_to_be_visible()
    summary.click()
    expect(answer).to_be_visible()
    expect(reader.get_by_role("heading", name=words["check"], exact=True)).to_be_visible()
    expect(reader.get_by_role("heading", name=words["further"])).not_to_be_visible()
    reader.locator("details.further > summary").click()
    expect(reader.get_by_role("heading", name=words["further"])).to_be_visible()
    summary.click()
    expect(answer).not_to_be_visible()
    summary.focus()
    reader.keyboard.press("Enter")
    expect(answer).to_be_visible()
    reader.keyboard.press("Space")
    expect(answer).not_to_be_visible()


def test_the_choice_is_remembered(reader):
    fold = reader.locator("details.solution")
    visit(reader, f"en/{EXERCISE}")
    fold.locator("> summary").click()
    reader.reload()
    expect(fold).to_have_attribute("open", "")
    visit(reader, "zh/" + EXERCISE)
    expect(fold).to_have_attribute("open", "")
    other = "zh/6.5-pooling/6.5.6-softmax-pooling.html"
    visit(reader, other)
    expect(fold).not_to_have_attribute("open", "")
    fold.locator("> summary").click()
    reader.get_by_label(EDITIONS["zh"]["always"]).check()
    visit(reader, f"en/{EXERCISE.replace('6.3.1-output-shape', '6.3.2-other-combinations')}")
    expect(fold).to_have_attribute("open", "")
    reader.get_by_label(EDITIONS["en"]["always"]).uncheck()
    reader.reload()
    expect(fold).not_to_have_attribute("open", "")


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_link_into_the_solution_opens_it(reader, edition):
    fold = reader.locator("details.solution")
    visit(reader, f"{edition}/{EXERCISE}")
    links = reader.locator("#pst-page-toc-nav a")
    exercise, further = links.first.get_attribute("href"), links.last.get_attribute("href")
    answer = links.filter(has_text=EDITIONS[edition]["answer"]).first.get_attribute("href")
    links.last.click()
    expect(reader.get_by_role("heading", name=EDITIONS[edition]["further"])).to_be_in_viewport()
    for fragment, opens in ((exercise, [False, False]), (answer, [True, False]), (further, [True, True])):
        visit(reader, "about:blank")
        visit(reader, f"{edition}/{EXERCISE}{fragment}")
        assert [part.get_attribute("open") is not None for part in (fold, reader.locator("details.further"))] == opens, fragment
    expect(reader.get_by_role("heading", name=EDITIONS[edition]["further"])).to_be_in_viewport()


def test_without_scripts_and_on_paper_everything_shows(chromium, site, reader):
    context = chromium.new_context(base_url=site, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"en/{EXERCISE}")
    expect(page.get_by_role("heading", name="Further")).to_be_visible()
    expect(page.get_by_label("Always show solutions")).not_to_be_visible()
    context.close()

    visit(reader, f"en/{EXERCISE}")
    expect(reader.get_by_role("heading", name="Further")).not_to_be_visible()
    reader.evaluate("addEventListener('beforeprint', () => window.printed = document.querySelector('.solution').open)")
    reader.pdf()
    assert reader.evaluate("window.printed") is True
    expect(reader.get_by_role("heading", name="Further")).not_to_be_visible()
    reader.emulate_media(media="print")
    expect(reader.get_by_role("heading", name="Further")).to_be_visible()


@pytest.mark.parametrize("path", KINDS)
def test_the_language_switch_stays_on_the_page(reader, site, path):
    for here, there in (("en", "zh"), ("zh", "en")):
        reader.goto(f"{here}/{path}")
        reader.locator("a.language-switch").click()
        expect(reader).to_have_url(f"{site}{there}/{path}")


def search(page, edition, words):
    page.goto(f"{edition}/{EXERCISE}")
    page.keyboard.press("Control+k")
    page.keyboard.type(words)
    page.keyboard.press("Enter")
    return page.locator("#search-results li")


@pytest.mark.parametrize("edition, words, wanted", [
    ("en", "pooling", "6.5 Pooling"), ("en", "im2col", "6.4.6"), ("zh", "汇聚", "6.5 汇聚层"), ("zh", "卷积核", "6.2.4 手工设计卷积核"),
    ("zh", "平移不变性", "6.1.2 平移不变性"), ("zh", "pooling", "术语"), ("zh", "什么是感受野", "6.3.4"), ("zh", "特征映射", "6.6.4")])
def test_search(reader, edition, words, wanted):
    """A word typed into the search finds its page, which opens with the word marked."""
    results = search(reader, edition, words)
    expect(reader.locator("#search-results .search-summary")).to_contain_text(
        re.compile({"en": r"found \d+ page", "zh": r"匹配到 \d+ 页"}[edition]))
    result = results.locator("> a").filter(has_text=wanted)
    expect(result.first).to_be_visible()
    result.first.click()
    expect(reader.locator("article .highlighted").first).to_be_visible()


@pytest.mark.parametrize("words, marked", [("什么是感受野", {"感受野"}), ("池化", {"汇聚", "池化"}), ("kernel", {"kernel"})])
def test_what_was_asked_is_marked_whole(reader, words, marked):
    results = search(reader, "zh", words)
    expect(results.locator(".highlighted").nth(2)).to_be_visible()
    assert {mark.lower() for mark in results.locator(".highlighted").all_inner_texts()} == marked


@pytest.mark.parametrize("edition, words, first", [
    ("en", "6.5.4", "6.5.4"), ("zh", "6.5.4", "6.5.4"), ("en", "7.5.5", "6.5.4"), ("zh", "7.5.5", "6.5.4"), ("en", "softmax pooling", "6.5.6"),
    ("en", "stride 2 on audio", "6.3.3"), ("zh", "softmax汇聚", "6.5.6"), ("zh", "1×1 卷积", "6.4.4"), ("zh", "池化", "6.5"), ("zh", "最大池化", "6.5")])
def test_exercises_come_first_for_their_number_and_title(reader, edition, words, first):
    expect(search(reader, edition, words).first.locator("a")).to_have_text(re.compile(rf"^{re.escape(first)}[. \d]"))


@pytest.mark.parametrize("edition, words", [("en", "kernel"), ("zh", "卷积核")])
def test_excerpts_are_text(reader, edition, words):
    results = search(reader, edition, words)
    expect(results.nth(9).locator("p")).to_be_visible()
    for text in results.all_inner_texts():
        assert not re.search(r"\\\(|\\[a-z]+|练习本|practice notebook|Always show|总是显示|Try it yourself|先自己|Contents|本页目录|import ", text), text


def test_fractions_in_excerpts_keep_their_stroke(reader):
    expect(search(reader, "zh", "6.5.1").first.locator("p")).to_contain_text("每个权重都是 1/4")


@pytest.mark.parametrize("edition, advice", [("en", "Nothing found. Try another word, or the number"), ("zh", "没有找到。换一个词")])
def test_a_search_without_result_gives_advice(reader, edition, advice):
    search(reader, edition, "qqxyzzy")
    expect(reader.locator("#search-results .search-summary")).to_contain_text(advice)


@pytest.mark.parametrize("width", [360, 1440])
def test_the_search_field_is_clear_of_its_icon(reader, width):
    reader.set_viewport_size({"width": width, "height": 900})
    reader.goto("en/search.html?q=pooling")
    icon, field = (reader.locator(f".bd-search-container form.bd-search {part}").bounding_box() for part in ("i", "input"))
    assert icon["x"] + icon["width"] <= field["x"] + 1 and icon["width"] > 10


def test_a_box_holds_88_characters(reader):
    for width in (1280, 1440, 1920):
        reader.set_viewport_size({"width": width, "height": 900})
        visit(reader, f"en/{EXERCISE}#check")
        room = reader.evaluate("""() => [...document.querySelectorAll("div.cell_input pre")].filter(pre => pre.offsetWidth).map(pre => {
          const style = getComputedStyle(pre), ruler = pre.appendChild(document.createElement("span"));
          ruler.textContent = "m".repeat(100);
          const one = ruler.getBoundingClientRect().width / 100;
          ruler.remove();
          return (pre.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight)) / one;
        })""")
        assert room and min(room) >= 88, f"{min(room):.0f} characters at {width} px"


def test_text_keeps_to_a_column_and_figures_need_not(reader):
    visit(reader, f"en/{FIGURES}#answer")
    lines = reader.evaluate("""() => [...document.querySelectorAll("article p")].filter(p => p.offsetWidth && p.innerText.length > 300).map(p => {
      const lines = p.offsetHeight / parseFloat(getComputedStyle(p).lineHeight);
      return p.innerText.length / lines;
    })""")
    assert len(lines) > 3 and 60 < min(lines) and max(lines) < 85, lines
    text, cell = reader.locator("article p").first.bounding_box(), reader.locator("div.cell_input").first.bounding_box()
    assert cell["width"] > text["width"] + 50


@pytest.mark.parametrize("edition", EDITIONS)
def test_paper_loses_nothing(reader, edition):
    """What is wider than its box is cut off on paper, and what is folded is not there."""
    reader.emulate_media(media="print")
    reader.set_viewport_size({"width": 680, "height": 960})
    for path in (EXERCISE, "6.6-lenet/6.6.2-better-lenet.html"):
        visit(reader, f"{edition}/{path}")
        lost = reader.evaluate("""() => [...document.querySelectorAll("article pre, .drawing svg, article table")].filter(box =>
          !box.closest(".control") && (box.getBoundingClientRect().width === 0 || box.scrollWidth > box.clientWidth + 1
            && getComputedStyle(box).overflowX !== "visible" || box.getBoundingClientRect().right > innerWidth)).map(box => box.outerHTML.slice(0, 120))""")
        assert not lost, "\n".join(lost)
        whole = reader.evaluate("""() => [...document.querySelectorAll("article div.cell pre")].flatMap(pre => {
          const around = [];
          for (let box = pre; !box.matches("div.cell"); box = box.parentElement) around.push(box);
          return around.filter(box => getComputedStyle(box).breakInside !== "auto" || getComputedStyle(box).display === "flex").map(box => box.className);
        })""")
        assert not whole, f"a box of code that no sheet may divide leaves an empty frame: {set(whole)}"
        expect(reader.locator("div.cell.tag_check div.cell_input").first).to_be_visible()


def test_results_of_a_cell_stand_in_one_frame(reader):
    visit(reader, f"en/{FIGURES}#answer")
    gaps = reader.evaluate("""() => [...document.querySelectorAll(".cell_output > .text_plain + .text_plain")].filter(box => box.offsetWidth).map(box => {
      const above = box.previousElementSibling.getBoundingClientRect(), own = box.getBoundingClientRect();
      return [own.top - above.bottom, own.height / parseFloat(getComputedStyle(box.querySelector("pre")).lineHeight), parseFloat(getComputedStyle(box).borderRadius)];
    })""")
    assert len(gaps) > 8 and all(abs(gap) < 1 and height < 2 and not corner for gap, height, corner in gaps), gaps
    edges = reader.evaluate("""() => [".tag_answer .cell_input pre", ".cell_output > .text_plain pre"].map(which => {
      const text = document.createRange();
      text.selectNodeContents([...document.querySelectorAll(which)].find(pre => pre.offsetWidth));
      return Math.min(...[...text.getClientRects()].filter(box => box.width).map(box => box.left));
    })""")
    assert abs(edges[0] - edges[1]) <= 1, f"code begins at {edges[0]}, results at {edges[1]}"


def test_captions_are_as_dark_as_other_text_beside_the_main_one(reader):
    for edition in EDITIONS:
        visit(reader, f"{edition}/{FIGURES}#answer")
        weights = reader.evaluate("[...document.querySelectorAll('figcaption, figcaption p, figcaption .caption-text')].map(part => getComputedStyle(part).fontWeight)")
        assert weights and set(weights) == {"400"}


def test_no_cell_of_a_table_is_one_character_wide(reader):
    reader.set_viewport_size({"width": 360, "height": 740})
    visit(reader, "zh/6.6-lenet/6.6.2-better-lenet.html#答案")
    lines = reader.evaluate("""() => [...document.querySelectorAll("table.dataframe td")].filter(cell => cell.offsetWidth && cell.innerText.length < 5)
      .map(cell => { const text = document.createRange(); text.selectNodeContents(cell); return text.getClientRects().length; })""")
    assert len(lines) > 20 and set(lines) == {1}


def test_a_table_of_results_is_a_table(reader):
    visit(reader, f"en/{FIGURES}#answer")
    look = reader.evaluate("""() => {
      document.querySelector(".cell_output").insertAdjacentHTML("beforeend", `<div class="output text_html"><table class="dataframe" id="trial">
        <caption>Two nets</caption><thead><tr><th>net</th><th class="number">accuracy</th></tr></thead>
        <tbody><tr><td>LeNet</td><td class="number">78.5</td></tr></tbody></table></div>`);
      const style = selector => getComputedStyle(document.querySelector(selector));
      return [style("#trial td").textAlign, style("#trial td.number").textAlign, style("#trial thead th").fontWeight,
              style("#trial caption").captionSide, style("#trial td").fontFamily === style("article p").fontFamily];
    }""")
    assert look == ["left", "right", "600", "top", True]


def test_what_the_bars_mean_is_written_on_the_boxes(reader):
    for edition, names in (("en", ["answer", "check", "wrong answer"]), ("zh", ["答案", "检验", "错误答案"])):
        visit(reader, f"{edition}/{EXERCISE}#answer")
        for kind, name in zip(("answer", "check", "wrong"), names):
            label = reader.evaluate("kind => getComputedStyle(document.querySelector(`div.cell.tag_${kind} div.cell_input`), '::before').content", kind)
            assert label == f'"{name}"', label


def test_a_check_is_folded_with_its_outcome_in_sight(reader):
    visit(reader, f"en/{EXERCISE}#check")
    cell = reader.locator("div.cell.tag_check").first
    expect(cell.locator("div.cell_input")).not_to_be_visible()
    expect(cell.locator("div.cell_output")).to_be_visible()
    cell.locator("summary").click()
    expect(cell.locator("div.cell_input")).to_be_visible()


def test_a_drawing_is_enlarged_by_tap_and_by_keyboard(reader):
    reader.set_viewport_size({"width": 360, "height": 740})
    visit(reader, f"en/{FIGURES}#figure-3")
    drawing, dialog = reader.locator("#figure-3 svg"), reader.locator("dialog.enlarged")
    small = drawing.bounding_box()["width"]
    drawing.click()
    large = dialog.locator("svg")
    assert large.bounding_box()["width"] > 2 * small and dialog.evaluate("d => d.scrollWidth > d.clientWidth && d.clientWidth <= innerWidth")
    reader.keyboard.press("Escape")
    expect(drawing).to_be_visible()
    assert drawing.bounding_box()["width"] == small
    reader.locator("#figure-3 button.enlarge").focus()
    reader.keyboard.press("Enter")
    expect(dialog.locator("svg")).to_be_visible()
    dialog.click(position={"x": 3, "y": 3})
    expect(dialog).not_to_be_visible()
    assert reader.evaluate("document.activeElement.className") == "enlarge pst-js-only"


def test_drawings_follow_the_page_into_the_dark(reader):
    visit(reader, f"en/{FIGURES}#figure-1")
    colours = """() => {
      const svg = document.querySelector("#figure-1 svg"), shown = e => getComputedStyle(e);
      return [shown(svg.querySelector("path")).fill, shown(document.body).backgroundColor, shown(svg).color, shown(document.querySelector("figcaption")).color];
    }"""
    for theme, bright in (("light", True), ("dark", False)):
        reader.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
        paper, page, ink_of_drawing, _ = reader.evaluate(colours)
        numbers = [sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in (page, ink_of_drawing)]
        assert paper == page and (numbers[0] > 600) == bright and (numbers[1] < 300) == bright, (theme, paper, page, ink_of_drawing)


@pytest.mark.parametrize("path", [path for path in PAGES if re.search(r"zh/(\S+/\d\.\d\.\d-|wrong-answers)", path)])
def test_no_line_begins_with_a_full_stop_or_ends_with_a_bracket(visitor, path):
    found = []
    for width in (390, 1280):
        visitor.set_viewport_size({"width": width, "height": 900})
        visit(visitor, path)
        found += visitor.evaluate("""() => {
          const found = [], rect = (node, i) => { const r = document.createRange(); r.setStart(node, i); r.setEnd(node, i + 1); return r.getBoundingClientRect(); };
          for (const math of document.querySelectorAll("article math")) {
            if (math.closest("div.math, .control")) continue;
            const block = math.closest("p, li, td, h1, h2, h3, figcaption"), place = math.getBoundingClientRect();
            if (!block || !place.width) continue;
            const walk = document.createTreeWalker(block, NodeFilter.SHOW_TEXT, node =>
              node.parentElement.closest("math") || !node.data ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
            let before, after;
            while (walk.nextNode()) {
              const side = math.compareDocumentPosition(walk.currentNode);
              if (side & Node.DOCUMENT_POSITION_PRECEDING) before = walk.currentNode;
              else if (side & Node.DOCUMENT_POSITION_FOLLOWING) { after = walk.currentNode; break; }
            }
            const maths = [...block.querySelectorAll("math")], next = maths[maths.indexOf(math) + 1], last = maths[maths.indexOf(math) - 1];
            if (next && after && next.compareDocumentPosition(after) & Node.DOCUMENT_POSITION_FOLLOWING) after = null;      // another piece of the formula
            if (last && before && last.compareDocumentPosition(before) & Node.DOCUMENT_POSITION_PRECEDING) before = null;
            if (after && "，。；：、！？）》」’”".includes(after.data[0]) && rect(after, 0).top > place.bottom) found.push(`${after.data[0]} after ${math.getAttribute("alttext")}`);
            if (before && "（“《「(".includes(before.data.at(-1)) && rect(before, before.length - 1).bottom < place.top) found.push(`${before.data.at(-1)} before ${math.getAttribute("alttext")}`);
          }
          return found;
        }""")
    assert not found, "\n".join(found)


def test_quotation_marks_of_chinese_text_are_chinese(reader):
    width = """mark => { const box = document.querySelector("article p").appendChild(document.createElement("span"));
      const wide = text => { box.textContent = text; return box.getBoundingClientRect().width / parseFloat(getComputedStyle(box).fontSize); };
      const one = wide(`字${mark}字`) - wide("字字"); box.remove(); return one; }"""
    for edition, wanted in (("zh", 1), ("en", .5)):
        reader.goto(f"{edition}/index.html")
        assert [abs(reader.evaluate(width, mark) - wanted) < .15 for mark in "“”"] == [True, True], edition


@pytest.mark.parametrize("path", PAGES[::7] + [f"en/{FIGURES}", f"zh/{FIGURES}"])
def test_previous_and_next_fit_a_phone(visitor, path):
    visitor.set_viewport_size({"width": 360, "height": 740})
    visit(visitor, path)
    for link in visitor.locator(".prev-next-area a *").all():
        box = link.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 352, (path, box)
    broken = visitor.evaluate("""() => [...document.querySelectorAll(".prev-next-title")].flatMap(title => {
      const text = title.firstChild, words = [...text.data.matchAll(/[A-Za-z]+/g)];
      return words.filter(word => { const place = document.createRange(); place.setStart(text, word.index); place.setEnd(text, word.index + word[0].length);
                                    return place.getClientRects().length > 1; }).map(word => word[0]);
    })""")
    assert not broken, f"{path}: {broken}"


def test_tables_of_sentences_are_stacked_on_a_phone(reader):
    reader.set_viewport_size({"width": 360, "height": 740})
    for edition, head in (("en", "why"), ("zh", "错在哪里")):
        reader.goto(f"{edition}/wrong-answers.html")
        table = reader.locator("article table").first
        assert table.evaluate("t => [...t.querySelectorAll('td')].every(d => d.getBoundingClientRect().right <= innerWidth && d.clientWidth > 250)")
        assert head in table.locator("tbody td").nth(2).get_attribute("data-head").lower()


@pytest.mark.parametrize("edition, words, numbers", [
    ("en", "6.5.4", ["6.5.4"]), ("en", "7.5.4", ["6.5.3"]), ("zh", "7.5.4", ["6.5.3"]), ("en", "6.2", ["6.2.1", "6.2.2", "6.2.3", "6.2.4"]),
    ("zh", "最大池化", ["6.5.2", "6.5.3", "6.5.4", "6.6.1"]), ("en", "no such thing", [])])
def test_the_landing_page_finds_an_exercise(reader, site, edition, words, numbers):
    reader.goto(f"{edition}/index.html")
    cards = reader.locator(".card-exercise:visible .numbers strong")
    assert cards.count() == 30
    reader.locator("#find").fill(words)
    expect(cards).to_have_count(len(numbers))
    assert cards.all_inner_texts() == numbers
    if numbers:
        reader.keyboard.press("Enter")
        expect(reader.locator("h1")).to_contain_text(numbers[0])


def test_the_landing_page_leads_and_moves(reader):
    reader.goto("en/index.html")
    slider = reader.locator(".control input").first
    before = reader.locator(".control-results").inner_text()
    slider.fill("12")
    assert reader.locator(".control-results").inner_text() != before
    expect(reader.locator(".ways-in a.start")).to_be_in_viewport()
    expect(reader.locator("#find")).to_be_in_viewport()
    reader.locator(".ways-in a.start").click()
    expect(reader.locator("h1")).to_contain_text("6.1.1")


@pytest.mark.parametrize("path", ["en/index.html", f"en/{FIGURES}", "zh/wrong-answers.html"])
def test_a_first_visit_is_complete_within_five_seconds(reader, path):
    """Over 1.6 Mbit/s with a delay of 150 ms."""
    session = reader.context.new_cdp_session(reader)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 1.6e6 / 8})
    received = []
    session.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    reader.goto(path)
    reader.evaluate("document.fonts.ready")
    reader.wait_for_load_state("networkidle")
    took = reader.evaluate("Math.max(...performance.getEntriesByType('resource').map(entry => entry.responseEnd), performance.timing.loadEventEnd - performance.timing.navigationStart)") / 1000
    assert took < 5 and sum(received) < 600_000, f"{took:.1f} s, {sum(received) / 1e3:.0f} kB"


def test_a_page_that_is_not_there(reader, site):
    reader.goto("404.html")
    for name, there in (("All exercises", "en/index.html"), ("全部习题", "zh/index.html")):
        expect(reader.get_by_role("link", name=name)).to_have_attribute("href", re.compile(f"{there}$"))


def test_what_has_the_focus_shows_it(reader):
    reader.set_viewport_size({"width": 1440, "height": 900})
    visit(reader, f"en/{EXERCISE}")
    kinds = set()
    for _ in range(60):
        reader.keyboard.press("Tab")
        kind, outline, shadow = reader.evaluate("""() => {
          const part = document.activeElement, style = getComputedStyle(part);
          const ring = getComputedStyle(part, "::after").outlineStyle;
          return [`${part.tagName} ${part.className}`, style.outlineStyle + ring, style.boxShadow];
        }""")
        kinds.add(kind.split()[0])
        assert kind == "BODY " or outline != "nonenone" or re.search(r"rgb\(", shadow), f"{kind} has the focus and does not show it"
    assert {"A", "BUTTON", "SUMMARY"} <= kinds


@pytest.mark.parametrize("path", [f"{edition}/6.4-channels/{name}.html" for edition in EDITIONS for name in ("6.4.1-composing-convolutions", "6.4.5-rounding")])
def test_no_formula_is_cut_off_on_a_desktop(reader, path):
    reader.set_viewport_size({"width": 1440, "height": 900})
    visit(reader, path)
    reader.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    assert reader.locator(".bd-article div.math").count() > 3
    assert reader.evaluate("[...document.querySelectorAll('.bd-article div.math')].filter(box => box.scrollWidth > box.clientWidth + 1).length") == 0


def test_what_goes_on_beyond_its_edge_fades_there(reader):
    reader.set_viewport_size({"width": 360, "height": 740})
    visit(reader, "en/6.6-lenet/6.6.2-better-lenet.html#one-change-at-a-time")
    table = reader.locator(".text_html").nth(1)
    expect(table).to_have_class(re.compile("goes-on"))
    assert "gradient" in table.evaluate("box => getComputedStyle(box).maskImage")
    table.evaluate("box => box.scrollLeft = box.scrollWidth")
    expect(table).not_to_have_class(re.compile("goes-on"))


def test_paper_is_light_whatever_the_screen_is(reader):
    reader.emulate_media(color_scheme="dark")
    visit(reader, f"en/{EXERCISE}")
    theme = lambda: reader.evaluate("document.documentElement.dataset.theme")
    assert theme() == "dark"
    reader.evaluate("() => { window.printed = []; addEventListener('beforeprint', () => printed.push(document.documentElement.dataset.theme)); }")
    reader.pdf()
    assert reader.evaluate("printed") == ["light"] and theme() == "dark"


def test_on_paper_rows_and_cards_stay_whole_and_what_moves_is_left_out(reader):
    reader.emulate_media(media="print")
    shown = "([selector, name]) => getComputedStyle(document.querySelector(selector))[name]"
    visit(reader, "en/wrong-answers.html")
    assert reader.evaluate(shown, [".bd-article table", "breakInside"]) == "auto"
    assert reader.evaluate(shown, [".bd-article tr", "breakInside"]) == "avoid"
    visit(reader, "en/index.html")
    assert reader.evaluate(shown, [".card-exercise", "breakInside"]) == "avoid"
    assert reader.evaluate(shown, [".moving", "display"]) == "none"


def test_what_was_searched_for_is_marked_in_the_text_alone(reader):
    lost = []
    reader.on("response", lambda response: lost.append(response.url) if response.status >= 400 else None)
    visit(reader, "en/search.html?q=pooling")
    reader.locator("#search-results li a").first.click()
    expect(reader.locator("article span.highlighted").first).to_be_visible()
    marks = reader.evaluate("[...document.querySelectorAll('.bd-sidebar-primary span.highlighted')].map(mark => getComputedStyle(mark).backgroundColor)")
    assert set(marks) <= {"rgba(0, 0, 0, 0)"} and lost == []
    reader.get_by_text("Hide Search Matches").click()
    expect(reader.locator("span.highlighted")).to_have_count(0)
