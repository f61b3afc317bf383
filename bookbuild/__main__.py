"""The commands behind the Makefile: `python -m bookbuild accept | address | book | calibrate | links | pair | pages | print | serve |
words`."""
import signal
import sys

if __name__ == "__main__":       # before the imports below, which take a second
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit("interrupted"))

import argparse
import errno
import fcntl
import hashlib
import os
import time
from contextlib import contextmanager

import nbformat

from bookbuild import accepted, practice, prose, report, repository, run, site, words
from bookbuild import pages as sources
from bookbuild.pages import EDITIONS, ROOT, code_cells, find_pages, pair, write, wrong_packages

BUILD = ROOT / "_build"


def book(pages, everything=True):
    """Run what changed, compare, render. Exit status 1 if any page drifted, failed or is out of step."""
    start, url = time.time(), sources.repository_url(ROOT)
    wrong = sources.wrong_address(url, os.environ.get("GITHUB_REPOSITORY"))
    if wrong:
        sys.exit(wrong)
    if everything and sources.is_placeholder(url):
        print("the book has no address yet, so the site leaves out what would lead to it: see \"Publish your own\" in README.md")
    if everything and (BUILD / "done").exists() and (BUILD / "done").read_text(encoding="utf-8") == state():
        print(f"{len(pages)} pages as accepted, nothing has changed: {shown(BUILD / 'html' / 'index.html')}")
        return
    (BUILD / "done").unlink(missing_ok=True)
    results = run.run_pages(pages, BUILD)
    ran = time.time()
    report.report(results, BUILD, ran - start)
    failed = [result for result in results if result.failures]
    conclude(results)
    if failed:
        sys.exit(f"\n{len(failed)} of {len(results)} pages are not as accepted. Nothing was rendered. If the change is meant: "
                 f"make accept PAGES=\"{' '.join(result.page.number for result in failed)}\"")
    run.write_fresh(results, BUILD / "fresh")
    write_figures(results, BUILD / "figures")
    if everything:
        from bookbuild import report_page                # needs scipy, which takes a second
        for edition in EDITIONS:
            introduction = (ROOT / "chapters" / edition / "build-report.md").read_text(encoding="utf-8")
            write(BUILD / "fresh" / edition / "build-report.md",
                  introduction + "\n" + report_page.markdown(edition, results, BUILD))
        try:
            site.render(ROOT, BUILD / "fresh", BUILD / "html")
        except site.RenderError as error:
            sys.exit(f"\n{error}\n\nThe pages are as accepted, but the site does not render; the previous one still stands.")
        write(BUILD / "done", state())
        spent = ", ".join(f"{report_page.WORDS['en'][kind]} {seconds:.0f} s" for kind, seconds in report_page.spent(results, BUILD).items())
        print(f"the pages took, all together: {spent}")
        print(f"rendered in {time.time() - ran:.0f} s: {shown(BUILD / 'html' / 'index.html')}")


def state():
    """Digest of all that a build reads and makes: the same as after the last good build if there is nothing to do."""
    env = run.environment()
    folders = [ROOT / name for name in ("chapters", "figures", "practice", "d2l_solutions", "nbdrift", "bookbuild")]
    read = [file for file in sorted(path for folder in folders for path in folder.rglob("*"))
            if file.is_file() and "__pycache__" not in file.parts and ".ipynb_checkpoints" not in file.parts]
    read += [ROOT / name for name in ("_config.yml", "_toc.yml", "requirements.txt", "CITATION.cff")]
    made = [file for file in sorted((BUILD / "html").rglob("*")) if file.is_file()] + sorted(BUILD.glob("pages/*/*"))
    return site.digest([*(hashlib.sha256(file.read_bytes()).hexdigest() + str(file) for file in read if file.exists()),
                       *((str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in made),
                       *(run.run_key(page, env) for page in find_pages(ROOT) if page.md("en").exists()),
                       env, os.environ.get("GITHUB_REPOSITORY"), repository.revision(ROOT)[:3], wrong_packages((ROOT / "requirements.txt").read_text(encoding="utf-8"))])


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
    """Take the fresh outputs as the accepted ones, page by page, after showing what changes and which prose that leaves behind; at a
    terminal, after asking.
    """
    results = run.run_pages(pages, BUILD)
    report.report(results, BUILD)
    conclude(results)
    refused = {result.page.name: reason for result in results for reason in [accepted.refusal(result)] if reason}
    for result in results:
        if result.failures and result.page.name not in refused:
            for number in prose.left_behind(result.page, run.accepted_notebook(result.page), result.fresh):
                print(f"{shown(number.file)}:{number.line}: neither outputs nor code hold {number.text} any more: {number.sentence}")
            if agreed(result.page):
                accepted.accept(result, BUILD)
                print(f"accepted {result.page.name}")
    if refused:
        sys.exit("not accepted: " + ", ".join(f"{name} ({reason})" for name, reason in refused.items()))


def fill_catalogues(pages):
    """Add what the Chinese catalogues of the pages lack, with empty translations; say what was added and removed."""
    for page in pages:
        outputs = [cell.copy() for cell in code_cells(run.accepted_notebook(page))]
        fresh = run.folder(page, BUILD) / run.FRESH
        if fresh.exists():
            outputs = code_cells(nbformat.read(fresh, as_version=4))
        code = [code for kind, code, _ in practice.exercise_code(page) if kind != "answer"]
        text, added, removed = words.update(page, outputs, code)
        write(words.file(page), text)
        for key in added:
            print(f"{shown(words.file(page))}: to be translated: {key!r}")
        for key in removed:
            print(f"{shown(words.file(page))}: nothing says any more: {key!r}")


def pair_pages(pages):
    """Bring notebooks in step with their pages. TAKE=ipynb first brings pages in step with notebooks edited since; TAKE=md drops such edits."""
    taken = os.environ.get("TAKE") or ""
    if taken not in ("", "ipynb", "md"):
        sys.exit(f"TAKE={taken}: it must be ipynb or md")
    edited = [(page, edition) for page in pages for edition in EDITIONS if taken != "md" and sources.edited(page, edition)]
    answered = [shown(practice.path(page, edition)) for page in pages for edition in EDITIONS if taken != "md" and practice.edited(page, edition)]
    if answered:
        sys.exit("\n".join([*map(str, answered), "hold answers or other changes, which pairing would destroy: keep them under another name "
                            "and run `make pair TAKE=md`, which writes the practice notebooks anew"]))
    if edited and not taken:
        sys.exit("\n".join([*(str(shown(page.ipynb(edition))) for page, edition in edited), "hold changes that are not in the .md: "
                            "`make pair TAKE=ipynb` brings them into the .md, `make pair TAKE=md` drops them"]))
    changed = []
    for page, edition in edited:
        try:
            sources.take(page, edition)
        except ValueError as error:
            sys.exit(str(error))
        changed.append(page.md(edition))
    for page in pages:
        for edition in EDITIONS:
            changed += pair(page, edition) + practice.write(page, edition)
    apart = [page.name for page in pages if len({sources.code_digest(sources.read_source(page, edition)) for edition in EDITIONS}) > 1]
    print("\n".join([*(f"wrote {shown(file)}" for file in changed), *(f"{name}: the code cells or tags of the two editions differ" for name in apart),
                     f"{len(pages) - len(apart)} pages in step"]))


def address(url):
    """Set the repository's address, in the configuration and with it in all notebooks."""
    try:
        print(f"the repository's address is {sources.set_address(ROOT, url)}")
    except ValueError as error:
        sys.exit(str(error))
    pair_pages(find_pages(ROOT))


def serve(port):
    """Show the site on this machine alone, until interrupted."""
    from functools import partial
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
    if not (BUILD / "html" / "index.html").exists():
        sys.exit("there is no site yet: run `make book`")
    try:
        server = ThreadingHTTPServer(("127.0.0.1", int(port)), partial(SimpleHTTPRequestHandler, directory=BUILD / "html"))
    except (ValueError, OverflowError):
        sys.exit(f"PORT={port}: it must be a number below 65536")
    except OSError as error:
        sys.exit(f"port {port} cannot be used ({error.strerror}): take another, as in make serve PORT={min(int(port), 65534) + 1}")
    print(f"the site is at http://localhost:{server.server_port} until Ctrl-C", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


def agreed(page):
    """Whether the person at the terminal wants this page accepted; nobody is asked where nobody sits."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return True
    try:
        return input(f"accept {page.name}? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def conclude(results):
    ran = sum(not result.cached for result in results)
    drawn = f", pictures in {shown(BUILD / 'drift')}" if (BUILD / "drift").exists() else ""
    print(f"\n{report.summary(results)} ({ran} run now); report: {shown(BUILD / 'report.json')} and .xml{drawn}")


def shown(path):
    return path.relative_to(ROOT)


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
    parser.add_argument("command", choices=["accept", "address", "book", "calibrate", "links", "pair", "pages", "print", "serve", "words"])
    parser.add_argument("numbers", nargs="*", help="exercises or sections, such as 6.6 or 6.4.1; all of them if none. "
                        "Of address: the repository's; of serve: the port")
    arguments = parser.parse_args()
    if arguments.command == "serve":
        return serve(*arguments.numbers[:1] or ["8000"])
    if arguments.command == "address":
        if len(arguments.numbers) != 1:
            sys.exit("say which address: make address URL=https://github.com/name/d2l-cnn-solutions")
        with alone():
            return address(*arguments.numbers)
    pages = find_pages(ROOT, arguments.numbers)
    if not pages:
        sys.exit(f"no page has the number {' or '.join(arguments.numbers)}")
    with alone():
        for folder in (ROOT / "chapters", ROOT / "figures"):
            for leftover in folder.rglob(".*.tmp"):        # of a writing that was killed
                leftover.unlink()
        completed = accepted.finish(ROOT, BUILD)
        if completed:
            print(f"{completed}: completed the accepting that was broken off")
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
        elif arguments.command == "words":
            fill_catalogues(pages)
        elif arguments.command == "calibrate":
            from bookbuild import calibrate              # needs scipy, which takes a second
            calibrate.calibrate(pages, BUILD, int(os.environ.get("RUNS") or 4))
        else:
            pair_pages(pages)


def guarded():
    """`main`, with what can go wrong around it told in a sentence that names the remedy."""
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.default_int_handler)
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(line_buffering=True, errors="backslashreplace")       # a pipe sees lines as they come
        main()
    except KeyboardInterrupt:
        sys.exit("interrupted: every page's accepted outputs are whole, finished runs are kept; the same command goes on from here")
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            sys.exit("the disk is full: every page's accepted outputs are whole, finished runs are kept; "
                     "make room and give the same command again")
        if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            sys.exit(f"{error.filename}: {error.strerror}. Building writes only below _build, pairing and accepting also in chapters, "
                     "figures and practice: make them writable, or work in a copy that is yours")
        raise


if __name__ == "__main__":
    guarded()
