"""Where the book lives: the address of its repository and, from that, of its site; which version is being rendered."""
import functools
import os
import re
import subprocess
from pathlib import Path
from urllib.parse import quote, urlsplit

import yaml

ROOT = Path(__file__).resolve().parents[1]
COLAB = "https://colab.research.google.com"


def address(configured):
    """URL of the repository: that of the build on GitHub, else the configured one; None while that holds the placeholder OWNER.

    All buttons and links to the repository, to Colab, to Binder and to the site's own address depend on this alone.
    """
    if "GITHUB_REPOSITORY" in os.environ:
        return f"https://github.com/{os.environ['GITHUB_REPOSITORY']}"
    return None if not configured or urlsplit(configured).path.startswith("/OWNER/") else configured.rstrip("/")


def site_address(repository):
    """URL under which GitHub Pages serves the site of a repository, with a slash at its end; None if it has no address there."""
    names = urlsplit(repository or "").path.strip("/").split("/")
    return f"https://{names[0].lower()}.github.io/{names[1]}/" if len(names) == 2 else None


def colab(config, file):
    """Address that opens a notebook of the repository on Colab; None while the repository has no address."""
    options = config.html_theme_options
    if url := options.get("repository_url"):
        return f"{COLAB}/github/{urlsplit(url).path.strip('/')}/blob/{options['repository_branch']}/{file}"


def report_error(repository, page, revision):
    """Address of a new issue about a page."""
    return f"{repository}/issues/new?title={quote(f'{page}: ')}&body={quote(f'Page: {page}, version: {revision}')}"


@functools.cache
def revision(root=ROOT):
    """("0.1.0", commit, its day, whether files changed since) of what is rendered; commit and day are "" outside a checkout."""
    citation = root / "CITATION.cff"
    version = str(yaml.safe_load(citation.read_text(encoding="utf-8"))["version"]) if citation.exists() else ""
    git = ["git", "-C", str(root)]
    try:
        if Path(subprocess.run([*git, "rev-parse", "--show-toplevel"], capture_output=True, text=True, check=True).stdout.strip()) != root:
            return version, "", "", False
        commit, day = subprocess.run([*git, "log", "-1", "--format=%h %cs"], capture_output=True, text=True, check=True).stdout.split()
        changed = subprocess.run([*git, "status", "--porcelain", "--untracked-files=no"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError, ValueError):
        return version, "", "", False
    return version, commit, day, bool(changed)


def exercise_number(docname):
    match = re.search(r"(\d+\.\d+\.\d+)-[^/]+$", docname)
    return match and match[1]
