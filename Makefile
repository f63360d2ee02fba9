# Everything from a bare Debian 12: packages, build, demo and tests.
# `make` alone prints the targets. JOBS=N limits what runs at once.

BUILD ?= build
JOBS ?= $(shell nproc)
PYTHON ?= python3
CMAKE ?= cmake
VENV := .venv
ORACLE_VENV := .venv-oracles
BENCH_VENV := .venv-bench
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)

PACKAGES := $(shell sed '/^\#/d' packages.txt)
CXX_SOURCES := $(shell find examples include lib tools unittests test/lib -name '*.h' -o -name '*.cpp')
FUZZ_MODELS ?= examples/mnist/TFC_2W2A.onnx \
  $(wildcard ../shared/data/onnx-nets/micro_kws/micro_kws_m_static_qoperator.onnx)
PYTHON_FOLDERS := $(wildcard benchmarks examples python test utils)

# With precompiled headers ccache finds what it has only under these.
export CCACHE_SLOPPINESS := pch_defines,time_macros
export SMELT_PYTHON := $(CURDIR)/$(VENV)/bin/python

.PHONY: help
help: ## Print the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: build ## Classify digits and tell a story with compiled networks of ternary weights
	@examples/mnist/demo.sh $(BUILD)
	@examples/stories/demo.sh $(BUILD)

.PHONY: test
test: build venv ## Build and run every test; ends with "N passed, M failed, K skipped"
	@$(SMELT_PYTHON) utils/run-tests.py --build $(BUILD) --jobs $(JOBS)

.PHONY: test-oracles
test-oracles: build venv $(ORACLE_VENV)/.installed ## Compare language models with transformers, run anew
	@mkdir -p $(BUILD)/oracles
	@$(ORACLE_VENV)/bin/python utils/make-oracles.py $(BUILD)/oracles/new.npz \
	  --compare test/Integration/Inputs/oracles.npz
	@PATH=$(abspath $(BUILD))/bin:$$PATH PYTHONPATH=python $(SMELT_PYTHON) \
	  test/Integration/oracles.py $(BUILD)/oracles/new.npz $(BUILD)/oracles

.PHONY: build
build: $(BUILD)/build.ninja ## Build the tools into build/bin
	@ninja -C $(BUILD) -j $(JOBS)

$(BUILD)/build.ninja: CMakePresets.json | packages
	$(CMAKE) --preset default -B $(BUILD)

.PHONY: packages
packages: ## Install the Debian packages of packages.txt that are missing
	@missing=$$(for package in $(PACKAGES); do \
	  dpkg-query -W -f '$${Status}' $$package 2>/dev/null | \
	    grep -q 'ok installed$$' || echo $$package; \
	done); \
	test -z "$$missing" || { \
	  echo "Installing:" $$missing && \
	  $(SUDO) apt-get update -qq && \
	  $(SUDO) env DEBIAN_FRONTEND=noninteractive \
	    apt-get install -y -qq --no-install-recommends $$missing; }

.PHONY: venv
venv: $(VENV)/.installed ## Make .venv with the Python packages of requirements.txt

$(VENV)/.installed: requirements.txt | packages
	$(PYTHON) -m venv --clear $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(ORACLE_VENV)/.installed: requirements-oracles.txt | packages
	$(PYTHON) -m venv --clear $(ORACLE_VENV)
	$(ORACLE_VENV)/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

# Programs to compare with, all optional: LLAMA_BENCH and LLAMA_COMPLETION of
# llama.cpp, IK_LLAMA_BENCH, BITNET_BENCH, and ONNX2C.
BENCH_OPTIONS := --smelt $(BUILD)/bin/smelt --out $(BUILD)/bench
BENCH_SHAPE ?= bitnet-2b-4t
MNIST8 ?= $(wildcard ../shared/data/onnx-nets/mnist-8/model.onnx)

.PHONY: bench
bench: build $(BENCH_VENV)/.installed ## Compare speed with the programs whose paths are given
	@$(BENCH_VENV)/bin/python -m pytest -q python/tests/test_gguf_model.py \
	  python/tests/test_benchmarks.py
	@$(BENCH_VENV)/bin/python benchmarks/networks.py $(BENCH_OPTIONS) \
	  $(if $(MNIST8),--mnist8 $(MNIST8)) $(if $(ONNX2C),--onnx2c $(ONNX2C))
	@$(BENCH_VENV)/bin/python benchmarks/language_models.py $(BENCH_OPTIONS) \
	  --shape $(BENCH_SHAPE) --work $(BUILD)/bench \
	  --smelt-options "--head screened" \
	  $(if $(LLAMA_BENCH),--llama-bench $(LLAMA_BENCH)) \
	  $(if $(IK_LLAMA_BENCH),--ik-llama-bench $(IK_LLAMA_BENCH)) \
	  $(if $(BITNET_BENCH),--bitnet-bench $(BITNET_BENCH))
	@$(BENCH_VENV)/bin/python benchmarks/start_up.py $(BENCH_OPTIONS) \
	  --shape $(BENCH_SHAPE) --work $(BUILD)/bench \
	  $(if $(LLAMA_COMPLETION),--llama-completion $(LLAMA_COMPLETION))

# llama-cpp-python is compiled for this CPU, which takes some minutes.
$(BENCH_VENV)/.installed: requirements-bench.txt | packages
	$(PYTHON) -m venv --clear $(BENCH_VENV)
	CC=clang-19 CXX=clang++-19 CMAKE_ARGS="-DLLAVA_BUILD=OFF -DGGML_NATIVE=ON" \
	  CMAKE_BUILD_PARALLEL_LEVEL=$(JOBS) \
	  $(BENCH_VENV)/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

.PHONY: fuzz
fuzz: packages venv ## Compile thousands of broken models with a build that checks itself
	@$(CMAKE) --preset sanitize
	@ninja -C build-sanitize -j $(JOBS) smelt
	@$(SMELT_PYTHON) utils/fuzz/make-models.py build-sanitize/models
	@$(SMELT_PYTHON) utils/fuzz $(FUZZ_MODELS) build-sanitize/models/* \
	  examples/stories --tool build-sanitize/bin/smelt --jobs $(JOBS) \
	  --option=--input-type --option=u8

.PHONY: docs
docs: build ## Write the pages of ops and passes into build/docs
	@ninja -C $(BUILD) smelt-docs

.PHONY: format
format: venv ## Format the C++ and the Python
	@clang-format-19 -i $(CXX_SOURCES)
	@$(VENV)/bin/ruff check --quiet --fix $(PYTHON_FOLDERS)
	@$(VENV)/bin/ruff format --quiet $(PYTHON_FOLDERS)

.PHONY: check-format
check-format: venv ## Fail where `make format` would change something
	@clang-format-19 --dry-run -Werror $(CXX_SOURCES)
	@$(VENV)/bin/ruff check $(PYTHON_FOLDERS)
	@$(VENV)/bin/ruff format --check $(PYTHON_FOLDERS)

.PHONY: tidy
tidy: build ## Run clang-tidy over the C++
	@run-clang-tidy-19 -quiet -j $(JOBS) -p $(BUILD) '$(CURDIR)/(lib|tools)/.*\.cpp$$'

.PHONY: clean
clean: ## Remove the build; the Python packages stay
	rm -rf $(BUILD)
