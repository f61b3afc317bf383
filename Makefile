# The targets are explained by `make` alone. Options: DEVICE=cuda|cpu, THREADS=n, PAGES="6.6 6.4.1"; for
# calibrate: RUNS=n, TORCH=folder of another version.
PYTHON ?= python3
THREADS ?= 1
PAGES ?=
RUNS ?= 4
export DEVICE RUNS TORCH
export OMP_NUM_THREADS = $(THREADS)

bin := .venv/bin
installed := .venv/installed

.DEFAULT_GOAL := help
.PHONY: help book test mutations colab bench print links pages accept pair words calibrate data serve lock clean

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

book: data  ## run what changed, compare with the accepted outputs, render the site into _build/html
	$(bin)/python -m bookbuild book

test: book  ## book, then all tests
	$(bin)/python -m pytest tests

print: book  ## book, then write PDF and EPUB of both editions into _build/print (needs Chromium)
	$(bin)/python -m bookbuild print

links: $(installed)  ## try the links to other sites, list those that lead nowhere
	$(bin)/python -m bookbuild links

colab: book  ## run every page and practice notebook in an environment like Colab's
	$(bin)/python -m pytest -m colab tests/test_colab.py

mutations: data  ## seed faults into copies of the book; the gate must catch every one: table in _build/mutations.md
	PYTHONPATH=. $(bin)/python tests/mutations.py

pages: data  ## run and compare PAGES only, without rendering
	$(bin)/python -m bookbuild pages $(PAGES)

accept: data  ## take the fresh outputs of PAGES as the accepted ones
	$(bin)/python -m bookbuild accept $(PAGES)

pair: $(installed)  ## bring the notebooks in step with their .md
	$(bin)/python -m bookbuild pair $(PAGES)

words: $(installed)  ## add what the Chinese catalogues of PAGES lack, to be translated
	$(bin)/python -m bookbuild words $(PAGES)

calibrate: data  ## measure the re-run noise of trained numbers under RUNS kinds of rounding
	$(bin)/python -m bookbuild calibrate $(PAGES)

bench: data  ## training throughput, against the book's loop and a plain one
	$(bin)/python -m bookbuild.bench

data: $(installed)  ## fetch and verify Fashion-MNIST and MNIST
	@$(bin)/python -m d2l_solutions.data

serve:  ## show the site on http://localhost:8000
	$(PYTHON) -m http.server --bind 127.0.0.1 --directory _build/html 8000

lock:  ## resolve pyproject.toml anew into requirements.txt (needs uv)
	uv pip compile --universal --generate-hashes --python-version 3.11 --no-annotate --no-header --no-emit-index-url \
	    --no-emit-find-links --upgrade --quiet pyproject.toml --output-file requirements.txt

clean:  ## remove what builds made; keeps .venv and the data
	rm -rf _build .pytest_cache .hypothesis

$(installed): requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else f"Python 3.11 to 3.13 is needed, this is {v[0]}.{v[1]}: make PYTHON=python3.12")'
	test -x $(bin)/python || $(PYTHON) -m venv .venv
	$(bin)/python -m pip install --quiet --no-deps --require-hashes -r requirements.txt
	echo "$(CURDIR)" > "$$($(bin)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/d2l_solutions.pth"
	touch $@
