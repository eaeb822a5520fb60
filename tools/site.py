"""Build the documents as pages that need no network, even when they are opened from a folder.

    uv run python -m tools.site [FOLDER]

Zensical builds them and rejects broken links between pages. This program checks the rest in the built pages: pictures,
files, addresses in HTML, and whether the navigation lists each page.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import defaultdict
from html.parser import HTMLParser
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).parent.parent
ABSENT = "404.html"
"""The page that a server shows for a missing address; its links start at the server's root."""
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_SHIM = re.compile(r'<script src="https://unpkg\.com/iframe-worker/shim"[^>]*></script>')
"""Script that Zensical would load from another site, for the search from a folder."""


class SiteError(Exception):
    """The pages cannot be built, or something in them is broken."""


def build(folder: Path) -> None:
    """Build the pages into `folder`, which must be new, empty, or hold pages built before.

    Raises:
        SiteError: Zensical finds a mistake, or writes pages that this program cannot make independent of the network.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / "from-folder.js").is_file():
        raise SiteError(f"{folder} holds something else than pages that were built before; name another folder")
    with TemporaryDirectory() as scratch:  # Zensical writes its pages and its cache beside its settings
        work = Path(scratch)
        shutil.copy(ROOT / "zensical.toml", work)
        shutil.copytree(ROOT / "docs", work / "docs")
        command = [sys.executable, "-m", "zensical", "build", "--strict"]
        done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SiteError(_COLOUR.sub("", done.stderr.partition("Traceback")[0] or done.stderr).strip())
        for page in (work / "site").rglob("*.html"):
            _free(page, work / "site")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(work / "site", folder)


def _free(page: Path, site: Path) -> None:
    """Change a page to load a script from the folder instead of from another site."""
    up = "../" * len(page.relative_to(site).parent.parts)
    text, places = _SHIM.subn(f'<script src="{up}from-folder.js"></script>', page.read_text(encoding="utf-8"))
    if places != 1:
        raise SiteError(f"{page.name} loads Zensical's shim for workers {places} times, not once; mend tools/site.py")
    page.write_text(text, encoding="utf-8")


class _Page(HTMLParser):
    """The links, resources and anchors of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        """Resources that the page needs."""
        self.anchors = {""}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {key: value or "" for key, value in attrs}
        self.anchors |= {named[key] for key in ("id", "name") if key in named}
        target = named.get("href", named.get("src"))
        if target is not None:
            (self.links if tag == "a" else self.loaded).append(target)


def problems(site: Path) -> list[str]:
    """Broken parts of built pages: links and anchors without a target, and resources from other sites."""
    pages = {file: _Page(file.read_text(encoding="utf-8")) for file in sorted(site.rglob("*.html"))}
    linked: defaultdict[Path, set[Path]] = defaultdict(set)
    found = []
    for file, page in pages.items():
        name = file.relative_to(site).as_posix()
        found += [f"{name} loads {target}" for target in page.loaded if urlsplit(target).netloc]
        for target in [*page.links, *page.loaded] if name != ABSENT else []:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            aim = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            linked[aim].add(file)
            if not (aim.is_file() and aim.is_relative_to(site.resolve())):
                found.append(f"{name} points to {target}, which is not among the pages")
            elif aim in pages and unquote(parts.fragment) not in pages[aim].anchors:
                found.append(f"{name} points to {target}, but {aim.name} has no such anchor")
    alone = [file for file in pages if file.name != ABSENT and not linked[file] - {file}]
    return found + [f"no other page points to {file.relative_to(site).as_posix()}" for file in alone]


def main(folder: Path) -> None:
    """Build and check; exit with 1 and a list of what is wrong."""
    try:
        build(folder)
    except SiteError as failure:
        sys.exit(str(failure))
    if found := problems(folder.resolve()):
        sys.exit("\n".join(found))
    print(f"{folder / 'index.html'}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "site"))
