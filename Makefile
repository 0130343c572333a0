# make demo   installs the zoo into .venv and runs three experiments: figures and numbers in results/
# make test   installs it and runs the tests, in about 11 minutes; make test-slow runs the long tests, which it leaves out;
#             MINUTES=10 limits their time
# make test-all  everything that one machine can run: also Brian2's own tests, the claims of the models, the backend cuda
# make mutants  puts fifty small faults into the code, one at a time, and reports those that no test finds: 20 minutes
# make lint   checks the code's style, types and spelling: ruff, pyright, typos; make format lays it out
# make api    writes docs/api.md, the public names, from their docstrings
# make verification  runs the claims of all models and writes docs/verification.md
# make test-brian2  runs Brian2's own tests of standalone devices on the zoo's C++ device, ten minutes
# make test-arm  compiles programs for ARM and runs them on an emulator, two minutes; needs g++-aarch64-linux-gnu and qemu-user
# make test-web  opens the pages of all models in Chromium and moves their sliders, 20 minutes; needs emscripten and chromium
# make site   builds the site with a live page of every model into build/site/html, 15 minutes; needs emscripten
# make gallery  runs Brian2's own examples on both C++ devices and writes docs/brian2-examples.md: two hours;
#             build/gallery keeps the programs of Brian2's device for the next time
# make bench  installs NEST, NEURON, Arbor and BindsNET into .venv-bench and compares their speed with ours: 15 minutes,
#             and several GB if no PyTorch without CUDA is available
# make test-cuda  installs brian2cuda and nvcc and tests the backend cuda without a GPU, 20 minutes; needs PYTHON=python3.12
# make test-gpu   tests it on the GPU of this machine and measures it, 8 minutes at most; needs the same as test-cuda
# make clean  removes .venv, .venv-bench, .venv-cuda, results and Python's caches
#
# Needs python3 (3.11, 3.12 or 3.13) with venv, g++ and make.

PYTHON ?= python3
VENV ?= .venv
CUDA_VENV ?= .venv-cuda
BIN := $(VENV)/bin
TOOLS = PATH="$(abspath $(BIN)):$$PATH"
BENCH ?= .venv-bench
PEERS := nest-simulator==3.10.0 neuron==9.0.2 arbor==0.12.2 bindsnet==0.3.4
EXPERIMENTS := izhikevich_population basal_ganglia hh_mnist_grid

# For make test-cuda: a Python that brian2cuda supports, and nvcc.
NEWER = $(firstword $(shell for p in $(PYTHON) python3.12 python3.13; do \
  $$p -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null && echo $$p; done))
NVCC = $(shell command -v nvcc || command -v /usr/local/cuda/bin/nvcc)

.PHONY: demo test test-all test-slow test-brian2 test-arm test-web test-cuda test-cuda-here test-gpu mutants lint format api verification gallery site bench clean tools
.DELETE_ON_ERROR:

demo: $(VENV)/installed
	@for name in $(EXPERIMENTS); do echo "-- zoo run $$name"; $(BIN)/zoo run $$name || exit $$?; done
	@echo
	@echo "figures:"
	@ls $(EXPERIMENTS:%=results/%/*.png)

test: $(VENV)/installed
	$(BIN)/python -m pytest -q -n 2 --dist loadfile

test-slow: $(VENV)/installed
	$(BIN)/python -m pytest -q -n 2 --dist loadfile -m slow $(if $(MINUTES),--minutes $(MINUTES))

test-all: test test-slow test-brian2 test-arm test-cuda-here
	$(BIN)/zoo verify --all

test-cuda-here:
	$(if $(and $(NEWER),$(NVCC)),$(MAKE) test-cuda PYTHON=$(NEWER),@echo "left out: make test-cuda, which needs \
	  Python 3.12 or newer and nvcc; here are: $(or $(NEWER),no such Python), $(or $(NVCC),no nvcc)")

test-brian2: $(VENV)/installed
	$(BIN)/python -m tests.brian2_suite

test-arm: $(VENV)/installed
	@for tool in aarch64-linux-gnu-g++ qemu-aarch64; do command -v $$tool >/dev/null || { \
	  echo "make: $$tool is not installed; install it (Debian, Ubuntu: apt-get install g++-aarch64-linux-gnu qemu-user)."; exit 2; }; done
	$(BIN)/python -m pytest -q tests/arm_suite.py

test-web: $(VENV)/installed
	@for tool in em++ chromium; do command -v $$tool >/dev/null || { \
	  echo "make: $$tool is not installed; install it (Debian, Ubuntu: apt-get install emscripten chromium)."; exit 2; }; done
	$(BIN)/python -m pip install -q -e ".[web]"
	$(BIN)/python -m pytest -q tests/web_suite.py

test-cuda: $(CUDA_VENV)/installed
	$(CUDA_VENV)/bin/python -m pytest -q -n 2 tests/test_cuda.py
	$(CUDA_VENV)/bin/python -m pytest -q -n 2 tests/cuda_suite.py
	ZOO_GPU_BACKEND=emulated $(CUDA_VENV)/bin/python -m pytest -q -m slow -k "not models and not meet" tests/test_gpu.py

test-gpu: $(CUDA_VENV)/installed
	$(CUDA_VENV)/bin/zoo doctor
	timeout 240 $(CUDA_VENV)/bin/python -m pytest -q -n 8 -m slow tests/test_gpu.py
	timeout 240 $(CUDA_VENV)/bin/python benchmarks/gpu.py

mutants: $(VENV)/installed
	$(BIN)/python -m tests.mutants

lint: $(VENV)/linters
	$(TOOLS) ruff check .
	$(TOOLS) ruff format --check .
	$(TOOLS) pyright --pythonpath $(BIN)/python
	$(TOOLS) typos

format: $(VENV)/linters
	$(TOOLS) ruff check --fix .
	$(TOOLS) ruff format .

api: $(VENV)/installed
	$(BIN)/python -m tests.api docs/api.md

site: $(VENV)/installed
	@command -v em++ >/dev/null || { echo "make: em++ is not installed; install it (Debian, Ubuntu: apt-get install emscripten)."; exit 2; }
	$(BIN)/python -m pip install -q -e ".[site]"
	$(TOOLS) $(BIN)/python -m website.build --out build/site

verification: $(VENV)/installed
	$(BIN)/zoo verify --all --out docs/verification.md

gallery: $(VENV)/installed
	$(BIN)/python -m benchmarks.gallery --work build/gallery --out docs/brian2-examples.md

bench: $(BENCH)/installed
	$(BENCH)/bin/python benchmarks/peers.py

define new_environment
	@$(PYTHON) -m venv $(1) || { rm -rf $(1); \
	  echo "make: $(PYTHON) cannot make a virtual environment; install venv (Debian, Ubuntu: apt-get install python3-venv)."; exit 2; }
endef

$(VENV)/installed: setup.py | tools
	$(call new_environment,$(VENV))
	$(BIN)/python -m pip install --disable-pip-version-check -e '.[test]'
	@touch $@

$(VENV)/linters: $(VENV)/installed
	$(BIN)/python -m pip install --disable-pip-version-check -e '.[dev]'
	@touch $@

# The table says which simulators could not be installed. BindsNET needs PyTorch; an installed one, such as a smaller one without
# CUDA, is kept.
$(BENCH)/installed: setup.py | tools
	$(call new_environment,$(BENCH))
	$(BENCH)/bin/python -m pip install --disable-pip-version-check -e .
	@for peer in $(PEERS); do $(BENCH)/bin/python -m pip install --disable-pip-version-check $$peer || \
	  echo "make: $$peer cannot be installed; the table will say so"; done
	@touch $@

$(CUDA_VENV)/installed: setup.py | tools
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 12))' || { \
	  echo "make: brian2cuda needs Python 3.12 or 3.13; name one, as in: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 2; }
	@$(PYTHON) -m venv $(CUDA_VENV) || { rm -rf $(CUDA_VENV); exit 2; }
	$(CUDA_VENV)/bin/python -m pip install --disable-pip-version-check -e '.[cuda,test]'
	@touch $@

tools:
	@command -v $(firstword $(CXX)) >/dev/null || { \
	  echo "make: the C++ compiler $(firstword $(CXX)) is not installed; install it (Debian, Ubuntu: apt-get install g++)."; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { \
	  echo "make: $(PYTHON) is not Python 3.11, 3.12 or 3.13; name one that is, as in: make demo PYTHON=python3.11"; exit 2; }

clean:
	rm -rf .venv .venv-bench .venv-cuda results build *.egg-info .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
