"""The site that `make book` rendered, page by page; and the rendering itself, on a book of one page."""
import gzip
import json
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit

import jupytext
import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup

from bookbuild import repository
from bookbuild.pages import code_cells, find_pages, read_source
from bookbuild.search import Search
from bookbuild.site import RenderError, edition_toc, render

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "_build" / "html"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
LOADS = {"script": "src", "img": "src", "audio": "src", "video": "src", "source": "src", "iframe": "src",
         "embed": "src", "object": "data", "link": "href"}


@pytest.fixture(scope="module")
def pages():
    """{path in the site: parsed page}, both editions."""
    if not (SITE / "en" / "index.html").exists():
        pytest.fail("there is no site: run `make book`")
    return {file.relative_to(SITE).as_posix(): BeautifulSoup(file.read_text(encoding="utf-8"), "html.parser")
            for file in sorted(SITE.rglob("*.html")) if "_static" not in file.parts and file.name != "404.html"}


def exercises(pages):
    found = {path: page for path, page in pages.items() if re.search(r"/\d+\.\d+\.\d+-[^/]+\.html$", path)}
    assert found
    return found


def test_the_table_of_contents_lists_every_page():
    listed = re.findall(r"(?:file|root): (chapters/\S+)", (ROOT / "_toc.yml").read_text(encoding="utf-8"))
    there = [file.relative_to(ROOT).as_posix().removesuffix(".md") for file in (ROOT / "chapters").rglob("*.md")
             if ".ipynb_checkpoints" not in file.parts]
    assert sorted(listed) == sorted(there)
    assert edition_toc(ROOT, "en") == edition_toc(ROOT, "zh")


def test_links_and_images_resolve(pages):
    anchors = {path: {tag[key] for key in ("id", "name") for tag in page.find_all(attrs={key: True})}
               for path, page in pages.items()}
    broken = []
    for path, page in pages.items():
        for tag, key in {**LOADS, "a": "href"}.items():
            for address in (element[key] for element in page.find_all(tag, attrs={key: True})):
                parts = urlsplit(address)
                if parts.scheme or parts.netloc:
                    continue
                target = (SITE / path).parent.joinpath(unquote(parts.path)).resolve() if parts.path else SITE / path
                here = target.relative_to(SITE.resolve()).as_posix() if parts.path else path
                if not target.is_file() or parts.fragment and here in anchors and parts.fragment not in anchors[here]:
                    broken.append(f"{path}: {address}")
    assert not broken, "\n".join(broken)


def test_no_page_shows_an_error(pages):
    for path, page in pages.items():
        assert not page.select(".traceback, .stderr, .system-message, .problematic"), path
        assert "Traceback (most recent call last)" not in page.get_text(), path


def test_no_markdown_is_left_in_the_text(pages):
    for path, page in pages.items():
        for paragraph in page.select("article p, article li, article td, article :is(h1, h2, h3)"):
            text = "".join(string for string in paragraph.find_all(string=True)
                           if not string.find_parents(["code", "pre"]) and not string.find_parents(class_="math"))
            assert not re.search(r"\*\*|\]\(|(?<!\$)\$\$", text), f"{path}: {text}"


def test_no_link_leads_to_a_repository_without_an_address(pages):
    """While the address is a placeholder, what would lead there is left out; with one it is there (see test_rendering)."""
    for path, page in pages.items():
        for link in page.find_all("a", href=True):
            assert "/OWNER/" not in link["href"], f"{path}: {link}"
        if path in exercises(pages):
            assert bool(page.select(".dropdown-launch-buttons")) == bool(repository.address(configured_address())), path
            assert page.select_one("a.btn-download-source-button")["href"].endswith(".ipynb")


def configured_address():
    return yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]["url"]


def test_one_function_decides_what_leads_to_the_repository(monkeypatch):
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    assert repository.address("https://github.com/OWNER/d2l-cnn-solutions") is None and repository.address("") is None
    assert repository.address("https://github.com/somebody/book/") == "https://github.com/somebody/book"
    assert repository.site_address("https://github.com/Somebody/book") == "https://somebody.github.io/book/" and repository.site_address(None) is None
    monkeypatch.setenv("GITHUB_REPOSITORY", "a/fork")
    assert repository.address("https://github.com/OWNER/d2l-cnn-solutions") == "https://github.com/a/fork"


def test_every_exercise_offers_its_practice_notebook_before_the_answer(pages):
    for path, page in exercises(pages).items():
        notebook = f"practice/{path.removesuffix('.html')}.ipynb"
        link = page.select_one("article section a.practice")
        assert link.find_parent("section").h2.find(string=True) in ("Exercise", "练习")
        assert link.has_attr("download") and bool(CHINESE.search(link.text)) == path.startswith("zh")
        carried = (SITE / path).parent.joinpath(link["href"]).resolve()
        assert carried == SITE.resolve() / notebook and carried.read_bytes() == (ROOT / notebook).read_bytes(), link


def test_every_exercise_leads_to_its_section_in_both_editions_of_the_book(pages):
    english = {}
    for edition in ("en", "zh"):
        table = pages[f"{edition}/numbering.html"].select_one("article table")
        english[edition] = {row.select("td")[0].get_text(): row.select("td")[2].get_text() for row in table.select("tbody tr")}
    for path, page in exercises(pages).items():
        links = {urlsplit(link["href"]).netloc: link for link in page.select(".book-links a")}
        number = page.h1.get_text()[:5]
        assert set(links) == {"d2l.ai", "zh.d2l.ai"} and len({urlsplit(link["href"]).path for link in links.values()}) == 1, path
        assert f"7{number[1:3]}" in links["d2l.ai"].get_text() and number[:3] in links["zh.d2l.ai"].get_text()
        listed = re.match(r"7\.\d\.\d", english[path[:2]][number])
        assert (listed[0] if listed else "7.") in links["d2l.ai"].get_text(), f"{path}: numbering.html says {english[path[:2]][number]}"
        assert bool(listed) == bool(re.search(r"7\.\d\.\d", links["d2l.ai"].get_text())), path


def test_cards_tell_all_exercises(pages):
    for edition in ("en", "zh"):
        landing = pages[f"{edition}/index.html"]
        cards = {card.a["href"]: card for card in landing.select(".card-exercise")}
        assert [f"{edition}/{link}" for link in cards] == [path for path in exercises(pages) if path.startswith(edition)]
        for link, card in cards.items():
            number = Path(link).name[:5]
            assert card.select_one(".numbers strong").get_text() == number == card["data-numbers"].split()[0]
            assert len(card.select_one(".question").get_text()) > 5 and len(card.select_one("p").get_text()) > 10
            page = exercises(pages)[f"{edition}/{link}"]
            checks = len(page.select("div.cell.tag_check"))
            assert re.search(r"\d+", card.select_one(".badges span").get_text())[0] == str(checks) and checks, link
        told = [int(number) for number in re.findall(r"(?<![\d-])\d+(?![\d-])", landing.select_one(".last-build").get_text().split("PDF")[0])]
        assert told[:2] == [30, sum(len(page.select("div.cell.tag_check")) for path, page in exercises(pages).items() if path.startswith(edition))]
        assert landing.select_one(".ways-in a.start")["href"] == next(iter(cards)) and landing.select_one(".control[data-control]")


def test_the_head_of_a_page_describes_it(pages):
    titles = {}
    for path, page in pages.items():
        if path == "index.html":
            continue
        alternates = {link["hreflang"]: link["href"] for link in page.select("link[rel=alternate][hreflang]")}
        here, there = {"en": ("en", "zh-CN"), "zh": ("zh-CN", "en")}[path[:2]]
        assert set(alternates) == {here, there} and page.select_one("meta[name=viewport]"), path
        assert alternates[there] == page.select_one("a.language-switch")["href"] or "://" in alternates[there]
        assert bool(page.select("link[rel=canonical]")) == bool(repository.address(configured_address())), path
        titles.setdefault(path[:2], []).append(page.title.get_text())
        if not path.endswith("search.html"):
            description = page.select_one("meta[name=description]")["content"]
            assert len(description) > 15 and bool(CHINESE.search(description)) == path.startswith("zh") and "$" not in description, path
    for edition in titles.values():
        assert len(set(edition)) == len(edition)
    assert pages["en/index.html"].title.get_text().count("Convolutional") == 1


def test_the_foot_of_a_page_says_version_licence_and_how_to_cite(pages):
    version = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["version"]
    assert f'version = "{version}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for path, page in pages.items():
        if path != "index.html":
            foot = page.select_one("footer.bd-footer-content")
            links = [link["href"] for link in foot.find_all("a")]
            assert version in foot.get_text() and any(link.endswith("CITATION.cff") for link in links) and any("mit" in link for link in links), path
    assert (SITE / "CITATION.cff").is_file() and (SITE / "404.html").is_file()


def test_references_to_arxiv_are_links(pages):
    found = 0
    for path, page in pages.items():
        for text in page.select_one("article").find_all(string=re.compile(r"arXiv:\s?\d{4}\.\d{4,5}")) if page.select_one("article") else []:
            if not text.find_parents(["code", "pre"]):
                link = text.find_parent("a")
                assert link and link["href"] == f"https://arxiv.org/abs/{re.search(r'[0-9.]+[0-9]', text)[0]}", f"{path}: {text}"
                found += 1
    assert found > 20


def test_every_page_leads_to_itself_in_the_other_edition(pages):
    for path, page in pages.items():
        if path != "index.html":
            link = page.select_one("a.language-switch")["href"]
            other = (SITE / path).parent.joinpath(link).resolve().relative_to(SITE.resolve()).as_posix()
            assert other == {"en": "zh", "zh": "en"}[path[:2]] + path[2:] and other in pages, (path, link)


def test_figures_have_alternative_texts_in_the_language_of_the_edition(pages):
    for path, page in pages.items():
        texts = [image.get("alt", "") for image in page.select("article img")] + [svg.get("aria-label", "") for svg in page.select("article svg[role=img]")]
        for text in texts:
            assert text and not text.startswith("../"), f"{path} has a figure without alternative text"
            assert bool(CHINESE.search(text)) == path.startswith("zh"), f"{path}: {text}"


def test_figures_are_numbered_and_part_of_the_page(pages):
    number = {"en": "Figure {}-{}", "zh": "图 {}-{}"}
    for path, page in exercises(pages).items():
        figures = page.select("figure.drawing")
        assert not page.select("div.cell_output img"), f"{path}: a drawing that cannot follow the page's colours"
        assert [figure.select_one("figcaption .figure-number").get_text().rstrip(". \u3000") for figure in figures] == [
            number[path[:2]].format(page.h1.get_text()[:5], i + 1) for i in range(len(figures))], path
        assert not page.select(".caption-number"), f"{path}: numbered twice"
        assert all(figure.svg["aria-label"] and figure.select_one("button.enlarge")["aria-label"] for figure in figures)
        ids = [part["id"] for part in page.find_all(id=True)]
        assert len(ids) == len(set(ids)), f"{path}: {sorted(name for name in set(ids) if ids.count(name) > 1)}"


def test_every_figure_has_a_caption(pages):
    for path, page in exercises(pages).items():
        for figure in page.select("figure.drawing"):
            caption = figure.figcaption.get_text().replace(figure.select_one(".figure-number").get_text(), "", 1).strip("#. \n\u3000")
            assert len(caption) > 5 and bool(CHINESE.search(caption)) == path.startswith("zh"), f"{path}: {figure.figcaption.get_text()}"


def test_code_fits_into_its_box():
    """A box holds 88 characters on a window of 1280 px (see test_browser): no cell is wider."""
    too_wide = [f"{page.name}, cell {number}: {len(line)} characters: {line.strip()}" for page in find_pages()
                for number, cell in enumerate(code_cells(read_source(page, "en"))) if "setup" not in cell.metadata.get("tags", [])
                for line in cell.source.splitlines() if len(line) > 88]
    assert not too_wide, "\n".join(too_wide)


def test_checks_are_folded_with_their_outcome_in_sight(pages):
    for path, page in exercises(pages).items():
        for cell in page.select("div.cell"):
            kinds, folds = set(cell["class"]), cell.select("details.hide")
            assert bool(folds) == bool(kinds & {"tag_check", "tag_figure"}), f"{path}: {sorted(kinds)}"
            assert not any(fold.select(".cell_output") for fold in folds), path
            if "tag_check" in kinds:
                assert re.search("Checked|检验通过", folds[0].summary.get_text())


def test_nothing_is_loaded_from_elsewhere(pages):
    for path, page in pages.items():
        for tag, key in LOADS.items():
            for element in page.find_all(tag, attrs={key: True}):
                if not set(element.get("rel", [])) & {"canonical", "alternate"}:
                    assert not re.match(r"(https?:)?//", element[key]), f"{path}: {element}"
    for file in [*SITE.rglob("*.css"), *SITE.rglob("*.html")]:
        assert not re.search(r"(url\(|@import)\s*[\"']?(https?:)?//", file.read_text(encoding="utf-8")), file


def test_pages_are_light(pages):
    """A page and all that it loads, compressed as hosts send it, fonts included where there is a formula: below 600 kB."""
    for path, page in pages.items():
        loaded = {(SITE / path).parent.joinpath(unquote(urlsplit(element[key]).path)).resolve()
                  for tag, key in LOADS.items() for element in page.find_all(tag, attrs={key: True})
                  if not set(element.get("rel", [])) & {"next", "prev", "search", "alternate", "canonical"} and not urlsplit(element[key]).scheme}
        weight = sum(len(gzip.compress(file.read_bytes())) for file in {SITE / path, *loaded})
        weight += len((SITE / "_static" / "stix-two-math.woff").read_bytes()) if page.find("math") else 0
        assert weight < 600_000, f"{path}: {weight / 1e3:.0f} kB"


def test_both_editions_load_the_same_files(pages):
    shared = {file.relative_to(SITE / "_static") for file in (SITE / "_static").rglob("*") if file.is_file()}
    for edition in ("en", "zh"):
        own = {file.relative_to(SITE / edition / "_static") for file in (SITE / edition / "_static").rglob("*") if file.is_file()}
        assert own and not own & shared and sum((SITE / edition / "_static" / name).stat().st_size for name in own) < 20_000, sorted(own)
    for path, page in pages.items():
        loaded = [element[key] for tag, key in LOADS.items() for element in page.find_all(tag, attrs={key: True}) if "_static/" in element[key]]
        assert path == "index.html" or loaded and not any(re.search("mathjax|tex-svg|fontawesome", name) for name in loaded)


def test_interface_is_in_the_language_of_the_edition(pages):
    for path, page in pages.items():
        if path != "index.html":
            assert page.html["lang"] == {"en": "en", "zh": "zh-CN"}[path[:2]]
            words = [element[key] for key in ("title", "aria-label", "placeholder") for element in page.find_all(attrs={key: True})
                     if element.name not in ("link", "audio")]
            words += [element.get_text() for element in page.select("summary, details.solution > label, .badges, .ways-in, footer .version a")]
            for text in words:
                said = re.sub(r"^[\d.]+ .*", "", text.strip())            # not the titles of pages
                assert not said or bool(CHINESE.search(said)) == path.startswith("zh"), f"{path}: {text}"


def test_the_solution_is_folded_and_within_it_what_goes_further(pages):
    for path, page in pages.items():
        folds = page.select("details.fold")
        if path not in exercises(pages):
            assert not folds, path
            continue
        assert all(fold.has_attr("open") for fold in folds), "without scripts they must show"
        solution = page.select_one("details.solution")
        inside = [heading.find(string=True) for heading in solution.find_all("h2")]
        before = [heading.find(string=True) for heading in solution.find_all_previous("h2") if heading.find_parent("article")]
        assert inside[0] in ("Answer", "答案") and before in (["Exercise"], ["练习"]), path
        further = page.select("details.further")
        assert len(further) == len({"Further", "延伸"} & set(inside)) and all(fold.find_parent("details") == solution for fold in further), path
        for fold in further:
            assert [heading.find(string=True) for heading in fold.find_all("h2")] in (["Further"], ["延伸"])


def test_section_overviews_answer_every_exercise_in_a_line(pages):
    overviews = {path: page for path, page in pages.items() if re.search(r"/6\.\d-[^/]+/index\.html$", path)}
    assert len(overviews) == 12
    for path, page in overviews.items():
        answers = {link["href"]: link.find_parent(["li", "tr"]).get_text().replace(link.get_text(), "", 1)
                   for link in page.select("article :is(li, tr) a") if re.match(r"\d+\.\d+\.\d+-", link["href"])}
        wanted = {Path(exercise).name for exercise in exercises(pages) if Path(exercise).parent == Path(path).parent}
        assert set(answers) == wanted and all(len(answer.strip()) > 15 for answer in answers.values()), path


def test_exercises_that_are_named_are_linked(pages):
    numbers = {Path(path).name[:5] for path in exercises(pages)}
    for path, page in pages.items():
        if re.search(r"/6\.\d-[^/]+/index\.html$|numbering|how-this-book", path):
            for paragraph in page.select("article p"):
                if not re.search("Equations are cited|公式编号", paragraph.get_text()):
                    said = "".join(string for string in paragraph.find_all(string=True) if not string.find_parent("a"))
                    assert not numbers & set(re.findall(r"\d+\.\d+\.\d+", said)), f"{path}: {said}"


def test_no_blank_after_chinese_emphasis(pages):
    for path, page in pages.items():
        for emphasis in page.select("article :is(strong, em)") if path.startswith("zh") else []:
            after = emphasis.next_sibling
            assert not (re.search("[。：，；！？）]$", emphasis.get_text()) and isinstance(after, str) and after.startswith(" ")), f"{path}: {emphasis}"


def test_the_build_report_accounts_for_every_page(pages):
    for edition in ("en", "zh"):
        report = pages[f"{edition}/build-report.html"]
        machine, runs, spent, trained, caught, *speed = [[[cell.get_text() for cell in row.select("td")] for row in table.select("tbody tr")]
                                                 for table in report.select("article table")]
        assert len(dict(machine)[{"en": "processor", "zh": "处理器"}[edition]]) > 2
        assert dict(machine)["torch"] in (ROOT / "requirements.txt").read_text(encoding="utf-8")
        assert [row[0] for row in runs[:-1]] == [page.h1.get_text().rstrip("#") for path, page in exercises(pages).items()
                                                 if path.startswith(edition)]
        for column in (3, 4):
            assert sum(int(row[column]) for row in runs[:-1]) == int(runs[-1][column]) > len(runs)
        assert all(float(row[2].removesuffix(" GB")) > 0 and re.fullmatch("\\d{4}\u2011\\d\\d\u2011\\d\\d", row[5]) for row in runs[:-1])
        assert {row[0][:5] for row in trained} == {"6.6.1", "6.6.2", "6.6.3", "6.6.4"} and all(row[4] for row in trained)
        assert len(spent) == 4 and {row[0] for row in caught} >= {"6.6.1", "6.6.2", "6.6.3", "6.6.4"}
        assert len({row[0] for row in caught}) == len(caught) and all(int(row[1]) >= int(row[2]) >= 0 for row in caught)
        assert all(float(allowed) <= float(shift) for *_, allowed, shift in caught), "a shift below the tolerance cannot be caught"
        records = json.loads((ROOT / "chapters" / "benchmark.json").read_text())
        assert [len(table) for table in speed] == [len(part) for record in records.values() for part in (record["loops"], record["growth"])]


@pytest.mark.parametrize("edition, words", [("en", ["kernel", "pooling", "convolution", "stride", "6.5.4", "7.5.4"]),
                                            ("zh", ["卷积核", "汇聚", "平移不变性", "步幅", "pooling", "6.5.4", "7.5.4"])])
def test_search_index_holds_the_words_of_a_query(edition, words):
    index = (SITE / edition / "searchindex.js").read_text(encoding="utf-8")
    index = json.loads(index.removeprefix("Search.setIndex(").rstrip().removesuffix(")"))
    search = Search({})
    for word in words:
        terms = [term for term in map(search.stem, search.split(word)) if search.word_filter(term)]
        assert terms and all(term in index["terms"] or term in index["titleterms"] for term in terms), word


@pytest.mark.skipif(not shutil.which("node"), reason="needs node")
def test_a_query_is_split_as_the_index_is():
    def split(query):
        script = Search.js_splitter_code + f"console.log(JSON.stringify(splitQuery({json.dumps(query)})))"
        return json.loads(subprocess.run(["node", "-e", script], capture_output=True, text=True, check=True).stdout)

    query = "1×1 卷积核, translation-invariant 核 padding_mode 6.5.4."
    assert split(query) == ["1", "1", "卷积", "积核", "translation", "invariant", "核", "padding_mode", "6.5.4"]
    assert set(split(query)) <= set(Search({}).split(query))
    assert split("什么是感受野？") == ["感受", "受野"] and split("池化") == ["汇聚"] and split("汇聚的步长") == ["汇聚", "步幅"]
    assert split("特征映射") == ["特征", "征图"]
    assert split("什么") == ["什么"], "a query of such words alone is taken as it is"


PAGE = """\
# 6.1.1 {title}

See [the start](../index.md).

## {exercise}

Why?

## {answer}

```{{code-cell}} ipython3
:tags: [setup, remove-cell]

hidden = "setup"
```

```{{code-cell}} ipython3
:tags: [check]

n = 3
```

```{{code-cell}} ipython3
:tags: [wrong, train]

print("Refuted: {{n}}")
```
"""


@pytest.fixture
def book(tmp_path, monkeypatch):
    """A repository with one page per edition, and its executed notebooks."""
    monkeypatch.setenv("GITHUB_REPOSITORY", "someone/a-fork")
    root = tmp_path / "book"
    for package in ("bookbuild", "nbdrift"):
        shutil.copytree(ROOT / package, root / package)
    for file in ("_config.yml", "requirements.txt"):
        shutil.copy(ROOT / file, root)
    toc = {"format": "jb-book", "root": "chapters/index", "parts": []}
    for edition, title, exercise, answer in (("en", "Padding", "Exercise", "Answer"), ("zh", "填充", "练习", "答案")):
        page = f"chapters/{edition}/6.1-section/6.1.1-page"
        (root / page).parent.mkdir(parents=True)
        (root / f"chapters/{edition}/index.md").write_text("# Book\n")
        (root / f"chapters/{edition}/6.1-section/index.md").write_text("# 6.1 Section\n")
        (root / f"{page}.md").write_text(PAGE.format(title=title, exercise=exercise, answer=answer))
        notebook = jupytext.read(root / f"{page}.md", fmt="md:myst")
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook.cells[-1].outputs = [nbformat.v4.new_output("stream", name="stdout", text="Refuted: n=3\n")]
        notebook.metadata["d2l_solutions"] = {"run": {"seconds": 170, "device": "cpu", "threads": 1}}
        fresh = tmp_path / "fresh" / edition / "6.1-section" / "6.1.1-page.ipynb"
        fresh.parent.mkdir(parents=True)
        nbformat.write(notebook, fresh)
        toc["parts"].append({"caption": edition, "chapters": [{"file": f"chapters/{edition}/index"}, {
            "file": f"chapters/{edition}/6.1-section/index", "sections": [{"file": page}]}]})
    (root / "_toc.yml").write_text(yaml.safe_dump(toc))
    return root, tmp_path / "fresh", tmp_path / "html"


def test_rendering(book):
    root, fresh, out = book
    assert render(root, fresh, out)
    page = (out / "zh/6.1-section/6.1.1-page.html").read_text(encoding="utf-8")
    notebook = "chapters/zh/6.1-section/6.1.1-page.ipynb"
    assert f"https://mybinder.org/v2/gh/someone/a-fork/main?urlpath=lab/tree/{notebook}" in page
    assert f"https://colab.research.google.com/github/someone/a-fork/blob/main/{notebook}" in page
    practice = "practice/zh/6.1-section/6.1.1-page.ipynb"
    assert f'href="https://colab.research.google.com/github/someone/a-fork/blob/main/{practice}">在 Colab 上打开</a>' in page
    assert "https://github.com/someone/a-fork/issues/new?title=zh/6.1-section/6.1.1-page.html" in page
    assert '<link rel="canonical" href="https://someone.github.io/a-fork/zh/6.1-section/6.1.1-page.html">' in page
    assert 'hreflang="en" href="https://someone.github.io/a-fork/en/6.1-section/6.1.1-page.html"' in page
    assert "<loc>https://someone.github.io/a-fork/en/index.html</loc>" in (out / "sitemap.xml").read_text()
    assert 'href="https://someone.github.io/a-fork/en/index.html"' in (out / "404.html").read_text(encoding="utf-8")
    assert "运行本页的全部代码用了 170 秒（CPU，1 线程）" in page
    assert "Refuted: n=3" in page and "hidden" not in page and "OWNER" not in page
    assert not render(root, fresh, out), "nothing changed, and yet it rendered again"

    source = root / "chapters/en/index.md"
    source.write_text("# Book\n\nSee [nothing](nothing.md).\n")
    for _ in range(2):
        with pytest.raises(RenderError, match="chapters/en/index.md:3: WARNING.*nothing.md"):
            render(root, fresh, out)
        assert (out / "zh/6.1-section/6.1.1-page.html").read_text(encoding="utf-8") == page
    source.write_text("# Book\n")
    (root / "chapters/en/6.1-section/index.md").write_text("# 6.1 Renamed\n")
    assert render(root, fresh, out)
    page = (out / "en/6.1-section/6.1.1-page.html").read_text(encoding="utf-8")
    assert "6.1 Renamed" in page, "the sidebar of a page that did not change shows the old title"


def test_sounds_are_named_in_the_language_of_their_edition(pages):
    players = {edition: [audio for path, page in exercises(pages).items() if path.startswith(edition) for audio in page.find_all("audio")]
               for edition in ("en", "zh")}
    assert len(players["en"]) == len(players["zh"]) == 4
    for edition, audios in players.items():
        for audio in audios:
            assert audio["aria-label"] == audio.find_parent("figure").figcaption.get_text()
            assert bool(CHINESE.search(audio["aria-label"])) == (edition == "zh"), audio["aria-label"]


def test_a_page_says_the_commit_it_was_made_from(tmp_path):
    def git(*arguments):
        subprocess.run(["git", "-C", tmp_path, "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments], check=True, capture_output=True)

    (tmp_path / "CITATION.cff").write_text("version: 1.2.3\n")
    assert repository.revision.__wrapped__(tmp_path) == ("1.2.3", "", "", False)
    git("init")
    git("add", ".")
    git("commit", "-m", "first")
    version, commit, day, changed = repository.revision.__wrapped__(tmp_path)
    assert re.fullmatch(r"[0-9a-f]{7,}", commit) and re.fullmatch(r"\d{4}-\d\d-\d\d", day) and not changed
    (tmp_path / "CITATION.cff").write_text("version: 1.2.4\n")
    assert repository.revision.__wrapped__(tmp_path)[3]
