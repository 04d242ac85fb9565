# Needs make and any Python >= 3.11 (with venv). Everything is installed into .venv beside this file.
# Another interpreter: make demo PYTHON=/path/to/python3.12
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo "$$p"; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHONUTF8 := 1

.PHONY: demo test bench docs lint sample clean
.DEFAULT_GOAL := demo

demo: $(VENV)/.core
	$(BIN)/gep demo --to out/sample

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto -m "not slow"

# the larger size: make bench SIZE=155M
bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks.run

# out/docs/en and out/docs/zh; a warning is an error
SPHINX = $(BIN)/python -m sphinx -q -W --keep-going -j auto -b html
docs: $(VENV)/.docs
	$(BIN)/python .ci/links.py
	$(SPHINX) -d out/docs/.en docs out/docs/en
	$(SPHINX) -c docs -D language=zh_CN -d out/docs/.zh docs/zh out/docs/zh

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/gep coefficients --check

# rebuilds the synthetic county; the committed files come from exactly this
sample: $(VENV)/.core
	$(BIN)/python data/sample/make_sample.py

$(VENV)/bin/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "需要 Python 3.11 或更新版本（含 venv）。Python 3.11 or newer with venv is needed: make demo PYTHON=/path/to/python" >&2; exit 1; fi
	"$(PYTHON)" -m venv $(VENV)

$(VENV)/.core: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet -e .
	@touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet -e ".[dev,distributed]"
	@touch $@ $(VENV)/.core

$(VENV)/.docs: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet -e ".[docs]"
	@touch $@ $(VENV)/.core

clean:
	rm -rf out build dist .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache
	find gep tests data docs benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
