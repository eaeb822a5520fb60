"""First pages of special comparisons look as the kept pictures do: `poe first-page-pictures` renews them."""

from __future__ import annotations

import pytest
from chromium import CHROMIUM, needs_chromium
from first_page_pictures import CASES, KEPT, TOLERANCE, apart, pictures
from PIL import Image, ImageChops


@needs_chromium
@pytest.mark.slow
def test_first_pages_look_as_they_did(playwright):
    kept = {name: Image.open(KEPT / f"{name}.png").convert("L") for name in CASES}
    for name, fresh in pictures(playwright, CHROMIUM):
        assert apart(fresh, kept[name]) <= TOLERANCE, name
        moved = ImageChops.offset(fresh, 0, 60)
        assert apart(moved, kept[name]) > TOLERANCE, f"{name}: moved blocks are not seen"
        assert all(apart(fresh, other) > TOLERANCE for key, other in kept.items() if key != name), name
