"""The numbers of the prose: found where prose is, tied to code and outputs, and named when a change of outputs leaves them behind."""
import nbformat
import pytest

from bookbuild import pages, prose
from conftest import bookbuild
from test_build import edit, edit_both, page_of

TEXT = '''---
title: 11
---

# 1.1.1 A page of 12

Between 13 and 1,400 of them, as `f(15)` in [1.1.16](1.1.17-page.md), equation (6.18) and arXiv:1805.19.
Then $2.2\\times10^{-7}$, 2{,}100
and 18.9 million. Or 56 %?

```{code-cell} ipython3
:tags: [check]

verify(24)
```

```{code-cell} ipython3
---
tags: [figure]
mystnb:
  image:
    alt: Two bars, one
      of 25.
  figure:
    caption: Over 26 of them.
---
- 27
```
'''


def test_numbers_are_found_in_prose_alone_with_their_place_and_sentence(tmp_path):
    page = pages.Page(tmp_path, "1.1-demo/1.1.1-powers")
    pages.write(page.md("en"), TEXT), pages.write(page.md("zh"), "一共 470 万。")
    found = prose.about(page)
    assert [(number.text, number.line, number.cell) for number in found] == [
        ("12", 5, None), ("13", 7, None), ("1,400", 7, None), ("2.2", 8, None), ("2{,}100", 8, None), ("18.9", 9, None), ("56", 9, None),
        ("25", 23, 1), ("26", 25, 1), ("470", 1, None)]
    assert [number.sentence for number in found[5:]] == [
        "Then $2.2\\times10^{-7}$, 2{,}100 and 18.9 million.", "Or 56 %?", "alt: Two bars, one of 25.", "caption: Over 26 of them.", "一共 470 万。"]
    assert [(number.value, number.unit) for number in found[3:]] == [(2.2e-7, 1), (2100, 1), (18.9, 1e6), (56, 0.01), (25, 1), (26, 1), (470, 1e4)]


@pytest.mark.parametrize("told, held, right", [
    ("0.564", 0.5636, True), ("0.564", 0.5646, False), ("56 %", 0.5636, True), ("56 points", 56.3, True), ("56", 0.5636, False), ("57 %", 0.5636, False),
    ("1,400", 1400, True), ("1{,}400", 1400, True), ("1,400", 1401, False), ("1.4", 1400, False), ("1.4 million", 1_440_000, True),
    ("140 万", 1_400_000, True), ("1.4 million", 1_460_000, False), ("$3.6\\times10^{-7}$", 3.58e-7, True), ("$3.6\\times10^{-7}$", 3.58e-6, False)])
def test_a_number_is_held_to_the_digits_that_it_tells(told, held, right):
    number, = prose.numbers(None, told, told)
    assert prose.holds({held, 9.0}, number) == right


def test_numbers_are_held_by_code_and_outputs():
    new = nbformat.v4
    cells = [new.new_code_cell("for n in range(1, 13):\n    print(1_000, 0.25)", outputs=[new.new_output("stream", text="2,300 and 4.5e-3")]),
             new.new_code_cell("7", metadata={"tags": ["nbval-ignore-output"]}, outputs=[new.new_output("stream", text="800")])]
    notebook = new.new_notebook(cells=cells)
    assert prose.held(notebook) == {1, 13, 12, 1000, 0.25, 2300, 4.5e-3, 7} and prose.held(notebook, code=False) == {2300, 4.5e-3}


def test_accepting_names_the_prose_that_still_tells_the_old_value(accepted):
    for edition, sentence in (("en", "Seven points.\n\nThe mean is 0.50, as is 7 of 14. No more."), ("zh", "七个点。均值是 0.50。完。")):
        edit(page_of(accepted).md(edition), "```{code-cell} ipython3\nimport numpy", f"{sentence}\n\n```{{code-cell}} ipython3\nimport numpy")
        pages.pair(page_of(accepted), edition)
    (accepted / "chapters/en/cards.yml").write_text('1.1.0: {answer: "0.50"}\n1.1.1: {answer: "Half: 0.500"}\n')
    (accepted / "chapters/en/wrong-answers.md").write_text("# Wrong\n\n| [1.1.1](1.1-demo/1.1.1-powers.md) | 0.5 | no |\n| [1.1.2](1.1-demo/1.1.2-x.md) | 0.50 | no |\n")
    edit_both(accepted, "mean 0.5000", "mean 0.7500")
    done = bookbuild(accepted, "accept")
    named = [line for line in done.stdout.splitlines() if "any more" in line]
    source = page_of(accepted).md("en").read_text().splitlines()
    assert named == [
        f"chapters/en/1.1-demo/1.1.1-powers.md:{source.index('The mean is 0.50, as is 7 of 14. No more.') + 1}: "
        "neither outputs nor code hold 0.50 any more: The mean is 0.50, as is 7 of 14.",
        'chapters/en/cards.yml:2: neither outputs nor code hold 0.500 any more: 1.1.1: {answer: "Half: 0.500"}',
        "chapters/en/wrong-answers.md:3: neither outputs nor code hold 0.5 any more: | [1.1.1](1.1-demo/1.1.1-powers.md) | 0.5 | no |",
        f"chapters/zh/1.1-demo/1.1.1-powers.md:{page_of(accepted).md('zh').read_text().splitlines().index('七个点。均值是 0.50。完。') + 1}: "
        "neither outputs nor code hold 0.50 any more: 均值是 0.50。"]
    assert done.returncode == 0 and "accepted 1.1.1-powers" in done.stdout
    edit_both(accepted, "mean 0.7500", "mean 0.5000")
    assert "any more" not in bookbuild(accepted, "accept").stdout
