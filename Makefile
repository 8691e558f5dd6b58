# Everything runs in .venv, made on first use. A stamp file for each extra makes repeat runs instant.
PYTHON3 ?= python3
PYTHON := .venv/bin/python
STAMP := .venv/.installed-
NBVAL := --nbval --nbval-current-env --nbval-cell-timeout=120 --nbval-sanitize-with=tests/nbval.cfg
# One BLAS thread is fastest for arrays of this size.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1

.DEFAULT_GOAL := help
.PHONY: help lab test notebooks browser-test lint bench links clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

lab: $(STAMP)lab  ## open the lessons in JupyterLab (more flags: LAB_FLAGS="--no-browser")
	$(PYTHON) -m jupyterlab --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb $(LAB_FLAGS)

test: lint  ## lint, unit tests, doctests, then every lesson against its stored outputs
	$(PYTHON) -m pytest
	$(PYTHON) -m pytest $(NBVAL) notebooks

notebooks: $(STAMP)test  ## make the notebooks from notebooks/source (some only: LESSON="02 07")
	$(PYTHON) tools/notebooks.py $(LESSON)

browser-test: $(STAMP)browser  ## drive the lessons in real JupyterLab (needs Chromium)
	$(PYTHON) -m pytest tests/browser

lint: $(STAMP)test  ## check the style of the code
	$(PYTHON) -m ruff check

bench: $(STAMP)test $(STAMP)oracle  ## measure time and memory, write the tables (a glance: BENCH_FLAGS=--quick)
	$(PYTHON) -m tests.benchmarks $(BENCH_FLAGS)

links: .venv/bin/pip  ## write README's badges and links from the address in pyproject.toml
	$(PYTHON) tools/links.py

clean:  ## remove .venv, caches and build output
	rm -rf .venv build dist *.egg-info .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

$(STAMP)%: pyproject.toml | .venv/bin/pip
	$(PYTHON) -m pip install --quiet --editable '.[$*]'
	@touch $@

.venv/bin/pip:
	$(PYTHON3) -m venv .venv
