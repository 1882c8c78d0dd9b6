.DEFAULT_GOAL := help
SHELL := /bin/sh
.DELETE_ON_ERROR:

# The first interpreter that really runs, is new enough and can make a virtual environment.
PYTHON ?= $(shell for candidate in python3.11 python3.12 python3.13 python3; do \
	if $$candidate -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	then echo $$candidate; break; fi; done)
# Further arguments for pytest, such as ARGS="-k trace": with them it is one process, unless they say -n 2.
ARGS ?=
# How many processes share the whole suite; each has a PostgreSQL server of its own.
WORKERS ?= 2
# A folder of recorded truths for make bench (docs/accuracy.md says what it holds).
TRUTHS ?=

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
INSTALL_CHECKOUT := $(PIP) install --no-build-isolation --no-deps --editable .
# A suite that has no tests yet is no failure; pytest says 5 for it.
NO_TESTS := test $$? -eq 5
COMPILE = UV_CUSTOM_COMPILE_COMMAND="make requirements" $(BIN)/uv pip compile --quiet \
	--generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links

WEB := strangler/report/web
FRONTEND := strangler/report/bundle/digest
FRONTEND_SOURCES := $(wildcard $(WEB)/*.json $(WEB)/*.ts $(WEB)/.npmrc $(WEB)/src/*.* $(WEB)/src/*/*.*)
BUILD_FRONTEND := $(BIN)/python scripts/build_frontend.py

# A wheel with the hot path of the gateway compiled, in an environment of its own: an edited checkout runs its sources.
COMPILED := build/compiled
COMPILED_TESTS := $(addprefix tests/gateway/,conformance requests resilience routing shadow tls transport wire \
	test_compiled.py test_rollback.py test_traffic.py)
GATEWAY_SOURCES := $(wildcard gateway/strangler_gateway/*.py gateway/strangler_gateway/*/*.py)

.PHONY: help demo test test-compiled test-realworld test-faults bench bench-etl bench-gateway bench-report \
	check format-check lint types imports smoke \
	test-frontend format docs requirements install clean

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do \
		printf '  make %-16s %s\n' "$$name" "$$text"; done

demo: $(VENV)/installed-demo $(FRONTEND) ## map the sample monolith, and move a feature out of it under load (ARGS=--sqlite)
	@PATH="$(CURDIR)/$(BIN):$$PATH" scripts/demo $(ARGS)

test: $(VENV)/installed-dev $(FRONTEND) ## run the test suite
	$(BIN)/python -m pytest $(if $(ARGS),,-n $(WORKERS) --dist worksteal) $(ARGS)

test-compiled: $(COMPILED)/installed ## run the tests of the gateway on its compiled hot path
	STRANGLER_TEST_COMPILED=1 $(COMPILED)/bin/python -m pytest $(if $(ARGS),,-n $(WORKERS) --dist worksteal $(COMPILED_TESTS)) $(ARGS)

test-realworld: $(VENV)/installed-dev ## run the tests on whole applications, most fetched from the package index
	$(BIN)/python -m pytest -m realworld $(ARGS)

test-faults: $(VENV)/installed-dev ## run the tests that kill processes and break connections
	$(BIN)/python -m pytest -m faults $(ARGS) || $(NO_TESTS)

bench: $(VENV)/installed-dev ## measure; TRUTHS=FOLDER scores the facts too (docs/accuracy.md)
	$(BIN)/python -m benchmarks.analysis $(ARGS)
	@if [ -n "$(TRUTHS)" ]; then $(BIN)/python -m benchmarks.accuracy $(TRUTHS) $(ARGS); \
	else echo "skipped benchmarks.accuracy: name a folder of recorded truths with TRUTHS=FOLDER"; fi

bench-etl: $(VENV)/installed-dev ## time the copy beside psql and other programs (docs/performance.md)
	$(BIN)/python -m benchmarks.etl $(ARGS)

bench-gateway: $(VENV)/installed-dev ## time the gateway beside other proxies (docs/performance.md)
	$(BIN)/python -m benchmarks.gateway $(ARGS)

bench-report: $(VENV)/installed-dev $(FRONTEND) ## time the report of a large system in Chromium (docs/performance.md)
	$(BIN)/python -m benchmarks.report $(ARGS)

check: format-check lint types imports test-frontend test smoke test-compiled ## everything a change must pass

format-check: $(VENV)/installed-dev
	$(BIN)/ruff format --check .

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .

types: $(VENV)/installed-dev
	$(BIN)/pyright

imports: $(VENV)/installed-dev
	$(BIN)/lint-imports

test-frontend: $(VENV)/installed-dev $(FRONTEND) ## check the types of the report's front end and test it
	$(BUILD_FRONTEND) --check

smoke: $(VENV)/installed-dev ## build the wheel and try it outside the checkout
	$(BIN)/python scripts/smoke_wheel.py

format: $(VENV)/installed-dev ## format the code and mend what ruff can mend
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

docs: $(VENV)/installed-dev ## write the generated pages of docs/
	$(BIN)/python scripts/write_docs.py

requirements: $(VENV)/installed-uv ## pin requirements/*.txt afresh
	$(COMPILE) --upgrade --extra analyze --extra gateway --extra etl --extra postgres --extra mariadb --extra nats \
		--output-file requirements/dev.txt pyproject.toml requirements/dev.in
	$(COMPILE) --constraints requirements/dev.txt --extra analyze --extra gateway --extra etl --extra postgres \
		--output-file requirements/demo.txt pyproject.toml requirements/demo.in
	$(COMPILE) --constraints requirements/dev.txt --extra analyze \
		--output-file requirements/analyze.txt pyproject.toml
	$(COMPILE) --constraints requirements/dev.txt --output-file requirements/node.txt requirements/node.in
	$(COMPILE) --constraints requirements/dev.txt --output-file requirements/compile.txt requirements/compile.in
	$(COMPILE) --upgrade --output-file requirements/uv.txt requirements/uv.in

install: $(VENV)/installed-dev $(FRONTEND) ## make .venv ready for work on the code

clean: ## remove .venv and everything built
	rm -rf $(VENV) build dist strangler/report/bundle $(WEB)/node_modules .pytest_cache .ruff_cache .import_linter_cache .hypothesis

# Stamps: a second run finds everything in place and starts at once.
$(VENV)/created:
	@test -n "$(PYTHON)" || { echo "error: Python 3.11 or newer with venv is needed" \
		"(Debian: apt install python3-venv), or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/installed-dev: requirements/dev.txt pyproject.toml $(VENV)/created
	$(PIP) install --require-hashes --requirement requirements/dev.txt
	$(INSTALL_CHECKOUT)
	@touch $@ $(VENV)/installed-demo

$(VENV)/installed-demo: requirements/demo.txt pyproject.toml $(VENV)/created
	$(PIP) install --require-hashes --requirement requirements/demo.txt
	@if $(BUILD_FRONTEND) --needs-node; then \
		$(PIP) install --require-hashes --requirement requirements/node.txt; fi
	$(INSTALL_CHECKOUT)
	@touch $@

$(COMPILED)/installed: requirements/dev.txt requirements/compile.txt pyproject.toml scripts/compile_gateway.py \
		$(GATEWAY_SOURCES) | $(VENV)/created
	@command -v cc >/dev/null || { echo "error: compiling needs a C compiler" \
		"(Debian: apt install gcc libc6-dev python3-dev)" >&2; exit 1; }
	@test -x $(COMPILED)/bin/python || $(PYTHON) -m venv --clear $(COMPILED)
	$(COMPILED)/bin/python -m pip --quiet --disable-pip-version-check install --require-hashes \
		--requirement requirements/dev.txt --requirement requirements/compile.txt
	STRANGLER_COMPILE=1 $(COMPILED)/bin/python -m pip --quiet --disable-pip-version-check install \
		--no-build-isolation --no-deps --force-reinstall .
	@touch $@

# The installation builds it; here it is built anew when a source has changed since.
$(FRONTEND): $(FRONTEND_SOURCES) | $(VENV)/created
	@$(BUILD_FRONTEND)

$(VENV)/installed-uv: requirements/uv.txt $(VENV)/created
	$(PIP) install --require-hashes --requirement requirements/uv.txt
	@touch $@
