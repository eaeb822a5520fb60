"""Access to the page: its own pages may ask for anything, links from other sites for a room, nobody for too much."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
_SAME_SITE = ("same-origin", "none")
"""Values of `Sec-Fetch-Site` for requests of the page itself and for addresses that a person typed."""
RETRY_SECONDS = 15
"""Seconds after which a refused visitor may ask again."""


class Guard:
    """Refuses requests that other sites make in a visitor's name, and host names that are not this machine's.

    A request comes from another site when its `Origin` differs from its `Host`, or when the browser says so
    (`Sec-Fetch-Site`, which it also sends for pictures and scripts, which have no `Origin`). Links to a room are
    allowed; requests that make the server compute are not. What follows the question mark of an address reaches the
    application as ASCII, whatever bytes came.

    Args:
        app: the application that answers allowed requests.
        hosts: host names that requests may use; empty for any.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str] = ()):
        self.app, self.hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request, or refuse it."""
        if scope["type"] in ("http", "websocket"):
            headers = Headers(scope=scope)
            refusal = None
            if self.hosts and _name(headers.get("host", "")) not in self.hosts:
                refusal = PlainTextResponse("this machine has no such name", 400)
            elif _from_elsewhere(headers, scope):
                refusal = PlainTextResponse("another site may not ask for this", 403)
            if refusal is not None:
                if scope["type"] == "websocket":
                    await send({"type": "websocket.close", "code": 1008})
                else:
                    await refusal(scope, receive, send)
                return
            scope = {**scope, "query_string": _ascii(scope.get("query_string", b""))}
        await self.app(scope, receive, send)


def _ascii(query: bytes) -> bytes:
    """The same with bytes that no address may hold as a browser writes them: `%DD`."""
    return re.sub(rb"[\x80-\xff]", lambda found: b"%%%02X" % ord(found[0]), query)


def _name(host: str) -> str | None:
    """The name in a `Host` header, without its port; None when the header has none."""
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def _from_elsewhere(headers: Headers, scope: Scope) -> bool:
    origin = headers.get("origin")
    if origin and urlsplit(origin).netloc != headers.get("host"):
        return True
    if headers.get("sec-fetch-site", "none") in _SAME_SITE:
        return False
    follows_a_link = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    return not follows_a_link or scope["path"].startswith("/api/")


class Door:
    """Counts the visitors inside; a visitor takes a place before anything is computed.

    Args:
        places: largest number of visitors inside.
    """

    def __init__(self, places: int):
        self._free = asyncio.Semaphore(places)

    @property
    def full(self) -> bool:
        """Whether all places are taken."""
        return self._free.locked()

    def turned_away(self) -> PlainTextResponse:
        """The answer to a visitor for whom there is no place."""
        headers = {"Retry-After": str(RETRY_SECONDS), "Cache-Control": "no-store"}
        return PlainTextResponse("too many visitors at once; try again soon", 503, headers)

    async def __aenter__(self) -> None:
        await self._free.acquire()

    async def __aexit__(self, *_: object) -> None:
        self._free.release()


class CountedStream(StreamingResponse):
    """A stream that holds a place of a door from before its first byte until it ends or the visitor leaves."""

    door: Door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream."""
        async with self.door:
            await super().__call__(scope, receive, send)
