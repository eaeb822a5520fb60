"""Mesa's room, loaded for its first visitor: its libraries take seconds, and most visitors never open it.

They come with the extra `mesa-page`; without it the room says how to install them.
"""

from __future__ import annotations

import asyncio
import os
import warnings
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

if TYPE_CHECKING:
    from sim.scenario import Scenario

SETTINGS = {
    "SOLARA_APP": "sim.page.mesa_view",
    "SOLARA_MODE": "production",
    "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",
    "SOLARA_THEME_SHOW_BANNER": "False",
    "SOLARA_KERNEL_CULL_TIMEOUT": "3m",
}
"""Solara sends no telemetry, requests nothing from other machines, and drops the model of a visitor three minutes after
the visitor has left: by default it would keep it for a day."""

PRIVATE = ("/resourcez", "/readyz")
"""Addresses of Solara for administrators of a server; visitors cannot open them."""


EXTRA = "mesa-page"
LIBRARIES = ("solara", "ipyvue", "ipyvuetify")
"""Modules of the extra that nothing else brings."""


def installed() -> bool:
    """Whether the libraries of Mesa's page are there."""
    try:
        return all(find_spec(name) is not None for name in LIBRARIES)
    except ImportError:
        return False


class MesaRoom:
    """An ASGI application that loads Solara at its first request.

    Args:
        presets: policies by key.
        first: key of the policy that a visitor sees first.
    """

    def __init__(self, presets: dict[str, Scenario], first: str) -> None:
        self.presets, self.first = presets, first
        self.application: ASGIApp | None = None
        self.loading = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as Solara does."""
        async with self.loading:
            if self.application is None:
                host = Headers(scope=scope).get("host", "")
                self.application = await asyncio.to_thread(_load, host, self.presets, self.first)
        await self.application(scope, receive, send)

    def close(self) -> None:
        """Drop all visitors' models."""
        if self.application is not None:
            from solara.server import starlette as solara

            solara.on_shutdown()


def _load(host: str, presets: dict[str, Scenario], first: str) -> ASGIApp:
    if not installed():
        return PlainTextResponse(f"Mesa's own view needs the extra {EXTRA}", 404)
    os.environ.update(SETTINGS | {"SOLARA_BASE_URL": f"http://{host}/solara"})
    from sim.page import mesa_view

    mesa_view.offer(presets, first)
    from solara.server import starlette as solara

    # Without HTTPS the cookie is valid for the same site only, which is enough for the frame.
    warnings.filterwarnings("ignore", message="Cookies with samesite=none")
    solara.on_startup()
    routes: Any = [route for route in solara.routes if getattr(route, "path", "") not in PRIVATE]
    return Starlette(routes=routes)
