"""Links of README and docs lead somewhere."""

import importlib.util
import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]


def anchors(page):
    heads = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def dead_links(page):
    for name, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)]*))?\)", page.read_text("utf-8")):
        if "://" in name:
            continue
        target = page.parent / name if name else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield f"{name}#{anchor}" if anchor else name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):  # what `make docs` finds too, without building the site
    assert not list(dead_links(page))


def test_every_page_of_docs_is_reached_from_another():
    texts = {page: page.read_text("utf-8") for page in PAGES}
    alone = [
        page.name
        for page in (ROOT / "docs").glob("*.md")
        if not any(f"{page.name}" in text for other, text in texts.items() if other != page)
    ]
    assert not alone


def test_every_page_is_in_the_navigation_of_the_site_once():
    settings = (ROOT / "docs" / "site" / "mkdocs.yml").read_text("utf-8")
    named = re.findall(r"^ +- (?:.+: )?(\S+\.md)$", settings.partition("\nnav:")[2], re.MULTILINE)
    made = {"examples/index.md", "reference/commands.md", "reference/functions.md"}
    sources = [*PAGES, ROOT / "perf" / "RESULTS.md"]
    assert sorted(named) == sorted([*made, *(str(page.relative_to(ROOT)) for page in sources)])


def test_a_dead_link_is_found(tmp_path):
    (tmp_path / "a.md").write_text("# A\n[b](b.md) [own](#a) [none](#b) [out](https://x.org)")
    assert list(dead_links(tmp_path / "a.md")) == ["b.md", "#b"]


def test_a_site_with_a_dead_link_is_not_built(tmp_path):
    if importlib.util.find_spec("mkdocs") is None:
        pytest.skip("no mkdocs here (`make docs` installs it)")
    build = runpy.run_path(str(ROOT / "docs" / "site" / "build.py"))["build"]
    (tmp_path / "mkdocs.yml").write_text("site_name: x\n")
    (tmp_path / "docs").mkdir()
    page = tmp_path / "docs" / "index.md"
    page.write_text("[none](none.md)")
    done = build(tmp_path / "mkdocs.yml")
    assert (done.returncode, "'none.md'" in done.stderr) == (1, True), done.stderr
    page.write_text("[own](index.md)")
    assert build(tmp_path / "mkdocs.yml").returncode == 0
