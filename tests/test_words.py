"""The catalogues: every word of outputs, figures and checks has its Chinese, and nothing but words is changed."""
import ast
import re

import nbformat
import pytest

from bookbuild import pages, practice, run, words
from conftest import ROOT, make_book
from nbdrift import compare, outputs
from test_pages import COLUMNS, each_page, tags


def test_a_template_stands_for_all_texts_like_it():
    translate = words.Words({"{0} shapes, {1} of them right": "{0} 种形状中有 {1} 种正确", "max pooling": "最大汇聚", "{name}: done": "{name}：完成"})
    assert translate("20 shapes, 3 of them right") == "20 种形状中有 3 种正确"
    assert translate("  max pooling: done\n") == "  最大汇聚：完成\n"
    assert translate.missing == {}


def test_what_the_library_joins_is_translated_piece_by_piece():
    translate = words.Words({**words.ZH, "windows": "窗口", "Count again": "再数一遍"})
    said = "Refuted: n=3, k=(1, 2): windows: at [0]: claimed 1, actually 2; in full claimed [1], actually [2]. Count again"
    assert translate(said) == "驳倒：n=3, k=(1, 2)：窗口：位置 [0]：答案为 1，实际为 2；全部写出，答案为 [1]，实际为 [2]。再数一遍"
    assert not translate.missing


@pytest.mark.parametrize("said, meant", [
    ("Refuted: m=1, s=3: 2 is missing. Count again", "驳倒：m=1, s=3：缺少 2。再数一遍"),
    ("Refuted: guess raised ValueError (no) on the input n=3, s=1", "驳倒：输入 n=3, s=1 时，guess 抛出 ValueError（no）"),
    ("padding: passed (3 cases, 4 comparisons)", "padding：通过（3 种情形，4 次比较）")])
def test_the_outermost_words_are_translated_first_and_names_of_answers_stay(said, meant):
    assert words.Words({**words.ZH, "Count again": "再数一遍", "padding": "填充"})(said) == meant


def test_a_case_that_is_told_in_words_is_translated():
    translate = words.Words({**words.ZH, "net='{0}x{1} pooling'": "net='{0}×{1} 汇聚'"})
    assert translate("Refuted: net='2x2 pooling': claimed 1, actually 2") == "驳倒：net='2×2 汇聚'：答案为 1，实际为 2"


def test_blanks_that_chinese_does_not_have():
    translate = words.Words({"{0} of the images": "占图像的 {0}", "{0} on {1}": "输入 {1} 时 {0}", "an array": "数组", "fails": "失败"})
    assert translate("fails on an array") == "输入数组时失败"
    assert [translate(text) for text in ("40.0 %", " 7 %", "12.5 % of the images")] == ["40.0%", " 7%", "占图像的 12.5%"]
    assert words.translate_svg("<text>40.0 %</text>", translate) == "<text>40.0%</text>" and not translate.missing


def test_fields_may_change_their_order():
    assert words.Words({"{0} of {1}": "{1} 中的 {0}"})("3 of 20") == "20 中的 3"
    assert words.Words({"{f} Hz passes at {gain:.0%}": "{gain}（{f} Hz）"}).entries == {"{0} Hz passes at {1}": "{1}（{0} Hz）"}


@pytest.mark.parametrize("text", ["torch.Size([2, 2])", "3.5", "x", "(1, 2)", "<figure 6.3.1-coverage>", ""])
def test_what_has_no_words_needs_none(text):
    translate = words.Words({})
    assert translate(text) == text and not translate.missing


def test_a_missing_word_is_noted_with_its_numbers_masked():
    translate = words.Words({})
    assert translate("loss 0.25 after 3 steps") == "loss 0.25 after 3 steps"
    assert list(translate.missing) == ["loss {0} after {1} steps"]


def test_a_drawing_changes_its_words_and_nothing_else():
    svg = '<g><path d="M 1 2"/><text style="font-size: 9px; text-anchor: middle" x="3">test accuracy</text><text x="1">0.5</text></g>'
    translated = words.translate_svg(svg, words.Words({"test accuracy": "测试精度"}))
    assert translated == svg.replace("test accuracy", "测试精度")


def test_a_text_with_a_formula_becomes_one_piece():
    svg = '<text>\n<tspan x="0" style="font-size: 12px">a</tspan>\n<tspan x="5" style="font-size: 12px">t</tspan>\n</text>'
    assert words.translate_svg(svg, words.Words({"at": "于"})) == '<text style="font-size: 12px">于</text>'


def test_the_messages_of_checks_are_translated_in_the_code():
    source = 'expect(gain < 1, "{f} Hz passes at {gain:.0%}", f=f, gain=gain)\nassert a == b, f"{n=}: {a} is not {b}"\n'
    translate = words.Words({"{0} Hz passes at {1}": "{0} Hz 通过 {1}", "n={0}: {1} is not {2}": "n={0}：{1} 不等于 {2}"})
    changed = words.translate_code(source, translate)
    assert "'{f} Hz 通过 {gain:.0%}'" in changed and "不等于 {b}" in changed and not translate.missing
    values = {"n": 3, "a": 1, "b": 2, "gain": 0.5, "f": 7, "expect": lambda *_, **__: None}
    with pytest.raises(AssertionError, match="n=3：1 不等于 2"):
        exec(changed, values)


def test_phrases_that_are_handed_on_to_a_message_are_translated():
    source = 'compare_layers(answer, "Which tensors are kept?")\nnets = [(f"{k}x{k} pooling", net)]\nkeys = {"two words": 1}["two words"]\n'
    translate = words.Words({"Which tensors are kept?": "留下哪些张量？", "{0}x{1} pooling": "{0}×{1} 汇聚"})
    changed = words.translate_code(source, translate)
    assert "留下哪些张量" in changed and "{k}×{k} 汇聚" in changed and changed.count("two words") == 2 and not translate.missing
    assert words.used_and_missing(pages.find_pages(ROOT)[0], [], ['say("nobody translated this")'])[1] == ["nobody translated this"]


def test_remarks_in_code_are_translated():
    source = 'def f(x):\n    """Twice x: {1: 2}.\n    At once."""\n    return 2 * x        # doubled\n# 5\n'
    translate = words.Words({"Twice x: {0}.\nAt once.": "x 的两倍：{0}。\n一次算出。", "doubled": "加倍"})
    assert words.translate_remarks(source, translate) == (
        'def f(x):\n    """x 的两倍：{1: 2}。\n    一次算出。"""\n    return 2 * x        # 加倍\n# 5\n')
    words.translate_remarks("x = 1      # nobody translated this\n", translate)
    assert list(translate.missing) == ["nobody translated this"]


@each_page
def test_chinese_remarks_change_nothing_but_themselves_and_fit_the_box(page):
    chinese = words.of_page(page)
    for cell in pages.code_cells(pages.read_source(page, "zh")):
        if "setup" in tags(cell):
            continue
        changed = words.translate_remarks(cell.source, chinese)
        for *_, remark in words.remarks(cell.source):
            numbers = [sorted(re.findall(r"\d+", words.FIELD.sub("", text))) for text in (remark, chinese.entries[words.positional(remark)])]
            assert numbers[0] == numbers[1], remark
        bare = [ast.parse(source) for source in (cell.source, changed)]
        for tree in bare:
            for node in ast.walk(tree):
                if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node):
                    node.body[0].value.value = ""
        assert ast.dump(bare[0]) == ast.dump(bare[1])
        assert [line for line in changed.splitlines() if outputs.width(line) > COLUMNS] == []


@each_page
def test_the_catalogue_covers_the_page(page):
    code = [code for kind, code, _ in practice.exercise_code(page) if kind != "answer"]
    used, missing = words.used_and_missing(page, pages.code_cells(run.accepted_notebook(page)), code)
    assert missing == []
    assert set(words.read(page)) == used, "entries that nothing needs"
    assert all(words.read(page).values())
    assert all(words.FIELD.sub("", key).strip(" ,:.") for key in words.read(page)), "an entry that fits everything"


@each_page
def test_numbers_are_the_same_in_both_editions(page):
    """Every printed line and every text of a figure has the same numbers, in whatever order."""
    cells = {edition: pages.code_cells(nbformat.read(page.ipynb(edition), as_version=4)) for edition in pages.EDITIONS}
    for english, translated in zip(cells["en"], cells["zh"], strict=True):
        for one, other in zip(english.outputs, translated.outputs, strict=True):
            texts = [compare.describe(output) + "\n" + compare.drawn_text(output.get("data", {}).get(compare.SVG, ""), False) for output in (one, other)]
            assert sorted(re.findall(r"\d+(?:\.\d+)?", texts[0])) == sorted(re.findall(r"\d+(?:\.\d+)?", texts[1])), english.source


def test_a_new_word_fails_the_build(tmp_path):
    make_book(tmp_path)
    page, = pages.find_pages(tmp_path)
    words.file(page).unlink()
    cell = nbformat.v4.new_code_cell('print("a word that nobody translated")', outputs=[
        nbformat.v4.new_output("stream", name="stdout", text="a word that nobody translated\n")])
    assert words.used_and_missing(page, [cell], [])[1] == ["a word that nobody translated"]
    assert words.used_and_missing(page, [], ['expect(False, "nobody translated this")'])[1] == ["nobody translated this"]
