"""The sources of the site: a page for a model, the gallery, and the tutorials. `make site` builds all of it."""

import re

import pytest

from tests.conftest import ROOT
from website import build
from zoo.core import packages


def test_the_page_of_a_model_has_what_its_card_has(tmp_path):
    entry = packages.entries("models")["fitzhugh_nagumo"]
    page = build.model_page(entry, tmp_path, "no live page: why")
    headings = re.findall(r"^## (.+)$", page, re.MULTILINE)
    assert headings[:3] == ["Source", "Equations", "Parameters"] and headings[-3:] == ["Cite", "Download", "Code"]
    assert page.count("<math") >= 4 and "(b)" in page
    assert re.search(r"\| --phi \| 0\.08 \| 1 \| data \| rate of recovery", page)
    assert "@article{FitzHugh1961" in page and "- no live page: why" in page
    assert "iframe" not in page and "![" not in page, "nothing that does not exist"


def test_claims_come_from_the_page_of_verification():
    assert "tonic_spiking" in build._claims("adaptive_exponential") and "##" not in build._claims("brunel_2000")
    assert build._claims("no_such_model") == ""


def test_the_gallery_shows_every_model_in_its_chapter(tmp_path):
    entries = list(packages.entries("models").values())
    page = build.gallery(entries, tmp_path)
    assert sorted(re.findall(r"grid-item-card\} (\w+)", page)) == sorted(entry.name for entry in entries)


def test_links_of_the_documentation_stay_inside_the_site(tmp_path):
    build._stage_docs(tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert {"index.md", "CHANGELOG.md", "CONTRIBUTING.md", "browser.md"} <= names
    for path in tmp_path.glob("*.md"):
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", path.read_text()):
            assert (tmp_path / target).exists(), f"{path.name}: {target}"


def test_tutorials_are_notebooks(tmp_path):
    jupytext = pytest.importorskip("jupytext")
    paths = sorted((ROOT / "website/tutorials").glob("*.md"))
    assert len(paths) == 5
    for path in paths:
        notebook = jupytext.read(path)
        assert sum(cell.cell_type == "code" for cell in notebook.cells) >= 2, path.name
