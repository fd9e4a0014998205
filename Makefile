# Every target works as one command from a bare clone; `make` alone lists them.
PYTHON ?= python3.11
PORT ?= 8080
IMAGE ?= spine-cds
ARGS ?=

BIN := .venv/bin
# Set up again only when what is installed, or where, has changed; the name of the stamp says which state it is of.
READY := .venv/ready-$(shell cat requirements*.txt pyproject.toml | cksum | cut -d' ' -f1)-$(shell pwd | cksum | cut -d' ' -f1)
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore $(BIN)/python -m pip --quiet
COMPILE = CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options

.DEFAULT_GOAL := help
.PHONY: help setup demo test run bench image lint types format check lock clean

help:
	@sed -nE 's/^## ([a-z]+) +(.*)/make \1\t\2/p' Makefile | expand -t 14

## setup  what the other targets need, in .venv; once
setup: $(READY)
	@:

$(READY):
	$(eval MISSING := $(shell .ci/missing-packages $(PYTHON)))
	$(if $(MISSING),$(error missing: $(MISSING); install with: apt-get install -y $(MISSING)))
	@echo "setup: virtual environment in .venv, once"
	@$(PYTHON) -m venv --clear .venv
	@echo "setup: build tools"
	@$(PIP) install --require-hashes -r requirements-build.txt
	@echo "setup: dependencies, one of them compiled from C"
	@$(PIP) install --no-build-isolation --require-hashes -r requirements-dev.txt
	@echo "setup: spine-cds itself"
	@$(PIP) install --no-build-isolation --no-deps --editable .
	@$(PIP) check
	@touch $@

## demo   sends real requests for the sample patients to the service and prints the cards
demo: setup
	@$(BIN)/python -m fhir_samples.demo $(ARGS)

## test   all tests, on up to four cores; ARGS="-k name -x" goes to pytest
test: setup
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 $(ARGS)

## run    serves on 127.0.0.1:8080 under gunicorn; PORT=9000 for another port
run: setup
	@$(BIN)/spine-cds serve --host 127.0.0.1 --port $(PORT) $(ARGS)

## bench  the benchmark; SHORT=1 for a quick look
bench: setup
	@$(BIN)/python -m tests.bench $(if $(SHORT),--short) $(ARGS)

## image  the container image, by Docker or by the program that IMAGE_BUILDER names
image:
	@if docker version >/dev/null 2>&1; then docker build --tag $(IMAGE) .; \
	elif [ -n "$$IMAGE_BUILDER" ]; then "$$IMAGE_BUILDER" .; \
	else echo "no Docker engine answers: start one, or name another builder in IMAGE_BUILDER" >&2; exit 2; fi

## lint   style, likely bugs and the direction of imports
lint: setup
	@$(BIN)/ruff check --output-format concise .
	@$(BIN)/ruff format --check --quiet . || { echo 'not in the one layout: run make format' >&2; exit 1; }
	@$(BIN)/lint-imports --no-logo

## types  mypy, strict
types: setup
	@$(BIN)/mypy

## format rewrites the code in the one layout
format: setup
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

## check  lint, types and tests
check: lint types test

## lock   writes the lock files anew from pyproject.toml
lock:
	@test -x $(BIN)/pip-compile || $(MAKE) --no-print-directory setup || test -x $(BIN)/pip-compile
	@printf '%s\n' hatchling editables setuptools wheel | $(COMPILE) --output-file requirements-build.txt $(UPGRADE) -
	@$(COMPILE) --output-file requirements.txt $(UPGRADE) --extra postgres --extra pdf pyproject.toml
	@$(COMPILE) --output-file requirements-dev.txt $(UPGRADE) --extra dev --extra postgres --extra pdf \
		--constraint requirements-build.txt --constraint requirements.txt pyproject.toml

## clean  removes .venv and caches
clean:
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
