"""Formulas as MathML, for the site and the EPUB: latex2mathml's, mended where browsers (MathML Core) need it otherwise."""
import html
import re
import unicodedata
from xml.etree import ElementTree

from docutils import nodes
from docutils.nodes import SkipNode
from latex2mathml.converter import convert

NAMESPACE = "http://www.w3.org/1998/Math/MathML"
DELIMITERS = {r"\lfloor": "⌊", r"\rfloor": "⌋", r"\lceil": "⌈", r"\rceil": "⌉", r"\lvert": "|", r"\rvert": "|"}
FUNCTIONS = {"sin", "cos", "tan", "sinh", "cosh", "tanh", "log", "ln", "exp", "max", "min", "sup", "inf", "det", "dim", "gcd", "lim"}
LIMITS = {"max", "min", "sup", "inf", "lim"}
ALPHABETS = {"bold": "BOLD", "sans-serif": "SANS-SERIF", "double-struck": "DOUBLE-STRUCK"}
ARROWS = set("⟺⟹⇔⇒⟶→↦")
SCRIPTS = {"msub": 1, "msup": 1, "msubsup": 2}     # with how many
CLOSING = set(")]⌋⌉|′″")          # after which a sign joins two terms
NO_OPERATORS = set("∞…⋯∎°")       # which have no space of their own around them
RELATIONS = set("=<>≤≥≠≈≡∈→↦⇒⇔⟺⟶←≪≫")
LONG = 14                         # tokens from which on an inline formula may break after a relation
BEFORE = re.compile(r"(?:[（“‘《「(\[]+|[^\s\u2e80-\u9fff\uff00-\uffef，。—]{1,12})$")
AFTER = re.compile(r"^(?:[，。；：、！？）》」’”…]+|[^\s\u2e80-\u9fff\uff00-\uffef（“‘《—]{1,12})")

ElementTree.register_namespace("", NAMESPACE)


def mathml(tex, display="inline"):
    """MathML of a formula, its TeX kept as `alttext`; ValueError if it holds a command that is not known."""
    return ElementTree.tostring(tree(tex, display), encoding="unicode")


def tree(tex, display="inline"):
    known = re.sub(r"(\\[Bb]igg?[lr]?)\s*(\\[lr](?:floor|ceil|vert))", lambda match: match[1] + DELIMITERS[match[2]], tex)
    known = re.sub(r"\\mathrel\{([^{}]*)\}", r"\1", known)
    known = re.sub(r"\\(begin|end)\{aligned\}", r"\\\1{align*}", known)
    known = re.sub(r"\\(begin|end)\{gathered\}", r"\\\1{matrix}", known)
    converted = convert(known, display=display)
    if left := re.findall(r">\s*(\\[a-zA-Z]+)", converted):
        raise ValueError(f"latex2mathml does not know {', '.join(left)}: {tex}")
    math = ElementTree.fromstring(converted)
    for parent in list(math.iter()):
        group_base(parent)
        enclose_tables(parent)
        name_functions(parent, display)
        join_letters(parent)
        join_thousands(parent)
        place_primes(parent)
        space_operators(parent)
        align(parent, gathered="gathered" in tex)
    math.set("alttext", tex)
    return math


def tag(element):
    return element.tag.removeprefix(f"{{{NAMESPACE}}}")


def new(name, text="", **attributes):
    element = ElementTree.Element(f"{{{NAMESPACE}}}{name}", attributes)
    element.text = text
    return element


def group_base(parent):
    """An exponent or an index belongs to one element: to a bracket with all that it holds, if it stands behind one."""
    count = SCRIPTS.get(tag(parent))
    if count and len(parent) > count + 1:
        base = new("mrow")
        base.extend(parent[:-count])
        parent[:] = [base, *parent[-count:]]


def enclose_tables(parent):
    """Brackets are as high as the matrix between them, not as the highest one in the formula."""
    children = list(parent)
    for left, table, right in zip(children, children[1:], children[2:]):
        if tag(table) == "mtable" and len(children) > 3 and tag(left) == tag(right) == "mo" and right.text in ("]", ")", "|"):
            row = new("mrow")
            parent.insert(list(parent).index(left), row)
            for part in (left, table, right):
                parent.remove(part)
                row.append(part)


def name_functions(parent, display):
    """Names of functions as identifiers with the space around them that TeX leaves; limits below them where displayed."""
    children = []
    for child in parent:
        name = child[0] if tag(child) in ("msub", "msup", "msubsup") else child
        if tag(name) in ("mo", "mi") and (tag(name) == "mo" and re.fullmatch("[a-z]{2,}", name.text or "") or name.text in FUNCTIONS):
            if name.text == "mod":
                children.append(child)
                continue
            name.tag = new("mi").tag
            if display == "block" and tag(child) == "msub" and name.text in LIMITS:
                child.tag = new("munder").tag
            if children and (tag(children[-1]) not in ("mo", "mspace") or children[-1].text in (")", "]")):
                children.append(new("mspace", width="0.167em"))
            children += [child, new("mspace", width="0.167em")]
        elif tag(child) == "mo" and (child.text or "") in "([⌊⌈|" and children and tag(children[-1]) == "mspace" and is_function(children):
            children[-1] = child
        else:
            children.append(child)
    if tag(parent) in ("mrow", "mtd", "math", "mstyle"):
        parent[:] = children


def is_function(children):
    return len(children) > 1 and children[-1].get("width") == "0.167em" and any(
        part.text in FUNCTIONS or len(part.text or "") > 1 for part in list(children[-2].iter()) if tag(part) == "mi")


def join_letters(parent):
    """Upright letters one after the other as one identifier; other alphabets by their own characters."""
    for child in parent:
        if alphabet := ALPHABETS.get(child.get("mathvariant")):
            child.text = "".join(letter_of(alphabet, letter) for letter in child.text)
            del child.attrib["mathvariant"]
    children = []
    for child in parent:
        if children and all(tag(c) == "mi" and c.get("mathvariant") == "normal" and (c.text or "").isalpha() for c in (children[-1], child)):
            children[-1].text += child.text
        else:
            children.append(child)
    for child in children:
        if child.get("mathvariant") == "normal" and len(child.text or "") > 1:
            del child.attrib["mathvariant"]
    parent[:] = children


def letter_of(alphabet, letter):
    kind = "DIGIT" if letter.isdigit() else "CAPITAL" if letter.isupper() else "SMALL"
    name = unicodedata.name(letter).split()[-1]
    for begin in ("MATHEMATICAL ", ""):
        try:
            return unicodedata.lookup(f"{begin}{alphabet} {kind} {name}")
        except KeyError:
            pass
    return letter


def join_thousands(parent):
    """10{,}000 is one number."""
    children = list(parent)
    for left, comma, right in zip(children, children[1:], children[2:]):
        if tag(left) == tag(right) == "mn" and tag(comma) == "mrow" and [c.text for c in comma] == [","]:
            right.text = f"{left.text},{right.text}"
            parent.remove(left)
            parent.remove(comma)


def place_primes(parent):
    """A prime stands at its own height: beside its letter, not raised once more."""
    if tag(parent) in ("msup", "msubsup") and parent[-1].text in ("′", "″"):
        prime = new("mo", parent[-1].text, lspace="0", rspace="0", form="postfix")
        base = new("mrow")
        base.extend([parent[0], prime])
        if tag(parent) == "msup":
            parent.tag, parent[:] = base.tag, [parent[0], prime]
        else:
            parent.tag, parent[:] = new("msub").tag, [base, parent[1]]


def space_operators(parent):
    """Signs before a number, dots and strokes without the space of an operator between two terms, arrows with more."""
    previous = None
    for child in parent:
        if child.text in NO_OPERATORS:
            child.tag = new("mi").tag
        if child.text == "±":
            child.tag = new("mo").tag
        if tag(child) == "mo" and child.text in ("−", "-", "+", "±") and (previous is None or tag(previous) in ("mo", "mspace") and previous.text not in CLOSING):
            child.set("form", "prefix")
        if tag(child) in ("mo", "mi") and child.text in ARROWS:
            child.tag = new("mo").tag
            child.set("lspace", "0.35em")
            child.set("rspace", "0.35em")
        if tag(child) == "mo" and child.text in ("|", "/", "!"):
            child.set("lspace", "0")
            child.set("rspace", "0")
        previous = child


def align(parent, gathered):
    """What browsers take from style sheets: the alignment in tables."""
    if tag(parent) == "mtable" and gathered:
        parent.set("displaystyle", "true")
    if tag(parent) == "mtd" and "columnalign" in parent.attrib:
        parent.set("style", f"text-align: {parent.attrib.pop('columnalign')}; padding-inline: 0")


def pieces(math):
    """An inline formula as one <math> or, if it is long, as several, between which a line may break: after relations."""
    row = math[0]
    while len(row) == 1 and tag(row[0]) == "mrow":
        row = row[0]
    if sum(len(element) == 0 for element in math.iter()) < LONG:
        return [math]
    parts, part, depth = [], [], 0
    for child in row:
        part.append(child)
        core = child[0] if tag(child) in ("msub", "msup", "msubsup") else child
        if tag(core) == "mo" and core.text:
            depth += (core.text in "([{") - (core.text in ")]}")
            if core.text in RELATIONS and depth == 0:
                child.set("form", "infix")
                parts.append(part)
                part = []
    if part:
        parts.append(part)
    found = []
    for part in parts:
        piece = new("math", display="inline")
        piece.append(new("mrow"))
        piece[0].extend(part)
        found.append(piece)
    found[0].set("alttext", math.get("alttext"))
    return found


def inline_html(tex, before="", after=""):
    """An inline formula, no line break between it and the punctuation that touches it."""
    parts = [ElementTree.tostring(piece, encoding="unicode") for piece in pieces(tree(tex))]
    parts[0] = html.escape(before) + parts[0]
    parts[-1] += html.escape(after)
    return "<wbr>".join(f'<span class="formula">{part}</span>' for part in parts)


def text_html(text):
    """A line of plain text with formulas between dollar signs and code between backticks, as HTML."""
    parts = re.split(r"\$([^$]+)\$", text)
    for i in range(1, len(parts), 2):
        before, after = BEFORE.search(parts[i - 1]), AFTER.search(parts[i + 1])
        before, after = before[0] if before else "", after[0] if after else ""
        parts[i - 1], parts[i + 1] = parts[i - 1].removesuffix(before), parts[i + 1].removeprefix(after)
        parts[i] = inline_html(parts[i], before, after)
    return "".join(part if i % 2 else re.sub("`([^`]+)`", r"<code>\1</code>", html.escape(part)) for i, part in enumerate(parts))


def glue_punctuation(app, doctree, docname):
    """Give each inline formula the punctuation and letters that touch it, which must not part from it at a line's end."""
    for math in list(doctree.findall(nodes.math)):
        siblings, i = math.parent.children, math.parent.index(math)
        for key, j, pattern in (("after", i + 1, AFTER), ("before", i - 1, BEFORE)):
            if 0 <= j < len(siblings) and isinstance(siblings[j], nodes.Text) and (match := pattern.search(siblings[j])):
                math[key] = match[0]
                rest = siblings[j][match.end():] if key == "after" else siblings[j][:match.start()]
                math.parent.replace(siblings[j], nodes.Text(rest))


def close_up(app, doctree, docname):
    """No blank after emphasis that ends in a Chinese full stop or colon: Markdown needs one there, a reader does not."""
    for emphasis in list(doctree.findall(lambda node: isinstance(node, (nodes.strong, nodes.emphasis)))):
        after = emphasis.next_node(descend=False, siblings=True)
        if isinstance(after, nodes.Text) and re.search("[。：，；！？）”]$", emphasis.astext()):
            emphasis.parent.replace(after, nodes.Text(after.lstrip(" ")))


def visit_math(self, node):
    self.body.append(inline_html(node.astext(), node.get("before", ""), node.get("after", "")))
    raise SkipNode


def visit_math_block(self, node):
    self.body.append(f'<div class="math">{mathml(node.astext(), "block")}</div>\n')
    raise SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
    app.connect("doctree-resolved", close_up)
    app.connect("doctree-resolved", glue_punctuation)
