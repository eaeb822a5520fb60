"""The documents as pages: they build without a warning, hold together and need no network."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("zensical", reason="the dependency group `docs` is not installed")
pytest.importorskip("tools.site", reason="the documents are built in the repository")

from tools import site as builder


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    builder.build(folder)
    return folder


def test_the_built_pages_hold_together_and_load_nothing_from_elsewhere(site: Path) -> None:
    assert builder.problems(site) == []
    written = {
        file.relative_to(builder.ROOT / "docs").with_suffix("") for file in (builder.ROOT / "docs").rglob("*.md")
    }
    assert {file.relative_to(site).with_suffix("") for file in site.rglob("*.html")} == {*written, Path("404")}
    assert (site / "search.js").read_text(encoding="utf-8").startswith("var __index = ")


@pytest.mark.parametrize(
    ("added", "told"),
    [
        ('<img src="none.png">', "index.html points to none.png, which is not among the pages"),
        ('<a href="../README.md">x</a>', "index.html points to ../README.md, which is not among the pages"),
        ('<a href="odd.html#none">x</a>', "index.html points to odd.html#none, but odd.html has no such anchor"),
        ('<a href="#none">x</a>', "index.html points to #none, but index.html has no such anchor"),
        ('<script src="https://unpkg.com/x"></script>', "index.html loads https://unpkg.com/x"),
        ('<link href="//fonts.example/x.css">', "index.html loads //fonts.example/x.css"),
    ],
)
def test_what_does_not_hold_is_told(site: Path, added: str, told: str) -> None:
    page = site / "index.html"
    text = page.read_text(encoding="utf-8")
    try:
        page.write_text(text.replace("</body>", f"{added}</body>"), encoding="utf-8")
        assert builder.problems(site) == [told]
    finally:
        page.write_text(text, encoding="utf-8")


def test_a_page_without_its_place_in_the_navigation_is_told(site: Path) -> None:
    page = site / "alone.html"
    page.write_text("<a href='alone.html'>myself</a>", encoding="utf-8")
    try:
        assert builder.problems(site) == ["no other page points to alone.html"]
    finally:
        page.unlink()


def test_a_broken_link_between_documents_stops_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# Home\n\n[x](none.md)\n", encoding="utf-8")
    (tmp_path / "zensical.toml").write_text('[project]\nsite_name = "x"\n', encoding="utf-8")
    monkeypatch.setattr(builder, "ROOT", tmp_path)
    with pytest.raises(builder.SiteError, match=r"(?s)index.md:3:5.*none\.md.*1 issue found$"):
        builder.build(tmp_path / "site")


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(builder.SiteError, match="name another folder"):
        builder.build(tmp_path)
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "mine"
