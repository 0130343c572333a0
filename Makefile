# make demo   installs the zoo into .venv and runs three experiments: figures and numbers in results/
# make test   installs it and runs the tests; make test-slow runs those that take minutes
# make fidelity  compares the models with their references and writes docs/fidelity.md
# make test-brian2  runs Brian2's own tests of standalone devices on the zoo's C++ device, ten minutes
# make test-cuda  installs brian2cuda and nvcc and tests the backend cuda without a GPU; needs PYTHON=python3.12
# make test-gpu   tests it on the GPU of this machine and measures it, 8 minutes at most; as test-cuda
# make clean  removes .venv, results and what Python left behind
#
# Needs python3 (3.11, 3.12 or 3.13) with venv, g++ and make.

PYTHON ?= python3
VENV ?= .venv
CUDA_VENV ?= .venv-cuda
BIN := $(VENV)/bin
EXPERIMENTS := izhikevich_population basal_ganglia hh_mnist_grid

.PHONY: demo test test-slow test-brian2 test-cuda test-gpu fidelity clean tools
.DELETE_ON_ERROR:

demo: $(VENV)/installed
	@for name in $(EXPERIMENTS); do echo "-- zoo run $$name"; $(BIN)/zoo run $$name || exit $$?; done
	@echo
	@echo "figures:"
	@ls $(EXPERIMENTS:%=results/%/*.png)

test: $(VENV)/installed
	$(BIN)/python -m pytest -q -n 2 --dist loadfile

test-slow: $(VENV)/installed
	$(BIN)/python -m pytest -q -n 2 --dist loadfile -m slow

test-brian2: $(VENV)/installed
	$(BIN)/python -m tests.brian2_suite

test-cuda: $(CUDA_VENV)/installed
	$(CUDA_VENV)/bin/python -m pytest -q -n 2 tests/test_cuda.py
	ZOO_GPU_BACKEND=emulated $(CUDA_VENV)/bin/python -m pytest -q -m slow -k "not models and not meet" tests/test_gpu.py

test-gpu: $(CUDA_VENV)/installed
	$(CUDA_VENV)/bin/zoo doctor
	timeout 240 $(CUDA_VENV)/bin/python -m pytest -q -n 8 -m slow tests/test_gpu.py
	timeout 240 $(CUDA_VENV)/bin/python benchmarks/gpu.py

fidelity: $(VENV)/installed
	$(BIN)/python -m tests.fidelity docs/fidelity.md

$(VENV)/installed: setup.py | tools
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "make: $(PYTHON) cannot make a virtual environment; install venv (Debian, Ubuntu: apt-get install python3-venv)."; exit 2; }
	$(BIN)/python -m pip install --disable-pip-version-check -e '.[test]'
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
	rm -rf .venv .venv-cuda results build *.egg-info .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
