"""The server of the page: takes addresses, returns HTML, JSON, YAML and streams of pictures.

It keeps no state: the address says all that a visitor looks at, so that one visitor cannot break another's page. Every
request only reads. Text becomes HTML through a template that escapes it, and nothing in an address names a file. Only
Mesa's own view (under `/solara`) keeps a model, one per visitor.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import uvicorn
from jinja2 import Environment, PackageLoader
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from sim.page import visit as visits
from sim.page.answer import Told, answer
from sim.page.compression import LEVEL, accepts_gzip, compressed
from sim.page.ensemble import Ensemble, PoolError, Question
from sim.page.files import experiment, uploaded
from sim.page.films import FilmError, Films, Which
from sim.page.guards import LOCAL_HOSTS, CountedStream, Door, Guard
from sim.page.kept import Kept
from sim.page.mesa_mount import MesaRoom, installed
from sim.page.money import extra_of, what_it_pays
from sim.page.network import network
from sim.page.page import ROOMS, page_data, titles_of
from sim.page.parameters import parameters
from sim.page.pool import Pool
from sim.page.scripts import STATIC, scripts
from sim.page.words import words
from sim.page.worker import REPLICATIONS
from sim.scenario import Scenario
from sim.scenario.reader import MAX_BYTES
from sim.studies.lookup import BASE
from sim.words.language import LANGUAGES, language

LESSONS = Path(__file__).parent / "lessons"
"""Written by `tools.documentation.lesson`."""
MOST_AT_ONCE = 200
"""Largest number of streams and lives at once; further visitors are asked to come back."""
VIEW_NAMES = (
    "startup", "founder", "hub", "map", "month", "beside", "future", "side", "world", "factors", "name",
)  # fmt: skip
"""Names in an address that say where a visitor looks; they change no world."""
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class Answers:
    """The answers to all addresses.

    Args:
        presets: policies by key.
        first: key of the policy that a visitor sees first.
        pool: the processes that own the models.
    """

    def __init__(self, presets: dict[str, Scenario], first: str, pool: Pool):
        self.presets, self.first, self.pool = presets, first, pool
        self.ensemble, self.films, self.kept = Ensemble(pool), Films(pool), Kept()
        self.door = Door(MOST_AT_ONCE)
        self.templates = Environment(loader=PackageLoader("sim.page", "static"), autoescape=True)

    def read(self, request: Request) -> visits.Visit:
        """The visit that an address names."""
        query = {name: text for name, text in request.query_params.items() if name not in VIEW_NAMES}
        return visits.read(query, self.presets, self.first, request.headers.get("accept-language", ""))

    def asked(self, request: Request) -> visits.Visit:
        """The visit of an address that asks for a computation; without a default in the place of a mistake.

        Raises:
            AddressError: the address asks for something impossible.
        """
        visit = self.read(request)
        if visit.mistakes:
            raise visits.AddressError(language(visit.language)("; ").join(visit.mistakes), visit.wrong)
        return visit

    async def home(self, request: Request) -> Response:
        """Redirect to the comparison."""
        query = request.scope["query_string"].decode()
        return RedirectResponse(f"/compare?{query}" if query else "/compare")

    async def room(self, request: Request) -> Response:
        """One room as HTML; it lists the mistakes in the address, and uses the default in their place."""
        self.pool.rest()
        visit = self.read(request)
        room = request.scope["path"].strip("/")
        data = page_data(visit, self.presets, room)
        html = self.templates.get_template("page.html").render(
            data=data, words=data["words"], direction=data["direction"], rooms=ROOMS, room=room, languages=LANGUAGES,
            mesa=installed(), scripts=scripts(f"{room}.js"),
        )  # fmt: skip
        headers = HEADERS | {"Vary": "Accept-Language"}
        return Response(html, 400 if visit.mistakes else 200, headers, "text/html")

    async def lesson(self, request: Request) -> Response:
        """The lesson of two hours, as the documents have it."""
        speak = visits.speaks(request.query_params, request.headers.get("accept-language", ""))
        html = self.templates.get_template("lesson.html").render(
            words=words(speak.code), language=speak.code, direction=speak.direction,
            languages={"en": "English", "fr": "Français", "ar": "العربية"},
            lesson=(LESSONS / f"{speak.code}.html").read_text(encoding="utf-8"),
        )  # fmt: skip
        return Response(html, 200, HEADERS | {"Vary": "Accept-Language"}, "text/html")

    async def missing(self, request: Request, error: Exception) -> Response:
        """Say in the visitor's language that there is no such page, or what else was wrong."""
        status = error.status_code if isinstance(error, HTTPException) else 404
        speak = visits.speaks(request.query_params, request.headers.get("accept-language", ""))
        html = self.templates.get_template("missing.html").render(
            words=words(speak.code), language=speak.code, direction=speak.direction, status=status
        )
        return Response(html, status, HEADERS, "text/html")

    async def compare(self, request: Request) -> Response:
        """A stream of pictures of two policies."""
        visit = self.asked(request)
        asked = Question(visit.policy, visit.against, visit.seed, visit.parameters)
        found = answer(self.ensemble, self.kept, asked, self._told(visit), self._world(request))
        return self._stream(request, found)

    async def look(self, request: Request) -> Response:
        """The picture of one world, while a visitor drags a control; or what is wrong, which is no news to a log."""
        visit = self.read(request)
        if visit.mistakes:
            return JSONResponse({"wrong": dict(visit.wrong)}, 200, HEADERS)
        asked = Question(visit.policy, visit.against, visit.seed, visit.parameters)
        if self.door.full:
            return self.door.turned_away()
        async with self.door:
            try:
                picture = await self.ensemble.look(asked, self._world(request))
            except PoolError:
                return JSONResponse({}, 500, HEADERS)
        text = self._told(visit).picture(picture)
        return Response(text, 200, HEADERS | {"Cache-Control": "no-store"}, "application/json")

    def _world(self, request: Request) -> int | None:
        """The world that an address names for its first look; None without a possible one."""
        number = request.query_params.get("world", "")
        world = int(number) if number.isascii() and number.isdigit() and len(number) < 9 else -1
        return world if 0 <= world < self.ensemble.replications else None

    async def check(self, request: Request) -> Response:
        """What is wrong with an address, by the names of parameters, and with the experiment that it asks for."""
        visit, told = self.read(request), ""
        if "factors" in request.query_params:
            try:
                await self._experiment(request, visit)
            except visits.AddressError as error:
                told = str(error)
        return JSONResponse({"wrong": dict(visit.wrong), "experiment": told}, 200, HEADERS)

    async def parameters(self, request: Request) -> Response:
        """Every declared parameter, and the map of the hub network, in the language of the address."""
        code = visits.speaks(request.query_params).code
        found = parameters(code) | {"network": network(code)}
        return JSONResponse(found, 200, HEADERS | {"Cache-Control": "max-age=600"})

    def _told(self, visit: visits.Visit) -> Told:
        """How pictures are told: in the visitor's language, with the titles of both policies."""
        titles = titles_of(self.presets, visit.language)
        return Told(language(visit.language), visit.policy.end[:4], (titles[visit.preset], titles[visit.base]))

    async def money(self, request: Request) -> Response:
        """Which of the kept policies a sum pays."""
        speak = visits.speaks(request.query_params)
        try:
            extra = extra_of(request.query_params.get("extra", ""), speak)
        except visits.AddressError as error:
            return JSONResponse({"problem": str(error)}, 400, HEADERS)
        told = speak, titles_of(self.presets, speak.code)
        found = what_it_pays(self.kept, self.presets, self.presets[BASE], extra, told)
        return JSONResponse(found, 200, HEADERS)

    async def file(self, request: Request) -> Response:
        """The state of the page that a scenario file stands for, or its mistakes."""
        t, content = visits.speaks(request.query_params), b""
        async for part in request.stream():
            content += part
            if len(content) > MAX_BYTES:
                break
        name = request.query_params.get("name", "")
        try:
            policy, changes = await asyncio.to_thread(uploaded, content, name, self.presets, t)
        except visits.AddressError as error:
            return JSONResponse({"problem": str(error)}, 200, HEADERS)
        return JSONResponse({"policy": policy, "changes": changes}, 200, HEADERS)

    async def experiment(self, request: Request) -> Response:
        """The policy with factors that vary, as a file for `hubsim sweep`."""
        content = await self._experiment(request, self.asked(request))
        headers = {"Content-Disposition": "attachment; filename=experiment.yaml"} | HEADERS
        return Response(content, 200, headers, "application/yaml")

    async def _experiment(self, request: Request, visit: visits.Visit) -> str:
        """The experiment file of an address; raises AddressError if it has mistakes."""
        t = language(visit.language)
        try:
            factors = json.loads(request.query_params.get("factors", "{}")[: visits.LONGEST_VALUE])
        except (ValueError, RecursionError):
            factors = None
        if not isinstance(factors, dict):
            raise visits.AddressError(t("factors must be ranges by the paths of parameters"))
        return await asyncio.to_thread(experiment, visit, factors, t)

    async def film(self, request: Request) -> Response:
        """A stream of the years of one world; with `future`, of those after the present."""
        visit = self.asked(request)
        policy, future = self._side(request, visit), "future" in request.query_params
        return self._stream(request, self.films.watch(policy, visit.seed, future))

    async def life(self, request: Request) -> Response:
        """The life of one startup of a film, by its number or by the key of its `founder`, who may have none: {}."""
        visit, which = self.asked(request), self._which(request)
        if which is None:
            return JSONResponse(None, 404, HEADERS)
        if self.door.full:
            return self.door.turned_away()
        async with self.door:
            try:
                found = await self.films.life(self._side(request, visit), visit.seed, which, request.is_disconnected)
            except FilmError:
                return JSONResponse(None, 500, HEADERS)
        if found is None and which.by_key:
            found = {}
        return JSONResponse(found, 404 if found is None else 200, HEADERS)

    def _side(self, request: Request, visit: visits.Visit) -> Scenario:
        """The policy, or its reference (`side=against`)."""
        return visit.against if request.query_params.get("side") == "against" else visit.policy

    def _which(self, request: Request) -> Which | None:
        """The startup that an address names; None without a possible one."""
        founder = request.query_params.get("founder")
        name = request.query_params.get("startup", "") if founder is None else founder
        largest = 2**64 - 1 if founder else 10**8 - 1
        if not (name.isascii() and name.isdigit() and len(name) <= 20 and int(name) <= largest):
            return None
        return Which(int(name), founder is not None)

    async def scenario(self, request: Request) -> Response:
        """The policy as a file that every command accepts."""
        visit, side = self.asked(request), request.query_params.get("side", "policy")
        name = quote(f"{(visit.against if side == 'against' else visit.policy).key}.yaml", safe="")
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"} | HEADERS
        return Response(visits.as_file(visit, side), 200, headers, "application/yaml")

    def _stream(self, request: Request, parts: AsyncIterator[str]) -> Response:
        """Server-sent events; the work stops when the visitor leaves."""
        if self.door.full:
            return self.door.turned_away()

        async def events() -> AsyncIterator[str]:
            try:
                async with contextlib.aclosing(parts):  # type: ignore[type-var]
                    async for part in parts:
                        yield f"data: {part}\n\n"
                yield "event: done\ndata: {}\n\n"
            except (PoolError, FilmError):
                yield "event: broken\ndata: {}\n\n"

        headers = HEADERS | {"Cache-Control": "no-store", "Vary": "Accept-Encoding"}
        sent: AsyncIterator[str] | AsyncIterator[bytes] = events()
        if accepts_gzip(request.headers):
            sent, headers = compressed(events()), headers | {"Content-Encoding": "gzip"}
        stream = CountedStream(sent, 200, headers, "text/event-stream")
        stream.door = self.door
        return stream


async def _refuse(request: Request, error: Exception) -> Response:
    return JSONResponse({"problem": str(error), "wrong": getattr(error, "wrong", {})}, 400, HEADERS)


class Files(StaticFiles):
    """Files of a folder; an impossible file name counts as missing."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with a file."""
        try:
            found = await super().get_response(path, scope)
        except (ValueError, OSError):
            raise HTTPException(404) from None
        if path.startswith("vendor"):  # the names of these files hold their versions
            found.headers["Cache-Control"] = "max-age=31536000, immutable"
        return found


class Server(uvicorn.Server):
    """A server for which stopping with open streams is not an error."""

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Stop, and end open streams."""
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        super().handle_exit(sig, frame)


def application(
    presets: dict[str, Scenario], first: str, host: str, pool: Pool, ready: Callable[[], None] = lambda: None
) -> Starlette:
    """All addresses of the page as an ASGI application; it calls `ready` when it answers.

    With a local `host` it answers to local names only, so that no other site can redirect a name to it.
    """
    page, mesa = Answers(presets, first, pool), MesaRoom(presets, first)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        page.ensemble.prepare(Question(presets[first], presets[BASE]))
        page.kept.find(presets[first], presets[BASE], 1, REPLICATIONS)  # reads the digests that the first visitor needs
        ready()
        yield
        mesa.close()
        pool.close()

    answers: dict[str, Callable[[Request], Any]] = {
        "/": page.home,
        **{f"/{room}": page.room for room in ROOMS},
        "/lesson": page.lesson,
        "/api/compare": page.compare,
        "/api/look": page.look,
        "/api/check": page.check,
        "/api/parameters": page.parameters,
        "/api/film": page.film,
        "/api/money": page.money,
        "/api/life": page.life,
        "/scenario.yaml": page.scenario,
        "/experiment.yaml": page.experiment,
    }
    routes: list[BaseRoute] = [Route(path, answer) for path, answer in answers.items()]
    routes += [Route("/api/file", page.file, methods=["POST"])]
    routes += [Mount("/static", Files(directory=STATIC)), Mount("/solara", mesa)]
    guards = [
        Middleware(Guard, hosts=LOCAL_HOSTS if host in LOCAL_HOSTS else ()),
        Middleware(GZipMiddleware, compresslevel=LEVEL),
    ]
    handlers: dict[Any, Any] = {visits.AddressError: _refuse, HTTPException: page.missing}
    return Starlette(routes=routes, middleware=guards, exception_handlers=handlers, lifespan=lifespan)
