# make demo   install into a private .venv and run the main job on real data
# make test   install into a private .venv and run the tests
# make campaign   the long forms of tests, and thousands of random programs
# make lint   ruff and mypy
# make docs   write the pages that are generated from the tests
# make bench  generated code against hand-written code, time to compile, memory

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: help demo test campaign lint docs bench clean

help:
	@sed -n 's/^# make/make/p' Makefile

demo: $(VENV)/.installed-demo
	$(BIN)/s2sad demo

test: $(VENV)/.installed-test
	$(BIN)/python -m pytest

campaign: $(VENV)/.installed-test
	$(BIN)/python -m pytest -m slow
	$(BIN)/python tests/programs/campaign.py --count 10000 --seed 0
	$(BIN)/python tests/programs/campaign.py --count 10000 --seed 0 --mutating
	$(BIN)/python tests/programs/campaign.py --count 10000 --seed 0 --sharing --thorough --shrink

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/mypy

docs: $(VENV)/.installed-test
	$(BIN)/python -m tests.language
	$(BIN)/python -m tests.rules

bench: $(VENV)/.installed-demo
	$(BIN)/python tests/benchmarks/run.py
	$(BIN)/python tests/benchmarks/compile_time.py
	$(BIN)/python tests/benchmarks/memory.py

clean:
	rm -rf $(VENV) build dist

# The environment is made without pip of its own, because a bare Debian has no ensurepip; the system's pip installs
# into it and leaves the system's Python alone.
$(BIN)/python:
	$(PYTHON) -m venv --without-pip $(VENV)

$(VENV)/.installed-%: pyproject.toml | $(BIN)/python
	$(PYTHON) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check --editable '.[$*]'
	$(BIN)/python -m compileall -q src
	@touch $@
