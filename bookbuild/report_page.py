"""The build report: what ran to make the site, as Markdown for a page of each edition."""
import json
import platform
import re
import statistics
import time
from importlib.metadata import version
from pathlib import Path

from bookbuild import calibrate, run
from bookbuild.pages import ROOT, code_cells, read_source

BENCHMARK = ROOT / "chapters" / "benchmark.json"
PACKAGES = ("torch", "torchvision", "numpy", "scipy", "sympy", "matplotlib", "nbval", "jupyter-book")
WORDS = {
    "en": {"machine": "## Machine and packages", "pages": "## Pages", "heading": "## Training", "what": "| what | |",
           "device": "device", "threads": "threads per page", "processor": "processor", "system": "system", "total": "all pages",
           "row": "| exercise | time | peak memory | checks passed | wrong answers refuted | run on |",
           "run": "| exercise | net | images | epochs | seeds |", "seconds": "{:.0f} s", "comma": ", ",
           "spent": "| of this time | |", "kernel": "starting kernels", "imports": "imports", "training": "training",
           "rest": "everything else", "gate": "## What the gate catches",
           "shift": "| exercise | numbers compared | never moved | the hardest: value | re-run noise (sd) | allowed | caught with 99 % |",
           "sensitivity": "For each exercise whose numbers come from training: how many there are, how many of them other rounding never moved, "
                          "and the one whose caught shift is the largest share of its value. The last column is the smallest shift that the gate "
                          "catches with a probability of 99 %: what is allowed and what two runs differ by on their own.",
           "alarms": "Of {runs} runs of these pages under other rounding, other thread counts and other processor instructions, each "
                     "judged by noise that was measured without it, {alarms} would have raised a false alarm (95 % interval {low:.1f} % "
                     "to {high:.1f} % of the runs). A build judges by the noise of all those runs together; with that, one without a fault raises a false alarm "
                     "with a probability of at most {p:.2g}.",
           "speed": "## Training speed", "machine of": "LeNet on Fashion-MNIST, one epoch in batches of 256 with evaluation, on {machine} "
           "with torch {torch}, {date}; median and range of {rounds} rounds, in which the loops took turns. Images count once for each replica.",
           "rates": "| loop | replicas | processes × threads | images per second | range | ratio |",
           "book": "`d2l.train_ch6` with d2l's loader", "plain": "a plain loop, images in memory", "ours": "this book",
           "floor": "A large matrix product runs at {gflops:.0f} GFLOP/s there and an image takes {flop:.2f} MFLOP, forward and backward, so {bound:,.0f} images "
                    "per second are out of reach for any loop in float32.",
           "grows": "| what grows | sizes | seconds | peak memory | time grows as |", "seeds": "seeds (2 epochs of 20,000 images)",
           "epochs": "epochs (5 seeds, 20,000 images)", "light": "pages without training", "nets": {}, "cores": " cores"},
    "zh": {"machine": "## 机器与软件包", "pages": "## 页面", "heading": "## 训练", "what": "| 项目 | |",
           "device": "设备", "threads": "每页线程数", "processor": "处理器", "system": "系统", "total": "全部页面",
           "row": "| 练习 | 用时 | 内存峰值 | 通过的检验 | 驳倒的错误答案 | 运行日期 |",
           "run": "| 练习 | 网络 | 图像数 | 轮数 | 随机种子 |", "seconds": "{:.0f} 秒", "comma": "、",
           "spent": "| 其中 | |", "kernel": "启动内核", "imports": "导入软件包", "training": "训练",
           "rest": "其余", "gate": "## 能发现多小的偏差",
           "shift": "| 练习 | 核对的数 | 从不变动的 | 最难核对的数 | 重复运行的标准差 | 容许偏差 | 以 99% 的概率发现 |",
           "sensitivity": "凡是数值来自训练的练习，列出核对多少个数、其中多少个在其他舍入方式下从不变动，以及可发现的偏差占取值比例最大的那个数。"
                          "最后一列是能以 99% 的概率发现的最小偏差：容许偏差再加上两次运行之间本来就有的差别。",
           "alarms": "在其他舍入方式、线程数和处理器指令下，这些页面共运行 {runs} 次，每次都用不含这次运行的数据估计波动，其中会误报的有 {alarms} 次"
                     "（95% 置信区间为 {low:.1f}% 至 {high:.1f}%）。构建时用全部运行的波动来判断，这样，没有差错的一次构建发生误报的概率不超过 {p:.2g}。",
           "speed": "## 训练速度", "machine of": "LeNet 在 Fashion-MNIST 上训练一轮并评估，批量大小 256；{machine}，torch {torch}，{date}。"
           "各种循环轮流运行 {rounds} 次，取中位数和范围。一幅图像每训练一个副本算一次。",
           "rates": "| 循环 | 副本数 | 进程数 × 线程数 | 每秒图像数 | 范围 | 倍数 |",
           "book": "`d2l.train_ch6` 和 d2l 的数据加载器", "plain": "普通循环，图像放在内存里", "ours": "本书",
           "floor": "这台机器上大矩阵乘法的速度为 {gflops:.0f} GFLOP/s，一幅图像的前向和反向计算需要 {flop:.2f} MFLOP，所以用 float32 计算时，无论怎样写循环，"
                    "每秒都超不过 {bound:,.0f} 幅图像。",
           "grows": "| 增加的是 | 规模 | 秒数 | 内存峰值 | 用时的增长 |", "seeds": "随机种子（2 轮，20,000 幅图像）",
           "epochs": "轮数（5 个种子，20,000 幅图像）", "light": "不训练的页面",
           "nets": {"average pooling": "平均汇聚", "max pooling": "最大汇聚", "base": "基准网络", "better net": "改进的网络", "improved net": "改进的网络"}, "cores": " 核"},
}


def markdown(edition, results, build):
    """The tables for pages that ran as accepted. They depend on the runs only: nothing changes if no page ran."""
    words, environment = WORDS[edition], run.environment()
    facts = {words["device"]: device(environment["device"]), words["processor"]: processor(), words["threads"]: environment["threads"],
             words["system"]: f"{platform.system()} {environment['machine']}", "Python": environment["python"]}
    facts |= {package: version(package) for package in PACKAGES}
    rows, runs, totals = [], [], [0, 0, 0]
    for result in results:
        link = f"[{title(result.page, edition)}]({result.page.path}.md)"
        checks, refuted = count(result.fresh, "check"), refutations(result.fresh)
        totals = [total + more for total, more in zip(totals, (result.seconds, checks, refuted))]
        rows.append([link, words["seconds"].format(result.seconds), f"{result.peak_bytes / 1e9:.2f} GB", checks, refuted,
                     date(result.page, build)])
        runs += [[link, words["nets"].get(name, name), f"{settings['images']:,}", settings["epochs"], words["comma"].join(map(str, settings["seeds"]))]
                 for name, settings in trainings(result.fresh)]
    seconds, checks, refuted = totals
    rows.append([f"**{words['total']}**", words["seconds"].format(seconds), "", checks, refuted, ""])
    return "\n\n".join([words["machine"], table(words["what"], facts.items()), words["pages"], table(words["row"], rows),
                        table(words["spent"], [(words[kind], words["seconds"].format(value)) for kind, value in spent(results, build).items()]),
                        words["heading"], table(words["run"], runs), *gate_section(words, edition, results),
                        *speed_section(edition)]) + "\n"


def device(kind):
    """"CPU", or "CUDA" and the name of the GPU."""
    if kind == "cpu":
        return "CPU"
    import torch
    return f"CUDA ({torch.cuda.get_device_name()})"


def processor():
    """Name of the processor of this machine, as the system tells it."""
    try:
        return re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))[1].strip()
    except (OSError, TypeError):
        return platform.processor() or platform.machine()


def spent(results, build):
    """{"kernel", "imports", "training", "rest": seconds} of the runs of all pages together."""
    total = dict.fromkeys(("kernel", "imports", "training", "rest"), 0.0)
    for result in results:
        kernel, *cells = json.loads((run.folder(result.page, build) / run.OUTCOME).read_text(encoding="utf-8"))["seconds of cells"]
        total["kernel"] += kernel
        kinds = [cell.metadata.get("tags", []) for cell in code_cells(result.fresh)]
        for number, (tags, seconds) in enumerate(zip(kinds, cells)):
            total["training" if "train" in tags else "imports" if number == 1 else "rest"] += seconds      # 0 is the setup cell
    return total


def gate_section(words, edition, results):
    """How small a shift the gate catches and how often it cries wolf: from the stored noise and the last calibrations."""
    rows = []
    for result in results:
        if compared := [numbers for _, _, _, *numbers in calibrate.sensitivity(result.page)]:
            hardest = max(compared, key=lambda numbers: numbers[3] / abs(numbers[0] or 1))
            rows.append([f"[{result.page.number}]({result.page.path}.md)", len(compared), sum(noise == 0 for _, noise, *_ in compared),
                         *(f"{number:.3g}" for number in hardest)])
    if not rows:
        return []
    alarms, runs, (low, high) = calibrate.alarms(results[0].page.root)
    p = calibrate.false_alarm_probability([result.page for result in results])
    return [words["gate"], words["alarms"].format(alarms=alarms, runs=runs, low=100 * low, high=100 * high, p=p), words["sensitivity"],
            table(words["shift"], rows)]


def benchmark():
    """{"cpu" or "cuda": what `make bench` recorded last on such a device}."""
    return json.loads(BENCHMARK.read_text(encoding="utf-8")) if BENCHMARK.exists() else {}


def speed_section(edition):
    """How fast the loops train and how time grows, from the recorded benchmarks of every device."""
    words, found = WORDS[edition], [WORDS[edition]["speed"]]
    for record in benchmark().values():
        middles = [statistics.median(entry["rates"]) for entry in record["loops"]]
        flop = record["flop_per_image"]
        found += [words["machine of"].format(rounds=len(record["loops"][0]["rates"]), **record).replace(" cores", words["cores"]),
                  table(words["rates"], [(words[entry["loop"]], entry["replicas"], f"{entry['processes']} × {entry['threads']}", f"{middle:,.0f}",
                                          f"{min(entry['rates']):,.0f}–{max(entry['rates']):,.0f}", f"{middle / middles[0]:.1f}")
                                         for entry, middle in zip(record["loops"], middles)]),
                  words["floor"].format(gflops=record["gflops"], flop=flop / 1e6, bound=record["gflops"] * 1e9 / flop),
                  table(words["grows"], [(words["light" if name == "pages" else name],
                                          *(words["comma"].join(form(size[i]) for size in grown["sizes"]) for i, form in enumerate(
                                              (str, "{:.0f}".format, lambda peak: f"{peak / 1e9:.2f} GB"))), f"$n^{{{grown['order']:.2f}}}$")
                                         for name, grown in record["growth"].items()])]
    return found if len(found) > 1 else []


def table(header, rows):
    """A Markdown table; columns of numbers stand to the right."""
    rows = [[str(cell) for cell in row] for row in rows]
    right = [all(re.fullmatch(r"[\d.,、–$^{}n -]*( (s|GB|秒))?", row[i]) for row in rows) for i in range(header.count("|") - 1)]
    return "\n".join([header, "".join("|---:" if numeric and i else "|---" for i, numeric in enumerate(right)) + "|",
                      *("| " + " | ".join(row) + " |" for row in rows)])


def title(page, edition):
    return read_source(page, edition).cells[0].source.splitlines()[0].removeprefix("# ")


def count(notebook, tag):
    return sum(tag in cell.metadata.get("tags", []) for cell in code_cells(notebook))


def refutations(notebook):
    """How many counterexamples to wrong answers the page shows."""
    return sum(len(re.findall("Refuted: |驳倒：", output.get("text", ""))) for cell in code_cells(notebook) for output in cell.outputs)


def trainings(notebook):
    """[(name, settings)] of the training runs, from the fingerprints that they leave."""
    return [(bundle["name"], bundle["structure"]) for bundle in calibrate.bundles(notebook) if {"seeds", "epochs", "images"} <= set(bundle["structure"])]


def date(page, build):
    day = time.strftime("%Y-%m-%d", time.gmtime((run.folder(page, build) / run.OUTCOME).stat().st_mtime))
    return day.replace("-", "\u2011")              # hyphens at which no line breaks
