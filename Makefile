# The targets are explained by `make` alone. Options: DEVICE=cuda|cpu, THREADS=n, PAGES="6.6 6.4.1"; for
# calibrate: RUNS=n, TORCH=folder of another version; for serve: PORT=n; for pair: TAKE=ipynb|md.
PYTHON ?= python3
THREADS ?= 1
PAGES ?=
RUNS ?= 4
PORT ?= 8000
export DEVICE RUNS TORCH TAKE
unexport $(filter PYTHON% PYTEST_% JUPYTER_% IPYTHON% MPL% MATPLOTLIBRC,$(.VARIABLES))
export OMP_NUM_THREADS = $(THREADS)

bin := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help book test mutations strength colab bench print links pages accept pair words address calibrate data serve doctor installed lock clean

help:  ## list the targets; begin with book, then serve
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

book: data  ## run what changed, compare with the accepted outputs, render the site into _build/html
	$(bin)/python -m bookbuild book

test: book  ## book, then all tests
	$(bin)/python -m pytest tests
	$(bin)/python -m pytest nbdrift/tests

print: book  ## book, then write PDF and EPUB of both editions into _build/print (the PDF needs Chromium)
	$(bin)/python -m bookbuild print

links: installed  ## try the links to other sites, list those that lead nowhere
	$(bin)/python -m bookbuild links

colab: book  ## run every page and practice notebook in an environment like Colab's
	$(bin)/python -m pytest -m colab tests/test_colab.py

mutations: data  ## seed faults into copies of the book; the gate must catch every one: table in _build/mutations.md
	PYTHONPATH=. $(bin)/python tests/mutations.py

strength: installed  ## put mutants of the answers of PAGES to their checks: a table
	PYTHONPATH=. $(bin)/python tests/strength.py $(PAGES)

pages: data  ## run and compare PAGES only, without rendering
	$(bin)/python -m bookbuild pages $(PAGES)

accept: data  ## take the fresh outputs of PAGES as the accepted ones
	$(bin)/python -m bookbuild accept $(PAGES)

pair: installed  ## bring the notebooks in step with their .md
	$(bin)/python -m bookbuild pair $(PAGES)

words: installed  ## add what the Chinese catalogues of PAGES lack, to be translated
	$(bin)/python -m bookbuild words $(PAGES)

calibrate: data  ## measure the re-run noise of trained numbers under RUNS kinds of rounding
	$(bin)/python -m bookbuild calibrate $(PAGES)

bench: data  ## training throughput, against the book's loop and a plain one
	$(bin)/python -m bookbuild.bench

data: installed  ## fetch and verify Fashion-MNIST and MNIST
	@$(bin)/python -m d2l_solutions.data

address: installed  ## make the book yours: URL= the address of your repository
	$(bin)/python -m bookbuild address $(URL)

serve: installed  ## show the site on http://localhost:8000, or another PORT
	@$(bin)/python -m bookbuild serve $(PORT)

doctor:  ## say what this machine has and lacks
	@$(PYTHON) -I bookbuild/install.py doctor

lock:  ## resolve pyproject.toml anew into requirements.txt (needs uv)
	uv pip compile --universal --generate-hashes --python-version 3.11 --no-annotate --no-header --no-emit-index-url \
	    --no-emit-find-links --upgrade --quiet pyproject.toml --output-file requirements.txt

clean:  ## remove what builds made, runs of pages too; keeps .venv and the data
	rm -rf _build .pytest_cache

installed:
	@$(PYTHON) -I bookbuild/install.py
