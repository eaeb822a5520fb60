"""Months: the model counts them from the scenario's `start`; people write them as `2026-07`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator

_PATTERN = re.compile(r"^(19|20|21)\d\d-(0[1-9]|1[0-2])$")


def _check(text: str) -> str:
    if not _PATTERN.match(text):
        raise ValueError(f"{text!r} is not a month; write it as YYYY-MM from 1900-01 to 2199-12, for example 2026-07")
    return text


Month = Annotated[str, AfterValidator(_check)]
"""A calendar month written `YYYY-MM`, from 1900-01 to 2199-12."""


@lru_cache
def ordinal(month: str) -> int:
    """Months since year 0, so that months can be compared and subtracted."""
    return 12 * int(month[:4]) + int(month[5:7]) - 1


def months_between(first: str, last: str) -> int:
    """Number of months from `first` to `last` (0 when equal, negative when `last` is earlier)."""
    return ordinal(last) - ordinal(first)


def month_after(first: str, months: int) -> str:
    """The month that is `months` after `first`."""
    year, month = divmod(ordinal(first) + months, 12)
    return f"{year:04d}-{month + 1:02d}"
