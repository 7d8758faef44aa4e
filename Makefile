# Two commands do everything on a fresh machine: `make demo` and `make test`.

PYTHON ?= python3
VENV := .venv
BENCH := .venv-bench
WORKERS ?= 3
PIP := -m pip --quiet --disable-pip-version-check install

# Compiled modules are kept: tests start hundreds of processes.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check format bench clean

demo: $(VENV)/.ready
	$(VENV)/bin/python examples/demo.py

# Tests wait as much as they compute, so three processes for two cores. The tests of a file share
# what is dear to set up and stay together.
test: $(VENV)/.ready
	$(VENV)/bin/python -m pytest -n $(WORKERS) --dist loadfile $(ARGS)

check: $(VENV)/.ready
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy

format: $(VENV)/.ready
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

# The other frameworks get an environment of their own: their needs must not change the tested set.
bench: $(VENV)/.ready $(BENCH)/.ready
	$(VENV)/bin/python -m tests.benchmarks $(ARGS)

clean:
	rm -rf $(VENV) $(BENCH) .mypy_cache .pytest_cache .ruff_cache .hypothesis

# `agentkit setup` finds or installs a Chromium, among other things; it needs no root for that.
# torch goes first and alone, so that an index or wheel folder set up for the CPU build (PIP_INDEX_URL,
# PIP_FIND_LINKS) is asked for exactly that version.
$(VENV)/.ready: pyproject.toml .ci/constraints.txt .ci/hashed.txt .ci/bridges.txt .ci/converter.txt .ci/xgrammar.txt
	.ci/venv $(PYTHON) $(VENV)
	$(VENV)/bin/python $(PIP) torch==2.13.0
	$(VENV)/bin/python $(PIP) --no-deps --require-hashes -r .ci/hashed.txt
	$(VENV)/bin/python $(PIP) -c .ci/constraints.txt -e .[dev]
	rm -rf $(VENV)/bridges
	$(VENV)/bin/python $(PIP) --no-deps --target $(VENV)/bridges -r .ci/bridges.txt
	rm -rf $(VENV)/converter
	$(VENV)/bin/python $(PIP) --no-deps --require-hashes --target $(VENV)/converter -r .ci/converter.txt
	rm -rf $(VENV)/xgrammar
	$(VENV)/bin/python $(PIP) --no-deps --target $(VENV)/xgrammar -r .ci/xgrammar.txt
	$(VENV)/bin/agentkit setup
	touch $@

$(BENCH)/.ready: pyproject.toml .ci/constraints-bench.txt .ci/hashed.txt
	.ci/venv $(PYTHON) $(BENCH)
	$(BENCH)/bin/python $(PIP) --no-deps --require-hashes -r .ci/hashed.txt
	$(BENCH)/bin/python $(PIP) -c .ci/constraints-bench.txt -e .[bench]
	touch $@
