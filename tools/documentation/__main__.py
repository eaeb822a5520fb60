"""Write the generated pages to `docs/`, or to another folder."""

from __future__ import annotations

import sys
from pathlib import Path

from tools.documentation import forecasts
from tools.documentation.pages import pages


def main(folder: Path) -> None:
    """Write every page whose file differs, and print its name; with the forecasts, their figure."""
    for name, text in pages().items():
        page = folder / name
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(text, encoding="utf-8")
            print(f"wrote {page}")
            if name == "forecasts.md":
                forecasts.draw(page.parent)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
