"""The server of the page: addresses in, HTML, JSON, YAML and streams of pictures out.

It remembers nothing of anybody: the address says all that a visitor looks at, so that one visitor cannot break
another's page. Every request only reads. Text becomes HTML through a template that escapes it, and nothing in an
address names a file. Only Mesa's own view (under `/solara`) keeps a model, one for each visitor.
"""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import uvicorn
from jinja2 import Environment, PackageLoader
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from sim.app import visit as visits
from sim.app.ensemble import Ensemble, PoolError, Question
from sim.app.films import FilmError, Films
from sim.app.mesa_mount import MesaRoom, chart_library
from sim.app.page import ROOMS, page_data
from sim.app.picture import Picture
from sim.app.pool import Pool
from sim.app.sentences import tell
from sim.language import LANGUAGES, language
from sim.outcomes import OUTCOMES
from sim.scenario import Scenario, ScenarioError

STATIC = Path(__file__).parent / "static"
LOCAL_HOSTS = ["127.0.0.1", "localhost", "::1"]
MOST_STREAMS = 200
"""Streams at once; more visitors are asked to come back."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


class Page:
    """The answers to all addresses.

    Args:
        presets: policies by key.
        first: key of the policy that a visitor sees first.
        pool: the processes that own the models.
    """

    def __init__(self, presets: dict[str, Scenario], first: str, pool: Pool):
        self.presets, self.first, self.pool = presets, first, pool
        self.ensemble, self.films = Ensemble(pool), Films(pool)
        self.streams = 0
        self.template = Environment(loader=PackageLoader("sim.app", "static"), autoescape=True).get_template(
            "page.html"
        )

    def read(self, request: Request) -> visits.Visit:
        """The visit that an address names; see `sim.app.visit.read` for errors."""
        query = {name: text for name, text in request.query_params.items() if name not in ("startup",)}
        return visits.read(query, self.presets, self.first)

    async def home(self, request: Request) -> Response:
        """Lead to the comparison."""
        return RedirectResponse(f"/compare?{request.url.query}" if request.url.query else "/compare")

    async def room(self, request: Request) -> Response:
        """One room as HTML; what is wrong with the address is said there, and the default policy shown."""
        problem = ""
        try:
            visit = self.read(request)
        except (visits.AddressError, ScenarioError) as error:
            problem = visits.mistake(error)
            code = visits.speaks(request.query_params).code
            visit = visits.read({"lang": code}, self.presets, self.first)
        room = request.url.path.strip("/")
        data = page_data(visit, self.presets, room, problem)
        html = self.template.render(
            data=data, words=data["words"], direction=data["direction"], rooms=ROOMS, room=room, languages=LANGUAGES
        )
        return Response(html, 400 if problem else 200, HEADERS, "text/html")

    async def compare(self, request: Request) -> Response:
        """A stream of pictures of two policies."""
        visit = self.read(request)
        asked = Question(visit.policy, visit.against, visit.seed, visit.parameters)
        return self._stream(_as_text(self.ensemble.follow(asked), visit))

    async def film(self, request: Request) -> Response:
        """A stream of the years of one world."""
        visit = self.read(request)
        return self._stream(self.films.watch(visit.policy, visit.seed))

    async def life(self, request: Request) -> Response:
        """The life of one startup of a film."""
        visit = self.read(request)
        number = request.query_params.get("startup", "")
        found = None
        if number.isascii() and number.isdigit() and len(number) < 9:
            with contextlib.suppress(FilmError):
                found = await self.films.life(visit.policy, visit.seed, int(number), request.is_disconnected)
        return JSONResponse(found, 200 if found else 404, HEADERS)

    async def scenario(self, request: Request) -> Response:
        """The policy as a file that every command accepts."""
        visit = self.read(request)
        name = quote(f"{visit.policy.key}.yaml", safe="")
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"} | HEADERS
        return Response(visits.as_file(visit), 200, headers, "application/yaml")

    async def echarts(self, request: Request) -> Response:
        """The chart library."""
        return FileResponse(chart_library(), headers=HEADERS | {"Cache-Control": "max-age=86400"})

    def _stream(self, parts: AsyncIterator[str]) -> Response:
        """Server-sent events; when the visitor leaves, the work is given up."""
        if self.streams >= MOST_STREAMS:
            return PlainTextResponse("too many visitors at once; try again in a minute", 503)

        async def events() -> AsyncIterator[str]:
            self.streams += 1
            try:
                async with contextlib.aclosing(parts):  # type: ignore[type-var]
                    async for part in parts:
                        yield f"data: {part}\n\n"
                yield "event: done\ndata: {}\n\n"
            except (PoolError, FilmError):
                yield "event: broken\ndata: {}\n\n"
            finally:
                self.streams -= 1

        return StreamingResponse(events(), 200, HEADERS | {"Cache-Control": "no-store"}, "text/event-stream")


async def _as_text(pictures: AsyncIterator[Picture], visit: visits.Visit) -> AsyncIterator[str]:
    """Pictures in the visitor's language."""
    speak = language(visit.language)
    async with contextlib.aclosing(pictures):  # type: ignore[type-var]
        async for picture in pictures:
            said = {
                **tell(picture, speak, visit.policy.end[:4]),
                "labels": {name: speak(OUTCOMES[name].label) for name in picture.effects if name in OUTCOMES},
            }
            yield json.dumps(picture.shown | said, ensure_ascii=False, separators=(",", ":"))


async def _refuse(request: Request, error: Exception) -> Response:
    return JSONResponse({"problem": visits.mistake(error)}, 400, HEADERS)


class SameOrigin:
    """Refuses what a page of another site asks for in a visitor's name."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request unless its `Origin` is not its `Host`."""
        if scope["type"] in ("http", "websocket"):
            headers = Headers(scope=scope)
            origin = headers.get("origin")
            if origin and urlsplit(origin).netloc != headers.get("host"):
                if scope["type"] == "websocket":
                    await send({"type": "websocket.close", "code": 1008})
                else:
                    await PlainTextResponse("another site may not ask for this", 403)(scope, receive, send)
                return
        await self.app(scope, receive, send)


class Server(uvicorn.Server):
    """A server that does not call it an error when it is stopped while somebody still looks."""

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Stop; streams that are open end with it."""
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        super().handle_exit(sig, frame)


def application(
    presets: dict[str, Scenario], first: str, host: str, pool: Pool, ready: Callable[[], None] = lambda: None
) -> Starlette:
    """All addresses of the page, as an ASGI application; `ready` is called when it answers.

    A host that is this machine's own answers to its own names only, so that no other site can lead here.
    """
    page, mesa = Page(presets, first, pool), MesaRoom()

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        page.ensemble.prepare(Question(presets[first], presets["today"]))
        ready()
        yield
        mesa.close()
        pool.close()

    answers: dict[str, Callable[[Request], Any]] = {
        "/": page.home,
        **{f"/{room}": page.room for room in ROOMS},
        "/api/compare": page.compare,
        "/api/film": page.film,
        "/api/life": page.life,
        "/scenario.yaml": page.scenario,
        "/static/echarts.js": page.echarts,
    }
    routes: list[BaseRoute] = [Route(path, answer) for path, answer in answers.items()]
    routes += [Mount("/static", StaticFiles(directory=STATIC)), Mount("/solara", mesa)]
    guards = [Middleware(SameOrigin)]
    if host in LOCAL_HOSTS:
        guards.append(Middleware(TrustedHostMiddleware, allowed_hosts=[*LOCAL_HOSTS, "[::1]"]))
    mistakes = {visits.AddressError: _refuse, ScenarioError: _refuse}
    return Starlette(routes=routes, middleware=guards, exception_handlers=mistakes, lifespan=lifespan)
