"""The build report: what ran to make the site, as Markdown for a page of each edition."""
import platform
import time
from importlib.metadata import version

from bookbuild import run
from bookbuild.pages import code_cells, read_source
from d2l_solutions.outputs import BUNDLE

PACKAGES = ("torch", "torchvision", "numpy", "scipy", "sympy", "hypothesis", "matplotlib", "nbval", "jupyter-book")
WORDS = {
    "en": {"machine": "## Machine and packages", "pages": "## Pages", "training": "## Training", "what": "| what | |",
           "device": "device", "threads": "threads per page", "system": "system", "total": "all pages",
           "row": "| exercise | time | peak memory | checks passed | wrong answers refuted | run on |",
           "run": "| exercise | net | images | epochs | seeds |", "seconds": "{:.0f} s", "comma": ", "},
    "zh": {"machine": "## 机器与软件包", "pages": "## 页面", "training": "## 训练", "what": "| 项目 | |",
           "device": "设备", "threads": "每页线程数", "system": "系统", "total": "全部页面",
           "row": "| 习题 | 用时 | 内存峰值 | 通过的检验 | 驳倒的错误答案 | 运行日期 |",
           "run": "| 习题 | 网络 | 图像数 | 轮数 | 随机种子 |", "seconds": "{:.0f} 秒", "comma": "、"},
}


def markdown(edition, results, build):
    """The tables for pages that ran as accepted. They depend on the runs only: nothing changes if no page ran."""
    words, environment = WORDS[edition], run.environment()
    facts = {words["device"]: environment["device"].upper(), words["threads"]: environment["threads"],
             words["system"]: f"{platform.system()} {environment['machine']}", "Python": environment["python"]}
    facts |= {package: version(package) for package in PACKAGES}
    rows, runs, totals = [], [], [0, 0, 0]
    for result in results:
        link = f"[{title(result.page, edition)}]({result.page.path}.md)"
        checks, refuted = count(result.fresh, "check"), refutations(result.fresh)
        totals = [total + more for total, more in zip(totals, (result.seconds, checks, refuted))]
        rows.append([link, words["seconds"].format(result.seconds), f"{result.peak_bytes / 1e9:.2f} GB", checks, refuted,
                     date(result.page, build)])
        runs += [[link, name, f"{settings['images']:,}", settings["epochs"], words["comma"].join(map(str, settings["seeds"]))]
                 for name, settings in trainings(result.fresh)]
    seconds, checks, refuted = totals
    rows.append([f"**{words['total']}**", words["seconds"].format(seconds), "", checks, refuted, ""])
    return "\n\n".join([words["machine"], table(words["what"], facts.items()), words["pages"], table(words["row"], rows),
                        words["training"], table(words["run"], runs)]) + "\n"


def table(header, rows):
    lines = [header, "|---" * (header.count("|") - 1) + "|", *("| " + " | ".join(map(str, row)) + " |" for row in rows)]
    return "\n".join(lines)


def title(page, edition):
    return read_source(page, edition).cells[0].source.splitlines()[0].removeprefix("# ")


def count(notebook, tag):
    return sum(tag in cell.metadata.get("tags", []) for cell in code_cells(notebook))


def refutations(notebook):
    """How many counterexamples to wrong answers the page shows."""
    return sum(output.get("text", "").count("Refuted: ") for cell in code_cells(notebook) for output in cell.outputs)


def trainings(notebook):
    """[(name, settings)] of the training runs, from the fingerprints that they leave."""
    bundles = [output["data"][BUNDLE] for cell in code_cells(notebook) for output in cell.outputs
               if BUNDLE in output.get("data", {})]
    return [(bundle["name"], bundle["structure"]) for bundle in bundles if "seeds" in bundle["structure"]]


def date(page, build):
    return time.strftime("%Y-%m-%d", time.gmtime((run.folder(page, build) / "outcome.json").stat().st_mtime))
