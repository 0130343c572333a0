"""Installs one package, `zoo`, with the folders models/ and experiments/ as `zoo.models` and `zoo.experiments`, and the command `zoo`."""

import re
from pathlib import Path

from setuptools import setup

HERE = Path(__file__).parent
VERSION = re.search(r'__version__ = "(.+)"', (HERE / "zoo/__init__.py").read_text())[1]

URLS = {
    "Brian2": "https://brian2.readthedocs.io",
    "Questions on Brian2": "https://brian.discourse.group",
}


def packages(name, folder):
    """The package `name` in `folder`, and those in the folders of it."""
    return [name, *(f"{name}.{path.parent.name}" for path in sorted((HERE / folder).glob("*/__init__.py")))]


setup(
    name="brian2-zoo",
    version=VERSION,
    description="An equation-oriented model zoo for Brian2, run on standalone C++ and CUDA",
    long_description=(HERE / "README.md").read_text(),
    long_description_content_type="text/markdown",
    license="CeCILL-2.1",
    author="The Brian2 model zoo developers",
    keywords="brian2 spiking neural networks computational neuroscience simulation STDP standalone C++ CUDA",
    project_urls=URLS,
    classifiers=[
        "Development Status :: 4 - Beta",
        "Environment :: Console",
        "Intended Audience :: Education",
        "Intended Audience :: Science/Research",
        "License :: OSI Approved :: CEA CNRS Inria Logiciel Libre License, version 2.1 (CeCILL-2.1)",
        "Operating System :: POSIX :: Linux",
        "Programming Language :: C++",
        "Programming Language :: Python :: 3 :: Only",
        *(f"Programming Language :: Python :: 3.{minor}" for minor in (11, 12, 13)),
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
        "Topic :: Scientific/Engineering :: Bio-Informatics",
        "Typing :: Typed",
    ],
    python_requires=">=3.11",
    package_dir={"zoo": "zoo", "zoo.models": "models", "zoo.experiments": "experiments"},
    packages=[
        *packages("zoo", "zoo"),
        *packages("zoo.models", "models"),
        *packages("zoo.experiments", "experiments"),
    ],
    package_data={
        "zoo": ["py.typed"],
        "zoo.images": ["data/*"],
        "zoo.codegen": ["include/*", "templates/*"],
        "zoo.web": ["page/*"],
        "zoo.models": ["references.bib"],
        "zoo.experiments": ["reference/*"],
    },
    install_requires=[
        "brian2>=2.9,<2.12",
        # brian2 2.9, the last one for Python 3.11, calls ndarray.ptp, which numpy 2.4 no longer has.
        "numpy<2.4; python_version<'3.12'",
        "numpy",
        # Its contours are nullclines: contourpy comes with it, as sympy comes with brian2.
        "matplotlib>=3.8",
        "scipy>=1.11",
        "tensorflow-datasets>=4.9.9",
        # tensorflow-datasets needs this and does not say so.
        "importlib_resources",
        # Brian2 finds the compiler with distutils, which Python 3.12 no longer has.
        "setuptools",
    ],
    extras_require={
        # brian2cuda takes this version of Brian2 only, which needs Python 3.12; nvcc and its headers of CUDA 13 are packages.
        "cuda": [
            "brian2cuda==1.0b1; python_version>='3.12'",
            "nvidia-cuda-nvcc>=13,<14; python_version>='3.12'",
            "nvidia-cuda-cccl>=13,<14; python_version>='3.12'",
            "nvidia-curand>=10.4,<10.5; python_version>='3.12'",
        ],
        "neo": ["neo>=0.13"],
        "nwb": ["pynwb>=2.8"],
        "sonata": ["h5py>=3"],
        "cluster": ["dask[distributed]>=2024.1"],
        "test": [
            *("pytest>=8", "pytest-xdist>=3", "hypothesis>=6"),
            *("dask[distributed]>=2024.1", "neo>=0.13", "pynwb>=2.8", "libsonata>=0.1"),
            *("nbclient>=0.8", "ipykernel>=6"),
            # The wheel of the zoo is made and installed by a test.
            *("pip>=23", "wheel"),
        ],
        # What make site needs besides Emscripten, and make test-web besides it and Chromium.
        "site": ["sphinx>=8", "myst-nb>=1.3", "pydata-sphinx-theme>=0.16", "sphinx-design>=0.6", "jupytext>=1.16"],
        "web": ["playwright>=1.40", "axe-playwright-python>=0.1"],
        # What make lint runs. typos is a program in a wheel, as ruff is.
        "dev": ["ruff>=0.14", "pyright[nodejs]>=1.1.400", "typos>=1.30", "pre-commit>=3"],
    },
    entry_points={"console_scripts": ["zoo = zoo.command.main:command"]},
)
