"""The site that `make book` rendered, page by page; and the rendering itself, on a book of one page."""
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

from bookbuild.site import RenderError, edition_toc, render
from bookbuild.theme import Search

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
            for file in sorted(SITE.rglob("*.html")) if "_static" not in file.parts}


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


def test_launch_buttons_open_the_notebook(pages):
    for path, page in exercises(pages).items():
        notebook = f"chapters/{path.removesuffix('.html')}.ipynb"
        addresses = [link["href"] for link in page.select(".dropdown-launch-buttons a")]
        assert [urlsplit(address).netloc for address in addresses] == ["mybinder.org", "colab.research.google.com"], path
        assert all(address.endswith("/" + notebook) for address in addresses), addresses
        assert (ROOT / notebook).is_file(), notebook
        assert page.select_one("a.btn-download-source-button")["href"].endswith(".ipynb")


def test_every_exercise_leads_to_its_practice_notebook_before_the_answer(pages):
    for path, page in exercises(pages).items():
        notebook = f"practice/{path.removesuffix('.html')}.ipynb"
        link, = page.select("article section a[href*='colab.research.google.com']")
        assert link.find_parent("section").h2.find(string=True) in ("Exercise", "练习")
        assert link["href"].endswith("/" + notebook) and (ROOT / notebook).is_file(), link
        assert bool(CHINESE.search(link.text)) == path.startswith("zh")


def test_every_page_leads_to_itself_in_the_other_edition(pages):
    for path, page in pages.items():
        if path != "index.html":
            link = page.select_one("a.language-switch")["href"]
            other = (SITE / path).parent.joinpath(link).resolve().relative_to(SITE.resolve()).as_posix()
            assert other == {"en": "zh", "zh": "en"}[path[:2]] + path[2:] and other in pages, (path, link)


def test_figures_have_alternative_texts_in_the_language_of_the_edition(pages):
    for path, page in pages.items():
        for image in page.select("article img"):
            text = image.get("alt", "")
            assert text and not text.startswith("../"), f"{path}: {image['src']} has no alternative text"
            assert bool(CHINESE.search(text)) == path.startswith("zh"), f"{path}: {text}"


def test_nothing_is_loaded_from_elsewhere(pages):
    for path, page in pages.items():
        for tag, key in LOADS.items():
            for element in page.find_all(tag, attrs={key: True}):
                if not set(element.get("rel", [])) & {"canonical", "alternate"}:
                    assert not re.match(r"(https?:)?//", element[key]), f"{path}: {element}"
    for file in [*SITE.rglob("*.css"), *SITE.rglob("*.html")]:
        assert not re.search(r"(url\(|@import)\s*[\"']?(https?:)?//", file.read_text(encoding="utf-8")), file


def test_pages_are_light(pages):
    """A page and all that it loads, uncompressed, without MathJax (2.1 MB) and fonts."""
    for path, page in pages.items():
        loaded = {(SITE / path).parent.joinpath(unquote(urlsplit(element[key]).path)).resolve()
                  for tag, key in LOADS.items() for element in page.find_all(tag, attrs={key: True})
                  if not set(element.get("rel", [])) & {"next", "prev", "search"} and not urlsplit(element[key]).scheme}
        weight = sum(file.stat().st_size for file in {SITE / path, *loaded} if file.name != "tex-svg.js")
        assert weight < 1_500_000, f"{path}: {weight / 1e6:.2f} MB"


def test_interface_is_in_the_language_of_the_edition(pages):
    for path, page in pages.items():
        if path != "index.html":
            assert page.html["lang"] == {"en": "en", "zh": "zh-CN"}[path[:2]]
            words = [element[key] for key in ("title", "aria-label", "placeholder") for element in page.find_all(attrs={key: True})
                     if element.name not in ("link", "audio")]
            words += [element.get_text() for element in page.select("summary, details.solution > label")]
            for text in words:
                said = re.sub(r"^[\d.]+ .*", "", text.strip())            # not the titles of pages
                assert not said or bool(CHINESE.search(said)) == path.startswith("zh"), f"{path}: {text}"


def test_the_solution_and_nothing_else_is_folded(pages):
    for path, page in pages.items():
        folds = page.select("details.solution")
        assert len(folds) == (path in exercises(pages)), path
        for fold in folds:
            assert fold.has_attr("open"), "without scripts it must show"
            inside = [heading.get_text().rstrip("#") for heading in fold.find_all("h2")]
            before = [heading.get_text().rstrip("#") for heading in fold.find_all_previous("h2") if heading.find_parent("article")]
            assert inside[:2] in (["Answer", "Solution"], ["答案", "解答"]) and before in (["Exercise"], ["练习"]), path


def test_section_overviews_answer_every_exercise_in_a_line(pages):
    overviews = {path: page for path, page in pages.items() if re.search(r"/6\.\d-[^/]+/index\.html$", path)}
    assert len(overviews) == 12
    for path, page in overviews.items():
        answers = {link["href"]: link.find_parent(["li", "tr"]).get_text().replace(link.get_text(), "", 1)
                   for link in page.select("article a") if re.match(r"\d+\.\d+\.\d+-", link["href"])}
        wanted = {Path(exercise).name for exercise in exercises(pages) if Path(exercise).parent == Path(path).parent}
        assert set(answers) == wanted and all(len(answer.strip()) > 15 for answer in answers.values()), path


def test_the_build_report_accounts_for_every_page(pages):
    for edition in ("en", "zh"):
        report = pages[f"{edition}/build-report.html"]
        machine, runs, spent, trained, caught, *speed = [[[cell.get_text() for cell in row.select("td")] for row in table.select("tbody tr")]
                                                 for table in report.select("article table")]
        assert dict(machine)["torch"] in (ROOT / "requirements.txt").read_text(encoding="utf-8")
        assert [row[0] for row in runs[:-1]] == [page.h1.get_text().rstrip("#") for path, page in exercises(pages).items()
                                                 if path.startswith(edition)]
        for column in (3, 4):
            assert sum(int(row[column]) for row in runs[:-1]) == int(runs[-1][column]) > len(runs)
        assert all(float(row[2].removesuffix(" GB")) > 0 and re.fullmatch("\\d{4}\u2011\\d\\d\u2011\\d\\d", row[5]) for row in runs[:-1])
        assert {row[0][:5] for row in trained} == {"6.6.1", "6.6.2", "6.6.3", "6.6.4"} and all(row[4] for row in trained)
        assert len(spent) == 4 and {row[0] for row in caught} >= {"6.6.1", "6.6.2", "6.6.3", "6.6.4"}
        assert all(float(allowed) <= float(shift) for *_, allowed, shift in caught), "a shift below the tolerance cannot be caught"
        records = json.loads((ROOT / "chapters" / "benchmark.json").read_text())
        assert [len(table) for table in speed] == [len(part) for record in records.values() for part in (record["loops"], record["growth"])]


@pytest.mark.parametrize("edition, words", [("en", ["kernel", "pooling", "convolution", "stride"]),
                                            ("zh", ["卷积核", "汇聚", "平移不变性", "步幅", "pooling"])])
def test_search_index_holds_the_words_of_a_query(edition, words):
    index = (SITE / edition / "searchindex.js").read_text(encoding="utf-8")
    index = json.loads(index.removeprefix("Search.setIndex(").rstrip().removesuffix(")"))
    search = Search({})
    for word in words:
        terms = [term for term in map(search.stem, search.split(word)) if search.word_filter(term)]
        assert terms and all(term in index["terms"] or term in index["titleterms"] for term in terms), word


@pytest.mark.skipif(not shutil.which("node"), reason="needs node")
def test_a_query_is_split_as_the_index_is():
    query = "1×1 卷积核, translation-invariant 核 padding_mode"
    script = Search.js_splitter_code + f"console.log(JSON.stringify(splitQuery({json.dumps(query)})))"
    split = json.loads(subprocess.run(["node", "-e", script], capture_output=True, text=True, check=True).stdout)
    assert split == ["1", "1", "卷积", "积核", "translation", "invariant", "核", "padding_mode"]
    assert set(split) <= set(Search({}).split(query))


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
    shutil.copytree(ROOT / "bookbuild", root / "bookbuild")
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
    assert f'href="https://colab.research.google.com/github/someone/a-fork/blob/main/{practice}">在 Colab 上打开练习本</a>' in page
    assert "运行本页的全部代码用了 3 分钟（CPU，1 线程）" in page
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
