"""Tasks of an event loop, for tests that are not asynchronous."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def finished[Result](work: Coroutine[Any, Any, Result]) -> Result:
    """The result of a task, in another thread, because a browser of other tests may have an event loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, asyncio.wait_for(work, 300)).result()
