"""The words of the Chinese edition: outputs, figures, the messages of checks and the remarks in code, by the gettext catalogue beside each page.

An entry's msgid is a template: it stands for every text that is like it but for what is in the place of {0}, {1}, ... What was found
there is translated in turn, where an entry fits it, and put in its place in the msgstr.
"""
import ast
import copy
import html
import io
import itertools
import re
import tokenize

from babel.messages import Catalog, pofile

from nbdrift.bundle import BUNDLE
from nbdrift.compare import NUMBER, SVG
from nbdrift.outputs import html_table, plain_table

from d2l_solutions.words import ZH

FIELD = re.compile(r"\{([^{}]*)\}")
CODE = re.compile(r"[\w.]+\(.*\)|[\w.]*_\w+|\w+=(?!.*: |'\w+ ).*|<.*>", re.S)    # torch.Size([2, 2]), output_size, n=3, <figure ...>: not words
BLANK = re.compile(r"(?<=\d) (?=%)|(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")       # Chinese has none there
PASSED = "{0}: passed ({1} cases, {2} comparisons)"         # of an answer, whose name is no word
JOINTS = {": ": "：", ". ": "。"}                 # with which the library joins what a message is made of
MESSAGES = {"expect": (1, "message"), "compare": (2, "what"), "print": (0, None), "Failed": (0, None)}     # place and name of the text


class Words:
    """Templates and their translations. `used` collects those that fitted something, `missing` the texts that none fits."""

    def __init__(self, entries):
        self.entries = {positional(key): positional(value, key) for key, value in entries.items() if value}
        order = sorted(self.entries, key=lambda key: (key.startswith("{"), -len(FIELD.sub("", key))))     # first what begins with words
        self.patterns = [(pattern(key), key) for key in order]
        self.used, self.missing = set(), {}

    def find(self, text):
        """The translation of a text; None if no entry fits."""
        if text in self.entries and not FIELD.search(text):
            self.used.add(text)
            return self.entries[text]
        for joint, chinese in JOINTS.items():
            pieces = text.split(joint)
            parts = [piece if not has_words(piece) else self.find(piece) for piece in pieces if piece != text]
            if parts and None not in parts:
                return chinese.join(parts)
        for fits, key in self.patterns:
            match = fits.fullmatch(text)
            if match:
                self.used.add(key)
                parts = [part if part == text or key == PASSED else self.find(part) or part for part in match.groups()]
                return FIELD.sub(lambda field: parts[int(field[1])], self.entries[key])
        return None

    def __call__(self, text):
        """The translation of a text as it is shown; itself, noted as missing, where no entry fits and it has words."""
        core = text.strip()
        found = self.find(core) if has_words(core) else core
        if found is None:
            self.missing.setdefault(masked(core))
            return text
        return text.replace(core, BLANK.sub("", found)) if core else text

    def lines(self, text):
        return text if CODE.fullmatch(text.strip()) else "".join(self(line) for line in text.splitlines(keepends=True))


def positional(template, like=None):
    """A template with its fields numbered from 0 in order, or as those of `like` are that have their names."""
    names = [field.split(":")[0].split("!")[0] for field in FIELD.findall(like or template)]
    count = iter(range(len(names)))
    if like is None:
        return FIELD.sub(lambda _: f"{{{next(count)}}}", template)
    return FIELD.sub(lambda field: f"{{{names.index(field[1]) if field[1] in names else int(field[1])}}}", template)


def pattern(template):
    pieces = FIELD.split(template)
    return re.compile("".join(re.escape(piece) if number % 2 == 0 else "(.+?)" for number, piece in enumerate(pieces)), re.S)


def has_words(text):
    return bool(re.search(r"[A-Za-z]{2,}", text)) and not CODE.fullmatch(text)


def masked(text):
    """The text as a template: numbers as fields."""
    count = iter(range(len(text)))
    return NUMBER.sub(lambda _: f"{{{next(count)}}}", text)


def file(page):
    return page.md("zh").with_suffix(".po")


def read(page):
    """{msgid: msgstr} of the catalogue of a page, as it stands there; {} without one."""
    if not file(page).exists():
        return {}
    with open(file(page), "rb") as stream:
        return {message.id: message.string for message in pofile.read_po(stream, charset="utf-8") if message.id}


def of_page(page):
    """The words of a page: its own and the library's."""
    return Words({**ZH, **read(page)})


def translate_outputs(outputs, words):
    """The outputs of a cell with their words in Chinese; the numbers behind them are untouched."""
    outputs = copy.deepcopy(outputs)
    for output in outputs:
        data = output.get("data", {})
        if output["output_type"] == "stream":
            output["text"] = words.lines(output["text"])
        elif SVG in data:
            data[SVG] = translate_svg(data[SVG], words)
        elif "<table" in data.get("text/html", "") and BUNDLE in data:
            heads, *rows = [[words(html.unescape(text)) for text in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)]
                            for row in re.findall(r"<tr>(.*?)</tr>", data["text/html"], re.S)]
            data["text/html"], data["text/plain"] = html_table(heads, rows), plain_table(heads, rows)
        elif "text/plain" in data and "<audio" not in data.get("text/html", ""):
            data["text/plain"] = words.lines(data["text/plain"])
    return outputs


def translate_svg(svg, words):
    """A drawing with its words in Chinese. A text with formulas, which matplotlib sets letter by letter, becomes one piece."""
    def other(match):
        attributes, content = match.groups()
        text = html.unescape(re.sub(r"<[^>]*>\s*", "", content)).strip()
        found = words(text)
        if found == text:
            return match[0]
        size = re.search(r"font-size: [\d.]+px", content)
        if size:
            attributes = f' style="{size[0]}"'
        return f"<text{attributes}>{html.escape(found, quote=False)}</text>"
    return re.sub(r"<text\b([^>]*)>(.*?)</text>", other, svg, flags=re.S)


def templates(source):
    """The texts with which code may speak to a reader, as templates: messages of checks, printed lines."""
    return [positional(template_of(node)) for node in told(ast.parse(source)) if has_words(FIELD.sub("", template_of(node)))]


def told(tree):
    """The literals, f-strings or not, among a syntax tree that a reader may get to see."""
    for node in ast.walk(tree):
        texts = []
        if isinstance(node, ast.Assert) and node.msg is not None:
            texts = [node.msg]
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            texts = node.exc.args
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MESSAGES:
            place, name = MESSAGES[node.func.id]
            texts = [*node.args[place:place + 1], *(word.value for word in node.keywords if word.arg in (name, "hint"))]
            texts = node.args if node.func.id == "print" else texts
        elif isinstance(node, (ast.Call, ast.Tuple)):        # handed on to something that tells them
            handed = node.elts if isinstance(node, ast.Tuple) else [*node.args, *(word.value for word in node.keywords)]
            texts = [text for text in handed if any(" " in template_of(literal).strip() for literal in literals(text))]
        yield from (literal for text in texts for literal in literals(text))


def literals(node):
    """The literal texts of an expression: itself, or the branches of a choice."""
    if isinstance(node, ast.JoinedStr) or isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node]
    return [*literals(node.body), *literals(node.orelse)] if isinstance(node, ast.IfExp) else []


def template_of(node):
    """A literal as a template; what an f-string fills in is a field."""
    if isinstance(node, ast.Constant):
        return node.value
    return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)


def line_starts(source):
    """Where each line begins in the encoded source."""
    return [0, *itertools.accumulate(len(line.encode()) for line in source.splitlines(keepends=True))]


def translate_code(source, words):
    """Code whose texts for a reader are Chinese, as the Chinese practice notebooks have it."""
    starts, changes = line_starts(source), []
    for node in told(ast.parse(source)):
        key = positional(template_of(node))
        if not has_words(FIELD.sub("", key)):
            continue
        if key not in words.entries:
            words.missing.setdefault(key)
            continue
        words.used.add(key)
        parts, filled = FIELD.split(words.entries[key]), []
        fields = FIELD.findall(node.value) if isinstance(node, ast.Constant) else [part for part in node.values if not isinstance(part, ast.Constant)]
        for number, piece in enumerate(parts):
            if number % 2 == 0:
                filled += [ast.Constant(piece)] if piece else []
            else:
                filled.append(ast.Constant(f"{{{fields[int(piece)]}}}") if isinstance(node, ast.Constant) else fields[int(piece)])
        new = ast.Constant("".join(part.value for part in filled)) if isinstance(node, ast.Constant) else ast.JoinedStr(filled)
        span = starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset
        changes.append((*span, ast.unparse(new).encode()))
    code = source.encode()
    for start, end, text in sorted(changes, reverse=True):
        code = code[:start] + text + code[end:]
    return code.decode()


def remarks(source):
    """(start, end, text) of every comment and docstring with words; start and end are places in the encoded source."""
    lines, starts, found = source.splitlines(keepends=True), line_starts(source), []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and not token.string.startswith("# @title"):
            start = starts[token.start[0] - 1] + len(lines[token.start[0] - 1][:token.start[1]].encode())
            found.append((start, start + len(token.string.encode()), token.string.lstrip("# ").strip()))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node):
            told = node.body[0].value
            found.append((starts[told.lineno - 1] + told.col_offset, starts[told.end_lineno - 1] + told.end_col_offset, ast.get_docstring(node)))
    return [remark for remark in found if has_words(remark[2])]


def translate_remarks(source, words):
    """Code whose comments and docstrings are Chinese, as the site and the Chinese practice notebooks show it."""
    code = source.encode()
    for start, end, text in sorted(remarks(source), reverse=True):
        key, fields = positional(text), FIELD.findall(text)
        if key not in words.entries:
            words.missing.setdefault(key)
            continue
        words.used.add(key)
        found = FIELD.sub(lambda field: f"{{{fields[int(field[1])]}}}", words.entries[key])
        indent = "\n" + " " * (start - code.rfind(b"\n", 0, start) - 1)
        new = f"# {found}" if code[start:start + 1] == b"#" else f'"""{found}"""'.replace("\n", indent)
        code = code[:start] + new.encode() + code[end:]
    return code.decode()


def translate_remarks_of(notebook, page):
    words = of_page(page)
    for cell in notebook.cells:
        if cell.cell_type == "code" and "setup" not in cell.metadata.get("tags", []):
            cell.source = translate_remarks(cell.source, words)


def used_and_missing(page, cells, practice):
    """(entries of the page's catalogue that something needs, templates without an entry) for its executed cells and practice code."""
    words = of_page(page)
    for cell in cells:
        translate_outputs(cell.outputs, words)
        if "setup" not in cell.metadata.get("tags", []):
            translate_remarks(cell.source, words)
    for source in practice:
        translate_code(source, words)
    return {key for key in read(page) if positional(key) in words.used}, list(words.missing)


def update(page, cells, practice):
    """Add to the catalogue what is missing, with an empty msgstr; remove what nothing needs. Returns (added, removed)."""
    used, missing = used_and_missing(page, cells, practice)
    entries = read(page)
    kept = {key: value for key, value in entries.items() if key in used or not value and positional(key) in missing}
    added = [key for key in missing if key not in map(positional, kept)]
    catalogue = Catalog(locale="zh_CN", charset="utf-8")
    for key, value in {**kept, **dict.fromkeys(added, "")}.items():
        catalogue.add(key, value)
    stream = io.BytesIO()
    pofile.write_po(stream, catalogue, omit_header=True, width=120)
    return stream.getvalue().decode(), added, [key for key in entries if key not in kept]
