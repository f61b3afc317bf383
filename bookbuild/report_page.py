"""The build report: what ran to make the site, as Markdown for a page of each edition."""
import json
import platform
import time
from importlib.metadata import version

from bookbuild import calibrate, run
from bookbuild.pages import code_cells, read_source
from d2l_solutions.outputs import BUNDLE

PACKAGES = ("torch", "torchvision", "numpy", "scipy", "sympy", "hypothesis", "matplotlib", "nbval", "jupyter-book")
WORDS = {
    "en": {"machine": "## Machine and packages", "pages": "## Pages", "heading": "## Training", "what": "| what | |",
           "device": "device", "threads": "threads per page", "system": "system", "total": "all pages",
           "row": "| exercise | time | peak memory | checks passed | wrong answers refuted | run on |",
           "run": "| exercise | net | images | epochs | seeds |", "seconds": "{:.0f} s", "comma": ", ",
           "spent": "| of this time | |", "kernel": "starting kernels", "imports": "imports", "training": "training",
           "rest": "everything else", "gate": "## What the gate catches",
           "shift": "| exercise | number | value | re-run noise (sd) | allowed | caught with 99 % |",
           "sensitivity": "The last column is the smallest shift that the gate catches with a probability of 99 %: what is allowed "
                          "and what two runs differ by on their own. Test accuracies are those of the noisiest seed.",
           "alarms": "Of {runs} runs of these pages under other rounding, other thread counts and other processor instructions, each "
                     "judged by noise that was measured without it, {alarms} would have raised a false alarm (95 % interval {low:.1%} "
                     "to {high:.1%} of the runs). From the noise alone, a build without a fault raises one with a probability of at most {p:.2g}."},
    "zh": {"machine": "## 机器与软件包", "pages": "## 页面", "heading": "## 训练", "what": "| 项目 | |",
           "device": "设备", "threads": "每页线程数", "system": "系统", "total": "全部页面",
           "row": "| 习题 | 用时 | 内存峰值 | 通过的检验 | 驳倒的错误答案 | 运行日期 |",
           "run": "| 习题 | 网络 | 图像数 | 轮数 | 随机种子 |", "seconds": "{:.0f} 秒", "comma": "、",
           "spent": "| 其中 | |", "kernel": "启动内核", "imports": "导入软件包", "training": "训练",
           "rest": "其余", "gate": "## 能发现多小的偏差",
           "shift": "| 习题 | 数值 | 取值 | 重复运行的标准差 | 容许偏差 | 以 99% 的概率发现 |",
           "sensitivity": "最后一列是能以 99% 的概率发现的最小偏差：容许偏差再加上两次运行之间本来就有的差别。测试精度取波动最大的那个种子。",
           "alarms": "在其他舍入方式、线程数和处理器指令下，这些页面共运行 {runs} 次，每次都用不含这次运行的数据估计波动，其中会误报的有 {alarms} 次"
                     "（95% 置信区间为 {low:.1%} 至 {high:.1%}）。按测得的波动推算，没有差错的一次构建发生误报的概率不超过 {p:.2g}。"},
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
    spent = dict.fromkeys(("kernel", "imports", "training", "rest"), 0.0)
    for result in results:
        for kind, more in json.loads((run.folder(result.page, build) / "outcome.json").read_text()).get("spent", {}).items():
            spent[kind] += more
    seconds, checks, refuted = totals
    rows.append([f"**{words['total']}**", words["seconds"].format(seconds), "", checks, refuted, ""])
    return "\n\n".join([words["machine"], table(words["what"], facts.items()), words["pages"], table(words["row"], rows),
                        table(words["spent"], [(words[kind], words["seconds"].format(value)) for kind, value in spent.items()]),
                        words["heading"], table(words["run"], runs), *gate_section(words, edition, results)]) + "\n"


def gate_section(words, edition, results):
    """How small a shift the gate catches and how often it cries wolf: from the stored noise and the last calibrations."""
    rows = [[f"[{result.page.number}]({result.page.path}.md)", f"{name}, {key}", *(f"{number:.3g}" for number in numbers)]
            for result in results for name, key, *numbers in calibrate.sensitivity(result.page)]
    if not rows:
        return []
    alarms, runs, (low, high) = calibrate.alarms(results[0].page.root)
    p = calibrate.false_alarm_probability([result.page for result in results])
    return [words["gate"], words["alarms"].format(alarms=alarms, runs=runs, low=low, high=high, p=p), words["sensitivity"],
            table(words["shift"], rows)]


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
    return [(bundle["name"], bundle["structure"]) for bundle in bundles if {"seeds", "epochs", "images"} <= set(bundle["structure"])]


def date(page, build):
    return time.strftime("%Y-%m-%d", time.gmtime((run.folder(page, build) / "outcome.json").stat().st_mtime))
