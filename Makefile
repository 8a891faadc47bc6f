# Two commands matter: `make run` (the demo desk, live) and `make test`. Everything lands in .venv.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   := .venv
BIN    := $(VENV)/bin
ARGS   ?=
# Most of a test's time is waiting, for servers, disks and leases: more of them at once than there are cores.
WORKERS ?= 4

.PHONY: install run test check bench accuracy servers nightly fuzz lock clean

install: $(VENV)/.installed

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "replydesk needs Python 3.11 or newer; say make PYTHON=/path/to/python3.11"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

run: install
	$(BIN)/replydesk demo $(ARGS)

test: install
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install
	$(BIN)/python -m tests.bench $(ARGS)

accuracy: install
	$(BIN)/python -m tests.bench.accuracy $(ARGS)

servers:
	.ci/servers
	@$(MAKE) --no-print-directory install
	REPLYDESK_REQUIRE_SERVERS=1 $(BIN)/python -m pytest tests/servers $(ARGS)

nightly: install
	REPLYDESK_LONG=1 $(BIN)/python -m pytest --timeout=3600 $(ARGS)

fuzz: install fuzz.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement fuzz.lock
	$(BIN)/python -m tests.fuzz $(ARGS)

lock:
	uv pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate -o requirements.lock
	sed -n 's/^\([a-z0-9][^ ;]*==[^ ;]*\).*/\1/p' requirements.lock | uv pip compile pyproject.toml --all-extras --group build --constraint - --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate -o service.lock
	uv pip compile --group pyproject.toml:fuzz --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate -o fuzz.lock

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache dist
