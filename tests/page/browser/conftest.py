"""A server of the page in a process of its own, and a real browser that may talk to nobody else."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest

pytest.importorskip("starlette", reason="the extra `app` is not installed")
pytest.importorskip("pytest_playwright", reason="pytest-playwright is not installed")
pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE = 180_000
FEW_WORLDS = """
from functools import partial
from sim.page import server, view
server.Ensemble = partial(server.Ensemble, replications=4)
view(port=0)
"""
"""The page as `hubsim view` starts it, with comparisons of 4 worlds: the tests need not wait for 100."""


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict:
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed (Debian: apt-get install chromium)")
    return {"executable_path": CHROMIUM, "args": ["--no-sandbox", "--disable-gpu"]}


@pytest.fixture(scope="session")
def base_url() -> None:
    """None: each test names its address (the plugin's own fixture warns under new versions of pytest)."""


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Where the page listens."""
    server = subprocess.Popen([sys.executable, "-c", FEW_WORLDS], stdout=subprocess.PIPE, text=True)
    try:
        said = ""
        for line in server.stdout:
            said += line
            if "the page is at" in line:
                break
        else:
            pytest.fail(f"the page did not start:\n{said}")
        yield said.split("the page is at ")[1].split()[0].rstrip("/")
    finally:
        server.terminate()
        server.wait(10)
        server.stdout.close()


@pytest.fixture
def visitor(address, new_context):
    """A page of the browser that fails the test when it meets an error or asks another machine."""
    context = new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    trouble: list[str] = []
    page.on("console", lambda message: message.type == "error" and trouble.append(message.text))
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("request", lambda asked: asked.url.startswith((address, "data:", "blob:")) or trouble.append(asked.url))
    yield page
    assert trouble == []
