"""The practice notebooks: question, empty answers and the page's own checks, derived from a page by its tags.

An answer is a name that an `answer` cell defines and a check is called with. Of the page's other code a practice notebook
has the definitions that checks and answers need, and nothing else: no derivation, no wrong answers, no training, no output.
What the names stand for is told in `practice/hints`, in both languages and in three steps, of which the first is in sight. In the
Chinese notebooks the checks speak Chinese.
"""
import ast
import functools
import json
import re
from dataclasses import dataclass

import nbformat
import yaml

from bookbuild import words
from bookbuild.pages import EDITIONS, code_cells, read_source, repository_url, setup_source, shown, source_digest, write_notebook

LEFT_OUT = {"setup", "wrong", "figure", "train", "trained", "raises-exception"}
TEXTS = {
    "en": {"title": "{title}: practice", "exercise": "Exercise", "answers": "Your answers", "colon": ": ",
           "steps": ["Hint for `{name}`: an idea", "Hint for `{name}`: nearly the answer"],
           "intro": "Replace what stands in the cells below by your answers and run the check that follows each of them: it passes, or it "
                    "shows a case in which your answer fails. The code of the checks is folded away, because it may give the "
                    "answer away. The worked solution is on [the page of this exercise]({page})."},
    "zh": {"title": "{title}（练习本）", "exercise": "练习", "answers": "你的答案", "colon": "：",
           "steps": ["`{name}` 的提示：思路", "`{name}` 的提示：只差一步"],
           "intro": "把下面各单元中的占位内容换成你的答案，再运行其后的检验：要么通过，要么举出你的答案不成立的例子。"
                    "检验的代码可能透露答案，因此默认折叠。完整的解答见[本题页面]({page})。"},
}
SCOPES = (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def path(page, edition):
    return page.root / "practice" / edition / f"{page.path}.ipynb"


def write(page, edition):
    """Bring the practice notebook in step with the page; a page without checks has none. Returns the files that it changed."""
    notebook = build(page, edition)
    return [path(page, edition)] if notebook and write_notebook(path(page, edition), notebook) else []


def edited(page, edition):
    """Whether a reader wrote into the practice notebook, which writing it anew would destroy.

    One that bears no mark of its writing counts as edited if an answer is no longer blank.
    """
    file = path(page, edition)
    if not file.exists():
        return False
    there = nbformat.read(file, as_version=4)
    mark = there.metadata.get("d2l_solutions", {}).get("source")
    if mark:
        return mark != source_digest(there)
    return any("answer" in cell.metadata.get("tags", []) and not re.search(r"\.\.\.|AnswerMissing\(", cell.source) for cell in there.cells)


def problems(page):
    """What is out of step, with its remedy; [] if nothing is."""
    found = []
    for edition in EDITIONS:
        wanted, file = build(page, edition), path(page, edition)
        if wanted and (not file.exists() or cells(nbformat.read(file, as_version=4)) != cells(wanted)):
            found.append(f"{shown(file, page)}: practice notebook out of step: run `make pair`")
    return found


def cells(notebook):
    return [(cell.cell_type, cell.source, dict(cell.metadata), cell.get("outputs")) for cell in notebook.cells]


def build(page, edition):
    """The practice notebook of one edition, or None."""
    answers = exercise_code(page)
    if not answers:
        return None
    text, source = TEXTS[edition], read_source(page, edition)
    prose = "\n\n".join(cell.source for cell in source.cells if cell.cell_type == "markdown")
    title = re.match(r"# (.+)", prose)[1]
    exercise = re.search(rf"^## {text['exercise']}\n(.+?)^## ", prose, re.M | re.S)[1].strip()
    home = f"{repository_url(page.root)}/blob/main/chapters/{edition}/{page.path.split('/')[0]}"
    exercise = re.sub(r"\]\((?!\w+:)([^)]+)\)", rf"]({home}/\1)", exercise)
    new = nbformat.v4
    made = [new.new_markdown_cell(f"# {text['title'].format(title=title)}\n\n{text['intro'].format(page=f'{home}/{page.name}.ipynb')}"),
            new.new_code_cell(setup_source(page.root), metadata={"tags": ["setup"]}),
            new.new_markdown_cell(f"## {text['exercise']}\n\n{exercise}\n\n## {text['answers']}")]
    chinese = words.of_page(page)
    for number, (kind, code, names) in enumerate(answers):
        if kind == "answer":
            made.append(new.new_markdown_cell(told(page, names, edition)))
        elif edition == "zh":
            code = words.translate_remarks(words.translate_code(code, chinese), chinese).replace("# @title Check: ", "# @title 检验：") + '\nfrom d2l_solutions.words import speak\n\nspeak("zh")' * (not number)
        folded = {"cellView": "form", "jupyter": {"source_hidden": True}} if kind == "check" else {}
        made.append(new.new_code_cell(code, metadata={"tags": [kind], **folded}))
    for number, cell in enumerate(made):
        cell.id = f"cell-{number}"
    notebook = new.new_notebook(cells=made, metadata={"kernelspec": source.metadata["kernelspec"]})
    notebook.metadata["d2l_solutions"] = {"source": source_digest(notebook)}
    return notebook


def told(page, names, edition):
    """What is asked and the hints, folded, for each of the answers of a cell, as Markdown."""
    text, parts = TEXTS[edition], []
    for name in names:
        asked, *steps = hints(page, name, edition)
        parts.append(f"* `{name}`{text['colon']}{asked}")
        for head, step in zip(text["steps"], steps):
            summary = re.sub("`(.+?)`", r"<code>\1</code>", head.format(name=name))
            parts.append(f"<details><summary>{summary}</summary>\n\n{step}\n\n</details>")
    return "\n\n".join(parts)


def hints(page, name, edition):
    """[what is asked, an idea, nearly the answer] for the answer `name`, in the language of the edition."""
    file = page.root / "practice" / "hints" / f"{page.number}.yml"
    try:
        return read_hints(file)[name][edition]
    except (KeyError, OSError):
        raise SystemExit(f"practice/hints/{page.number}.yml says nothing, in edition {edition}, of `{name}`") from None


@functools.cache
def read_hints(file):
    return yaml.safe_load(file.read_text(encoding="utf-8"))


@dataclass(eq=False)
class Statement:
    """A statement at the top level of a page's code. reads, binds: names."""
    cell: int
    tags: set
    node: ast.stmt
    source: str
    reads: set
    binds: set


def statements(page):
    """The page's statements in order, without those of cells that a practice notebook leaves out."""
    found = []
    for number, cell in enumerate(code_cells(read_source(page, "en"))):
        tags, lines = set(cell.metadata.get("tags", [])), cell.source.splitlines()
        if not tags & LEFT_OUT:
            for node in ast.parse(cell.source).body:
                first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])
                reads, binds = names(node)
                found.append(Statement(number, tags, node, "\n".join(lines[first - 1:node.end_lineno]), reads, binds | changed(node)))
    return found


def names(node):
    """(names read, names bound) by the code under this node, without what only its inner scopes see."""
    reads, binds = set(), set()
    if isinstance(node, ast.Name):
        (reads if isinstance(node.ctx, ast.Load) else binds).add(node.id)
    elif isinstance(node, ast.arg):
        binds.add(node.arg)
    elif isinstance(node, ast.alias):
        binds.add(node.asname or node.name.split(".")[0])
    for child in ast.iter_child_nodes(node):
        for mine, its in zip((reads, binds), names(child)):
            mine |= its
    if isinstance(node, SCOPES):
        reads, binds = reads - binds, {node.name} if hasattr(node, "name") else set()
    return reads, binds


def changed(node):
    """Names of which a statement changes a part, as `peak[0, 0] = 5` does."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AugAssign) else []
    return {next(part.id for part in ast.walk(target) if isinstance(part, ast.Name))
            for target in targets if isinstance(target, (ast.Attribute, ast.Subscript))}


def check_calls(statement):
    """The calls of checks in a statement that is no definition."""
    if isinstance(statement.node, (ast.FunctionDef, ast.ClassDef)):
        return []
    return [node for node in ast.walk(statement.node) if isinstance(node, ast.Call) and is_check(node)]


def is_check(call):
    """Whether a call is `verify(check_..., ...)`, or `check_...(...)` itself."""
    return ast.unparse(call.func).startswith("check_") or \
        ast.unparse(call.func) == "verify" and ast.unparse(call.args[0]).startswith("check_")


def exercise_code(page):
    """[(kind, code, names of the answers)] of the code cells, kind being "given", "answer" or "check"; [] without checks."""
    code = statements(page)
    defined = [name for one in code if "answer" in one.tags for name in sorted(one.binds)]
    calls = {one.cell: [] for one in code if "check" in one.tags}        # of checks, on answers, by cell
    for one in code:
        if "check" in one.tags:
            calls[one.cell] += [call for call in check_calls(one) if names(call)[0] & set(defined)]
    asked = {cell: [name for name in defined if any(name in names(call)[0] for call in found)] for cell, found in calls.items()}
    all_asked = {name for found in asked.values() for name in found}
    taken, read = [], set()

    def take(needs, wanted):
        """Definitions of these names, and of those that they need, among the wanted statements not yet taken."""
        found, todo, done = [], set(needs), set(all_asked)
        while todo - done:
            name = (todo - done).pop()
            done.add(name)
            for one in code:
                if name in one.binds and wanted(one) and not is_import(one):
                    found.append(one)
                    todo |= one.reads
        new = [one for one in code if one in found and one not in taken]
        taken.extend(new)
        read.update(todo)
        return [one.source for one in new]

    parts, told = [], set()
    for cell in sorted({one.cell for one in code if "answer" in one.tags and one.binds & all_asked}):
        whole = [one for one in code if one.cell == cell]
        answers = [one for one in whole if one.binds & all_asked]
        new = [name for one in answers for name in sorted(one.binds & all_asked)]
        given = take({name for one in whole for name in one.reads}, lambda one: one.cell < cell and not one.tags & {"answer", "check"})
        if given:
            parts.append(("given", join(given), []))
        parts.append(("answer", join(map(stub, answers)), new))
        told |= set(new)
        for check, needs in asked.items():
            if set(needs) <= told and set(needs) & set(new):
                helpers = take({name for call in calls[check] for name in names(call)[0]}, lambda one: one.cell <= check)
                values = [name for name in needs if any(name in one.binds and isinstance(one.node, ast.Assign) for one in code)]
                require = [f"require({', '.join(f'{name}={name}' for name in values)})"] if values else []
                said = [] if any(ast.unparse(call.func) == "verify" for call in calls[check]) else [f'print("passed: {", ".join(needs)}")']
                run = "\n".join([*require, *map(ast.unparse, calls[check]), *said])
                parts.append(("check", f"# @title Check: {', '.join(needs)}\n" + join([*helpers, run]), needs))
    imports = [ast.unparse(kept) for one in code if is_import(one) and (kept := only(one.node, read))]
    imports.append("from d2l_solutions.practice import AnswerMissing" + ", require" * any("\nrequire(" in text for _, text, _ in parts))
    return [("given", "\n".join(imports), []), *parts] if parts else []


def is_import(statement):
    return isinstance(statement.node, (ast.Import, ast.ImportFrom))


def only(node, needed):
    """The import statement without the names that are not needed, or None."""
    kept = [alias for alias in node.names if names(alias)[1] & needed]
    return type(node)(**{**vars(node), "names": kept}) if kept else None


def join(sources):
    """Statements one below the other, a blank line around those that span several lines."""
    text, before = "", None
    for source in sources:
        text += source if before is None else ("\n\n" if "\n" in before + source else "\n") + source
        before = source
    return text


def stub(statement):
    """What stands in place of an answer: the head of a function, the keys of a dictionary, or `...`."""
    node = statement.node
    if isinstance(node, ast.FunctionDef):
        return f'def {node.name}({ast.unparse(node.args)}):\n    raise AnswerMissing("{node.name}")'
    return f"{ast.unparse(node.targets[0])} = {blank(node.value)}"


def blank(value):
    if isinstance(value, ast.Dict):
        return "".join(["{\n", *(f"    {key(one)}: {blank(item)},\n" for one, item in zip(value.keys, value.values)), "}"])
    if isinstance(value, ast.Tuple):
        return "(" + ", ".join(map(blank, value.elts)) + ")"
    return "..."


def key(node):
    return json.dumps(node.value) if isinstance(node, ast.Constant) else ast.unparse(node)
