"""Write the generated pages to `docs/`, or to another folder."""

from __future__ import annotations

import sys
from pathlib import Path

from tools.documentation import forecasts, lesson
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
    for file, text in lesson.fragments().items():
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            print(f"wrote {file}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
