# One entry point for people and CI. Every target installs what it needs and does nothing twice.
# Versions and folders are set here only; the scripts read them from the environment.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# --- Folders -------------------------------------------------------------------------------------------------------
export AGELENS_CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/agelens
export AGELENS_TOOLS := $(AGELENS_CACHE)/tools
# CI clones anew each time: its build folder outlives the clone, so that only changes are compiled again.
export CARGO_TARGET_DIR ?= $(if $(CI),$(AGELENS_CACHE)/target,$(CURDIR)/target)
# Data that is not part of the repository; only `make test-real` reads it.
export AGELENS_DATA ?= $(CURDIR)/../shared/data
override AGELENS_DATA := $(abspath $(AGELENS_DATA))

# --- Versions ------------------------------------------------------------------------------------------------------
export TRUNK_VERSION := 0.21.14
export CARGO_DENY_VERSION := 0.20.2
# The program must equal the crate exactly, so the lock file decides.
export WASM_BINDGEN_VERSION := $(shell awk '/^name = "wasm-bindgen"$$/ { getline; gsub(/[^0-9.]/, ""); print }' Cargo.lock)

# Our wasm-opt first: it remembers its results. The tools may also come from elsewhere, in the same version.
export PATH := $(CURDIR)/scripts/bin:$(AGELENS_TOOLS)/bin:$(PATH)

# --- Settings ------------------------------------------------------------------------------------------------------
# Where the page will be served from; `./` works in any folder.
PUBLIC_URL ?= ./
PORT ?= 8080
# Both crates at once: the model crate alone would get other features, and burn would be compiled once more.
# Never the whole workspace: the page's crate would be built natively.
NATIVE := --release --locked --package shared --package trainer
# As trunk builds the page.
WEB := --profile wasm-release --locked --package web --target wasm32-unknown-unknown
TRAINER := $(CARGO_TARGET_DIR)/release/trainer
# Of the browser tests: each file has a server and a browser of its own, which wait for each other half of the time.
FILES_AT_ONCE ?= $(if $(CI),1,2)
export AGELENS_TRAINER := $(TRAINER)

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- The page ------------------------------------------------------------------------------------------------------
.PHONY: demo
demo: site ## Build the page and serve it on this machine; prints the link
	@node scripts/serve.mjs --directory dist --port $(PORT)

.PHONY: site
site: dist/index.html ## Build the page into dist/ (PUBLIC_URL=/path/ where it will not be served from any folder)

SITE_SOURCES := Cargo.toml Cargo.lock Trunk.toml $(shell find shared web static -type f -not -path 'web/viewer/*' -not -path 'web/dicom/*')
VIEWER_SOURCES := $(shell find web/viewer web/dicom -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -path '*/.venv/*')
PUBLIC_URL_FILE := $(CARGO_TARGET_DIR)/public-url

dist/index.html: $(SITE_SOURCES) web/viewer/dist/viewer.js $(PUBLIC_URL_FILE)
	@scripts/install.sh node wasm-target
	@$(MAKE) -j2 site-tools site-worker
	scripts/with-wasm.sh trunk build --release --public-url '$(PUBLIC_URL)'
	@touch $@

# Side by side: neither keeps two cores busy all the time, and together they are most of a first build.
.PHONY: site-tools site-worker
site-tools:
	@scripts/install.sh wasm-bindgen wasm-opt trunk
site-worker:
	scripts/with-wasm.sh cargo build $(WEB) --features worker --bin worker

web/viewer/dist/viewer.js: $(VIEWER_SOURCES)
	@scripts/install.sh viewer
	node web/build.mjs
	@touch $@

# Changes only when the address does, and so rebuilds the page only then.
$(PUBLIC_URL_FILE): FORCE
	@mkdir -p $(@D) && { [ "$$(cat $@ 2>/dev/null)" = '$(PUBLIC_URL)' ] || echo '$(PUBLIC_URL)' > $@; }
.PHONY: FORCE
FORCE:

# --- Checks and tests ----------------------------------------------------------------------------------------------
.PHONY: check
check: ## Format, lints (native and browser), links in the code's documentation, versions of images and releases, licences and sources of all dependencies
	@scripts/install.sh rust-components wasm-target cargo-deny shellcheck python
	cargo fmt --all --check
	shellcheck scripts/*.sh scripts/bin/* packaging/*.sh .ci/run
	python3 packaging/tests.py
	$(LINT) cargo build $(NATIVE) --all-targets
	$(LINT) scripts/with-wasm.sh cargo build $(WEB_CHECK)
	scripts/deny.sh
	RUSTDOCFLAGS='-D warnings' cargo doc $(NATIVE) --no-deps --document-private-items

# `cargo clippy` would check every dependency once more beside building it. As the wrapper of a build it lints our crates
# with the dependencies that the tests and the page use anyway, which saves a cold machine five minutes. Only documentation needs them
# checked; the links go last, so that whatever else is wrong is told before.
LINT := env RUSTC_WORKSPACE_WRAPPER=clippy-driver CLIPPY_ARGS='-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__'

# The profile that trunk builds with, so that build scripts and macros are compiled once; all features cover the worker.
WEB_CHECK := $(WEB) --all-features

.PHONY: check-cuda
check-cuda: ## Type-check the build for NVIDIA cards (no card or CUDA needed)
	# DOCS_RS as for `make gpu`. Apart, as it rebuilds much.
	DOCS_RS=1 CARGO_TARGET_DIR=$(CARGO_TARGET_DIR)/cuda cargo check --release --locked --package trainer --features cuda

.PHONY: test
test: test-native test-browser ## All tests that need no further data
	@scripts/left-out.sh

.PHONY: test-native
test-native: ## Tests of the model crate and the command line
	@scripts/install.sh vulkan
	cargo test $(NATIVE)
	cargo test --release --locked --package web --lib

.PHONY: test-browser
test-browser: site native ## Tests of the page in Chromium, over WebGPU and on the CPU, and once in Firefox and WebKit
	@scripts/install.sh vulkan chromium japanese-font firefox webkit browser-tests dicom-tests
	npm test --silent --prefix web/viewer
	npm test --silent --prefix web/dicom
	cd tests/browser && node --test --test-concurrency=$(FILES_AT_ONCE) --test-reporter=spec

.PHONY: test-real
test-real: ## Tests on real people's images (AGELENS_DATA=DIR); fails where they are missing
	@[ -d '$(AGELENS_DATA)' ] || { echo 'make test-real: $(AGELENS_DATA) is missing; set AGELENS_DATA=DIR' >&2; exit 1; }
	cargo test $(NATIVE) --test 'real_*'

.PHONY: test-formats
test-formats: native ## What TensorBoard, the BIDS validator, ITK and onnxruntime say of our files; downloads them
	@scripts/install.sh python
	scripts/formats.sh

.PHONY: fuzz
fuzz: ## Hostile headers, manifests, tables and scans by the thousand, kills and a long walk in the page: about two hours
	AGELENS_HEADERS=10000000 AGELENS_MANIFESTS=20000 AGELENS_SCANS=1000 AGELENS_TABLES=10000 cargo test $(NATIVE) --test 'hostile_*'
	AGELENS_KILLS=60 cargo test $(NATIVE) --test resume every_mode
	cd tests/browser && AGELENS_WALK=1000 node --test --test-reporter=spec random-walk.test.mjs

.PHONY: native
native: ## Build the trainer
	cargo build $(NATIVE)

# --- Graphics cards ------------------------------------------------------------------------------------------------
# Kernels for NVIDIA cards are C++ that CUDA's own run-time compiler takes. DOCS_RS leaves out LLVM, which the other way to
# make them needs and whose build would be downloaded; scripts/no-llvm.sh stands in for it at the linker.
GPU := $(CARGO_TARGET_DIR)/gpu/trainer
GPU_FEATURES ?= vulkan,cuda

.PHONY: gpu
gpu: ## Build the trainer for graphics cards (Vulkan with SPIR-V, and CUDA)
	@mkdir -p $(dir $(GPU)) && scripts/no-llvm.sh $(dir $(GPU))no-llvm.o
	DOCS_RS=1 cargo rustc --release --locked --package trainer --features $(GPU_FEATURES) --bin trainer -- \
	  -C link-arg=$(dir $(GPU))no-llvm.o
	strip -o $(GPU) $(TRAINER)

# For a machine without compilers: PROGRAMS="LABEL=PATH ..." are builds made elsewhere (benches/gpu/README.md).
PROGRAMS ?=
BENCH_GPU ?=
.PHONY: bench-gpu
bench-gpu: $(if $(PROGRAMS),,gpu) ## Correctness, speed and memory on an NVIDIA card, beside PyTorch; runs/bench-gpu
	python3 benches/gpu/bench.py $(addprefix --program ,$(or $(PROGRAMS),AgeLens=$(GPU))) $(BENCH_GPU)

# --- Training ------------------------------------------------------------------------------------------------------
PHANTOM_COHORT := runs/phantom-small-cohort
PHANTOM_RUN := runs/phantom-small
PHANTOM_REPORT := runs/phantom-small-report

.PHONY: train-demo
train-demo: $(PHANTOM_RUN)/.exported ## Generate a small phantom cohort, train on it, judge it and export the bundle

$(PHANTOM_COHORT)/participants.tsv: | native
	$(TRAINER) cohort phantom --subjects 40 --seed 1 --spacing-mm 4 --out $(PHANTOM_COHORT)

# A run that was stopped goes on, and one of another configuration is refused (then remove the folder).
$(PHANTOM_RUN)/.trained: configs/phantom-small.toml $(PHANTOM_COHORT)/participants.tsv | native
	$(TRAINER) train --config $< --cohort $(PHANTOM_COHORT) --out $(PHANTOM_RUN) $(if $(wildcard $(PHANTOM_RUN)/run.json),--resume)
	@touch $@

# Before the export, which refuses a run that fails its self-checks: the report says more about why.
$(PHANTOM_RUN)/.exported: $(PHANTOM_RUN)/.trained | native
	$(TRAINER) evaluate --run $(PHANTOM_RUN) --cohort $(PHANTOM_COHORT) --out $(PHANTOM_REPORT)
	$(TRAINER) export --run $(PHANTOM_RUN) --out static/models/phantom-small
	@touch $@

# IXI_XLS: the spreadsheet as published. LABELS: whole-head label maps; without, all heads come from one template.
IXI_XLS ?= $(AGELENS_DATA)/ixi-demographics/IXI.xls
LABELS ?= $(wildcard $(AGELENS_DATA)/head-labels)
.PHONY: rehearsal
rehearsal: site native ## The whole way from raw scans to a page on synthetic heads, killed in each phase; an hour or two
	python3 benches/rehearsal/rehearse.py --demographics '$(IXI_XLS)' $(if $(LABELS),--labels '$(LABELS)') --out runs/rehearsal

.PHONY: clean
clean: ## Remove what was built here (downloaded tools and runs/ stay)
	rm -rf dist $(CARGO_TARGET_DIR)
