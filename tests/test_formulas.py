"""Formulas as MathML: what latex2mathml leaves to be mended, and how a formula keeps the punctuation that touches it."""
import re
from pathlib import Path
from xml.etree import ElementTree

from fontTools.ttLib import TTFont

from bookbuild.formulas import inline_html, mathml, text_html

ROOT = Path(__file__).resolve().parents[1]
FONT = ROOT / "bookbuild" / "static" / "stix-two-math.woff"


def parts(formula, display="inline"):
    """[(tag, text)] of the formula's leaves."""
    return [(element.tag.split("}")[1], element.text or "") for element in ElementTree.fromstring(mathml(formula, display)).iter() if len(element) == 0]


def formulas():
    found = set()
    for page in (ROOT / "chapters").rglob("*.md"):
        text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.S)
        found |= {one or other for one, other in re.findall(r"\$\$(.+?)\$\$|(?<!\\)\$([^$]+)\$", text, re.S)}
    for cards in (ROOT / "chapters").glob("*/cards.yml"):
        found |= set(re.findall(r"\$([^$]+)\$", cards.read_text(encoding="utf-8").replace("\\\\", "\\")))
    return found


def test_names_are_words_and_numbers_are_whole():
    assert parts(r"\mathrm{ReLU}(x)")[0] == ("mi", "ReLU")
    assert parts(r"2\operatorname{rank}A") == [("mn", "2"), ("mspace", ""), ("mi", "rank"), ("mspace", ""), ("mi", "A")]
    assert parts(r"\max(a)") == [("mi", "max"), ("mo", "("), ("mi", "a"), ("mo", ")")]
    assert parts("10{,}000") == [("mn", "10,000")]
    assert parts(r"\mathsf V+\mathbf x+\mathbb{R}") == [("mi", "𝖵"), ("mo", "+"), ("mi", "𝐱"), ("mo", "+"), ("mi", "ℝ")]


def test_limits_stand_below_where_displayed():
    assert "munder" in mathml(r"\max_i x", "block") and "munder" not in mathml(r"\max_i x")


def test_signs_and_primes():
    assert '<mo form="prefix">−</mo><mn>1</mn>' in mathml("(-1)") and 'form="prefix"' not in mathml("a-1") + mathml("|a|-1")
    assert "msup" not in mathml("f'") and "msub" in mathml("x_i'")


def test_an_exponent_belongs_to_the_whole_bracket():
    power = ElementTree.fromstring(mathml(r"a+\begin{bmatrix}1&2\end{bmatrix}^\top")).find(".//{*}msup")
    assert [part.tag.split("}")[1] for part in power] == ["mrow", "mo"] and len(power[0]) == 3


def test_space_between_terms():
    assert parts(r"\text{exists}\iff a")[1] == ("mo", "⟺") and 'lspace="0.35em"' in mathml(r"a\iff b")
    assert parts(r"\psi(2)\log f")[3:6] == [("mo", ")"), ("mspace", ""), ("mi", "log")]
    assert "prefix" not in mathml(r"a+\dots+b") and parts(r"t\to\infty")[2] == ("mi", "∞") and parts(r"a\pm b")[1] == ("mo", "±")


def test_brackets_are_as_high_as_their_matrix():
    row = ElementTree.fromstring(mathml(r"a\begin{bmatrix}1\end{bmatrix}+\begin{bmatrix}1\\\\2\end{bmatrix}"))[0]
    assert [part.tag.split("}")[1] for part in row] == ["mi", "mrow", "mo", "mrow"] and [len(part) for part in row] == [0, 3, 0, 3]


def test_lines_of_a_formula_are_rows():
    assert mathml(r"\begin{aligned}a&=b\\c&=d\end{aligned}", "block").count("<mtr>") == 2
    assert mathml(r"\begin{gathered}a=b\\c=d\end{gathered}", "block").count("<mtr>") == 2


def test_punctuation_stays_with_its_formula():
    assert re.fullmatch(r'若<span class="formula"><math.*</math>，</span>则.*', text_html("若$a$，则……"))
    assert text_html("都（$a$ 时）").startswith('都<span class="formula">（<math') and text_html("都（$a$ 时）").endswith("</span> 时）")
    assert text_html("an $n$-fold").endswith("-fold</span>")
    assert text_html("`corr2d` < 1") == "<code>corr2d</code> &lt; 1"


def test_a_long_formula_breaks_after_a_relation_and_nowhere_else():
    pieces = inline_html(r"f=z+w+z^2w+zw^2-4zw=u+v+z+w", after="。").split("<wbr>")
    assert len(pieces) == 3 and all(piece.startswith('<span class="formula">') for piece in pieces)
    assert pieces[-1].endswith("</math>。</span>")
    assert "<wbr>" not in inline_html("a=b")
    assert inline_html(r"e^{-t}(e^t-1)^d=(2x)^d=t^d(1+x+y)").count("<wbr>") == 2, "what stands in brackets with an exponent is over"
    assert "<wbr>" not in inline_html(r"f(a=1,b=2,c=3,d=4,e)")


def test_every_formula_converts_to_what_browsers_know():
    found = formulas()
    assert len(found) > 500
    for formula in found:
        for display in ("inline", "block"):
            tree = ElementTree.fromstring(mathml(formula, display))
            for element in tree.iter():
                assert element.get("mathvariant") in (None, "normal"), formula
                assert "&" not in (element.text or ""), formula
                name = element.tag.split("}")[1]
                assert len(element) == {"msub": 2, "msup": 2, "msubsup": 3, "munder": 2, "mover": 2, "munderover": 3, "mfrac": 2}.get(name, len(element)), formula


def test_the_font_has_every_character():
    """Chinese characters and spaces come from the page's own font."""
    needed = {character for formula in formulas() for element in ElementTree.fromstring(mathml(formula)).iter()
              for character in element.text or "" if not re.match(r"[\s\u2e80-\u9fff\uff00-\uffef\u3000-\u303f]", character)}
    assert len(needed) > 100 and not needed - set(map(chr, TTFont(FONT).getBestCmap()))
