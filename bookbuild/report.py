"""What a build says of its pages: on the terminal, as JSON and JUnit XML for programs, as pictures of what moved."""
import json
import re
import shutil
import xml.etree.ElementTree as xml
from collections import Counter
from itertools import groupby
from pathlib import Path

from bookbuild import run
from bookbuild.pages import code_cells, read_source, write
from nbdrift import moved as drift

KINDS = ("failed", "drifted", "out of step")     # a page is called by the first of these that it has
ROWS = 12                        # differences, or lines of a text, that the terminal shows of one cell


def report(results, build, seconds=0.0):
    """Show what is not as accepted and write it under `build`: report.json, report.xml, drift/*.html.

    Adds to every failure the page, the first line of its cell, and, where there is one, the picture and the differing text.
    """
    shutil.rmtree(build / "drift", ignore_errors=True)
    for result in results:
        explain(result, build)
        if result.failures:
            print("\n" + describe(result))
    write(build / "report.json", as_json(results, seconds))
    write(build / "report.xml", as_xml(results, seconds))


def status(result):
    return next((kind for kind in KINDS if any(failure["kind"] == kind for failure in result.failures)), "as accepted")


def summary(results):
    """"28 pages as accepted, 1 drifted, 1 failed"."""
    count = Counter(map(status, results))
    accepted = count.pop("as accepted", 0)
    return ", ".join([f"{accepted} page{'s' * (accepted != 1)} as accepted", *(f"{count[kind]} {kind}" for kind in KINDS if count[kind])])


def explain(result, build):
    page, failures = result.page, result.failures
    lines = [drift.first_line(cell.source) for cell in code_cells(read_source(page, "en"))] if page.md("en").exists() else []
    for failure in failures:
        failure["page"] = page.name
        if "cell" in failure:
            failure["line"] = lines[failure["cell"]] if failure["cell"] < len(lines) else ""
    moved = [failure for failure in failures if failure["kind"] == "drifted"]
    if moved:
        drift.explain(page.name, run.accepted_notebook(page), result.fresh, moved, run.page_noise(page).get("noise", {}), build / "drift")
        for failure in moved:
            if "picture" in failure:
                failure["picture"] = str(Path(failure["picture"]).relative_to(build.parent))


def describe(result):
    """What is not as accepted about a page, for a terminal."""
    lines = [f"{result.page.name}: {status(result)}"]
    lines += ["  " + failure["text"] for failure in result.failures if failure["kind"] == "out of step"]
    of_cells = [failure for failure in result.failures if "cell" in failure]
    for (number, kind), failures in groupby(of_cells, key=lambda failure: (failure["cell"], failure["kind"])):
        failures = list(failures)
        quoted = failures[0].get("line", "")
        lines.append(f"  code cell {number}{' failed' * (kind == 'failed')}{': ' * bool(quoted)}{quoted}")
        if kind == "failed":
            lines += indent(failures[0]["text"].splitlines()[-2 * ROWS:])
            lines += indent([f"all it said: _build/pages/{result.page.name}/nbval.log"])
            continue
        lines += indent(drift.table(failures[:ROWS]))
        if len(failures) > ROWS:
            lines += indent([f"... and {len(failures) - ROWS} more in _build/report.json"])
        text = next((failure["text"].splitlines() for failure in failures if "text" in failure), [])
        lines += indent(text[:ROWS] + [f"... and {len(text) - ROWS} more lines in _build/report.json"] * (len(text) > ROWS))
        lines += indent(f"side by side: {name}" for name in dict.fromkeys(failure.get("picture") for failure in failures) if name)
    return "\n".join(lines)


def indent(lines):
    return ["    " + line for line in lines]



def as_json(results, seconds):
    return json.dumps({"environment": run.environment(), "seconds": seconds, "summary": summary(results),
                       "pages": [{"page": result.page.name, "status": status(result), "seconds": result.seconds, "peak_bytes": result.peak_bytes,
                                  "cached": result.cached, "failures": result.failures} for result in results]},
                      indent=1, ensure_ascii=False, allow_nan=False)


def as_xml(results, seconds):
    """JUnit's format: a page is a test case; an error if it did not run to its end, else a failure if it is not as accepted."""
    kinds = list(map(status, results))
    broken = kinds.count("failed")
    suite = xml.Element("testsuite", name="pages", tests=str(len(results)), errors=str(broken), time=f"{seconds:.1f}",
                        failures=str(len(results) - broken - kinds.count("as accepted")))
    for result, kind in zip(results, kinds):
        case = xml.SubElement(suite, "testcase", classname=result.page.path.split("/")[0], name=result.page.name,
                              file=str(result.page.md("en").relative_to(result.page.root)), time=f"{result.seconds:.1f}")
        if result.failures:
            count = len(result.failures)
            element = xml.SubElement(case, "error" if kind == "failed" else "failure", type=kind, message=f"{kind}: {count} finding{'s' * (count > 1)}")
            element.text = re.sub(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "?", describe(result))
    root = xml.Element("testsuites")
    root.append(suite)
    xml.indent(root)
    return xml.tostring(root, encoding="unicode", xml_declaration=True) + "\n"



