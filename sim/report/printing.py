"""The report on paper: an installed Chromium prints it to PDF, with page numbers and bookmarks."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from sim.errors import StudyError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
BROWSER_SECONDS = 120
"""Seconds after which a browser is stopped."""
_PAGE = re.compile(rb"/Type\s*/Page\b(?!s)")
"""A page in a PDF of Chromium, whose objects are not compressed."""


def print_pdf(page: Path) -> Path:
    """Print a page to a PDF in the same folder.

    Raises:
        StudyError: there is no browser (the message says how to get one), or it fails.
    """
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        raise StudyError(
            f"{page} is written, but no Chromium was found to print it. Install one (Debian and Ubuntu: "
            "sudo apt install chromium; macOS: brew install --cask chromium; Windows: winget install Google.Chrome), "
            "or open the page in any browser and choose Print, Save as PDF."
        )
    target = page.with_suffix(".pdf")
    with tempfile.TemporaryDirectory() as profile:
        command = [
            browser, "--headless", "--disable-gpu", "--no-sandbox", f"--user-data-dir={profile}",
            "--no-pdf-header-footer", "--generate-pdf-document-outline",
            f"--print-to-pdf={target.resolve()}", page.resolve().as_uri(),
        ]  # fmt: skip
        try:
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=BROWSER_SECONDS)
        except (OSError, subprocess.SubprocessError) as error:
            message = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
            raise StudyError(f"{browser} could not print {page}: {message[-1] if message else error}") from None
    return target


def page_count(pdf: Path) -> int:
    """Number of pages of a PDF that `print_pdf` wrote."""
    return len(_PAGE.findall(pdf.read_bytes()))
