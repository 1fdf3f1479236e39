# make demo   install into a private .venv and run the main job on real data
# make test   install into a private .venv and run the tests
# make lint   ruff and mypy
# make bench  generated code against hand-written code

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: help demo test lint bench clean

help:
	@sed -n 's/^# make/make/p' Makefile

demo: $(VENV)/.installed-demo
	$(BIN)/s2sad demo

test: $(VENV)/.installed-test
	$(BIN)/python -m pytest

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/.installed-demo
	$(BIN)/python tests/benchmarks/run.py

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
