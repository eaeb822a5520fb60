"""Chromium, which tests of reports need, and a question that they ask it."""

import shutil

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
SIDEWAYS = """[...document.querySelectorAll('.scroll, figure')].filter(one => one.scrollWidth > one.clientWidth)
    .map(one => (one.querySelector('caption, figcaption') ?? one).textContent)"""
"""The captions of the tables and figures that have to be scrolled sideways."""
SQUEEZED = """[...document.querySelectorAll('.stacked tbody th')]
    .filter(one => one.offsetWidth < one.closest('table').offsetWidth).map(one => one.textContent)"""
"""The headings of rows that are narrower than their table, where cells stand below each other."""
