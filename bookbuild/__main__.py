"""The commands behind the Makefile: `python -m bookbuild book | accept | calibrate | links | pair | pages | print`."""
import argparse
import fcntl
import json
import signal
import sys
import time
from contextlib import contextmanager

from bookbuild import calibrate, run, site
from bookbuild.pages import EDITIONS, ROOT, find_pages, pair, write, write_notebook

BUILD = ROOT / "_build"


def book(pages, everything=True):
    """Run what changed, compare, render. Exit status 1 if any page drifted, failed or is out of step."""
    start = time.time()
    results = run.run_pages(pages, BUILD)
    ran = time.time()
    failed = [result for result in results if result.failures]
    report(results)
    write_report(results, ran - start)
    if failed:
        sys.exit(f"\n{len(failed)} of {len(results)} pages are not as accepted. Nothing was rendered. If the change is meant: make accept")
    run.write_fresh(results, BUILD / "fresh")
    write_figures(results, BUILD / "figures")
    if everything:
        try:
            site.render(ROOT, BUILD / "fresh", BUILD / "html")
        except site.RenderError as error:
            sys.exit(f"\n{error}\n\nThe pages are as accepted, but the site does not render; the previous one still stands.")
        print(f"{len(results)} pages as accepted ({sum(not result.cached for result in results)} run in {ran - start:.0f} s), "
              f"rendered in {time.time() - ran:.0f} s: {BUILD / 'html' / 'index.html'}")


def print_book():
    """Write PDF and EPUB of both editions from the notebooks that the last build ran."""
    from bookbuild import printing
    start = time.time()
    try:
        printing.print_book(ROOT, BUILD / "fresh", BUILD / "print")
    except printing.PrintError as error:
        sys.exit(f"\n{error}")
    print(f"printed in {time.time() - start:.0f} s: {BUILD / 'print'}")


def links():
    """List the links to other sites that lead nowhere. Exit status 1 if there are any, 2 if there is no network."""
    from bookbuild import printing
    try:
        failures, tried = printing.check_links(ROOT)
    except printing.PrintError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    for page, address, kind, reason in failures:
        print(f"{page}: {kind}: {address} ({reason})")
    if failures:
        sys.exit(f"{len(failures)} of {tried} links to other sites lead nowhere")
    print(f"{tried} links to other sites work")


def accept(pages):
    """Take the fresh outputs as the accepted ones, page by page, after showing what changes."""
    results = run.run_pages(pages, BUILD)
    report(results)
    refused = [result for result in results if result.fresh is None]
    for result in results:
        if result.fresh is None or not result.failures:
            continue
        for edition in EDITIONS:
            write_notebook(result.page.ipynb(edition), run.with_outputs(result, edition))
        print(f"accepted {result.page.name}")
    write_figures([result for result in results if result.fresh], ROOT / "figures")
    if refused:
        sys.exit("not accepted, because they did not run to their end: " + ", ".join(result.page.name for result in refused))


def report(results):
    for result in results:
        if result.failures:
            print(f"\n{result.page.name}")
            for failure in result.failures:
                print("  " + failure.replace("\n", "\n  "))


def write_report(results, seconds):
    write(BUILD / "report.json", json.dumps({
        "environment": run.environment(), "seconds": seconds,
        "pages": [{"page": result.page.name, "seconds": result.seconds, "peak_bytes": result.peak_bytes, "cached": result.cached,
                   "failures": result.records} for result in results]}, indent=1, ensure_ascii=False))


def write_figures(results, target):
    """Write the figures of these pages and remove those that the pages no longer draw."""
    for result in results:
        drawn = run.figures(result.fresh)
        for name, svg in drawn.items():
            if not (target / name).exists() or (target / name).read_text(encoding="utf-8") != svg:
                write(target / name, svg)
        for file in target.glob(f"{result.page.number}-*.svg"):
            if file.name not in drawn:
                file.unlink()


@contextmanager
def alone():
    """One build at a time in a checkout."""
    BUILD.mkdir(exist_ok=True)
    with open(BUILD / "lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit("another build is running in this checkout: wait for it to end")
        yield


def main():
    parser = argparse.ArgumentParser(prog="python -m bookbuild", description=__doc__)
    parser.add_argument("command", choices=["book", "pages", "accept", "calibrate", "links", "pair", "print"])
    parser.add_argument("numbers", nargs="*", help="exercises or sections, such as 6.6 or 6.4.1; all of them if none")
    arguments = parser.parse_args()
    pages = find_pages(ROOT, arguments.numbers)
    if not pages:
        sys.exit(f"no page has the number {' or '.join(arguments.numbers)}")
    with alone():
        if arguments.command == "book":
            book(find_pages(ROOT))
        elif arguments.command == "pages":
            book(pages, everything=False)
        elif arguments.command == "print":
            print_book()
        elif arguments.command == "links":
            links()
        elif arguments.command == "accept":
            accept(pages)
        elif arguments.command == "calibrate":
            calibrate.calibrate(pages, BUILD)
        else:
            for page in pages:
                for edition in EDITIONS:
                    pair(page, edition)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("interrupted: accepted outputs are untouched, finished pages are kept")
