"""The site that `make book` rendered, as its readers meet it: every page in a browser, and what they do there."""
import functools
import http.server
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
EDITIONS = {"en": {"fold": "Answer and solution", "always": "Always show solutions", "answer": "Answer", "further": "Further"},
            "zh": {"fold": "答案与解答", "always": "总是显示解答", "answer": "答案", "further": "延伸"}}
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
AXE = (Path(find_spec("axe_playwright_python").origin).parent / "axe.min.js").read_text(encoding="utf-8")
expect.set_options(timeout=20_000)
WIDTHS = (360, 768, 1440)

# axe takes a second for a thousand elements: it sees one token of each kind in each kind of cell, and of a formula not the
# drawing, which is hidden from screen readers, but the MathML. Colours are final at once.
THIN = """() => {
  const seen = new Set();
  for (const token of document.querySelectorAll("pre span")) {
    const kind = [token.className, token.closest("div.cell")?.className, !!token.closest(".cell_output")].join();
    if (seen.has(kind)) token.replaceWith(...token.childNodes); else seen.add(kind);
  }
  document.querySelectorAll("mjx-container > svg").forEach(drawing => drawing.remove());
}"""
VIOLATIONS = """async rules => (await axe.run(document, {runOnly: rules, resultTypes: ["violations"], preload: false})).violations
  .flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.target}: ${node.failureSummary}`))"""
TYPESET = "() => !document.querySelector('.math') || window.MathJax?.startup?.promise?.then(() => true)"


@pytest.fixture(scope="module")
def site():
    """The site's address, served from here."""
    class Handler(http.server.SimpleHTTPRequestHandler):
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
    page.wait_for_function(TYPESET)


@pytest.mark.parametrize("path", PAGES)
def test_page(visitor, path):
    """No error, no request to elsewhere, formulas typeset, nothing wider than the window, light enough, accessible."""
    visitor.troubles.clear()
    visitor.set_viewport_size({"width": WIDTHS[-1], "height": 900})
    visit(visitor, path)
    found = visitor.troubles
    if visitor.evaluate("document.querySelectorAll('.math').length > document.querySelectorAll('mjx-container').length"):
        found.append("a formula is not typeset")
    found += visitor.evaluate("[...document.querySelectorAll('mjx-merror')].map(e => `formula: ${e.textContent}`)")
    for width in WIDTHS:
        visitor.set_viewport_size({"width": width, "height": 900})
        if (needed := visitor.evaluate("document.documentElement.scrollWidth")) > width:
            found.append(f"{needed} px wide in a window of {width} px")
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
    links.last.click()
    expect(reader.get_by_role("heading", name=EDITIONS[edition]["further"])).to_be_in_viewport()
    for fragment, is_open in ((exercise, False), (further, True)):
        visit(reader, "about:blank")
        visit(reader, f"{edition}/{EXERCISE}{fragment}")
        assert (fold.get_attribute("open") is not None) == is_open
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


@pytest.mark.parametrize("edition, words, wanted", [
    ("en", "pooling", "6.5 Pooling"), ("en", "im2col", "6.4.6"), ("zh", "汇聚", "6.5 汇聚层"), ("zh", "卷积核", "6.2.4 手工设计卷积核"),
    ("zh", "平移不变性", "6.1.2 平移不变性何时不可取"), ("zh", "pooling", "术语")])
def test_search(reader, edition, words, wanted):
    """A word typed into the search finds its page, which opens with the word marked."""
    reader.goto(f"{edition}/{EXERCISE}")
    reader.keyboard.press("Control+k")
    reader.keyboard.type(words)
    reader.keyboard.press("Enter")
    expect(reader.locator("#search-results .search-summary")).to_contain_text(
        re.compile({"en": r"found \d+ page", "zh": r"匹配到 \d+ 页"}[edition]))
    result = reader.locator("#search-results li > a").filter(has_text=wanted)
    expect(result.first).to_be_visible()
    result.first.click()
    expect(reader.locator("article .highlighted").first).to_be_visible()
