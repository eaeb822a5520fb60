"""Who may ask the page for what: addresses that name nothing, other sites, other names, more visitors than places."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import socket
import zlib
from contextlib import closing
from queue import Queue
from threading import Thread
from types import SimpleNamespace
from typing import Any
from urllib.request import urlopen

import pytest
from loops import finished

pytest.importorskip("starlette", reason="the extra `app` is not installed")

from sim.page.compression import compressed
from sim.page.guards import CountedStream, Door
from sim.page.server import Server, application
from sim.page.start import _listen, view
from sim.scenario import load_scenario

LOCAL = {"host": "127.0.0.1:8765"}


class NoPool:
    """A pool that must not be used."""

    size = 1

    def rest(self) -> None:
        """No task waits here."""

    def submit(self, *_: Any, **__: Any) -> None:
        raise AssertionError("something was computed")


@pytest.fixture(scope="module")
def presets() -> dict:
    return {key: load_scenario(f"builtin:{key}") for key in ("today", "ten-hubs-2027")}


def answer(
    app: Any, path: str, headers: dict[str, str], query: str = "", body: bytes | None = None
) -> tuple[int, dict[str, str], str]:
    """Status, headers and text of a request, without a network."""
    sent: list[dict] = []
    scope = {
        "type": "http", "method": "GET" if body is None else "POST", "path": path,
        "raw_path": path.encode("utf-8", "surrogateescape"),
        "query_string": query.encode(), "root_path": "", "scheme": "http", "http_version": "1.1",
        "headers": [(name.encode(), text.encode()) for name, text in headers.items()], "server": ("127.0.0.1", 8765),
    }  # fmt: skip

    async def receive() -> dict:
        return {"type": "http.disconnect"} if any(part.get("type") == "http.response.body" for part in sent) else {
            "type": "http.request", "body": body or b"", "more_body": False,
        }  # fmt: skip

    async def send(part: dict) -> None:
        sent.append(part)

    finished(app(scope, receive, send))
    body = b"".join(part.get("body", b"") for part in sent)
    found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    text = gzip.decompress(body) if found.get("content-encoding") == "gzip" else body
    return sent[0]["status"], found, text.decode()


@pytest.fixture(scope="module")
def page(presets) -> Any:
    return application(presets, "today", "127.0.0.1", NoPool())


@pytest.mark.parametrize(
    "path",
    ["/static/\0", "/static/a\0b.js", "/static/" + 5000 * "a", "/static/../server.py", "/static/page.js/x", "/\0",
     "/static/\udcff", "/static/", "/nowhere", "/api", "/api/compare/x"],
)  # fmt: skip
def test_what_is_not_there_is_missing_in_the_visitors_language(page, path):
    for query, header, words in (
        ("", "", "There is no such page"),
        ("lang=fr", "", "Cette page n’existe pas"),
        ("", "ar-MA,ar;q=0.9,fr;q=0.8", "لا توجد هذه الصفحة"),
        ("", "xx,fr-MA;q=0.5", "Cette page n’existe pas"),
    ):
        status, headers, text = answer(page, path, LOCAL | {"accept-language": header}, query)
        assert status == 404 and words in text and headers["content-security-policy"]


def test_a_page_on_ipv6_answers_at_the_address_that_it_prints(monkeypatch):
    """By a request through a socket; the processes that run worlds are left out."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no address ::1")
    servers, said = [], Queue()

    class Kept(Server):
        def __init__(self, config: Any):
            super().__init__(config)
            servers.append(self)

    monkeypatch.setattr("sim.page.pool._Lane", lambda pool, index: SimpleNamespace(stop=lambda: None))
    monkeypatch.setattr("sim.page.server.Server", Kept)
    serving = Thread(target=view, kwargs={"host": "::1", "port": 0, "processes": 1, "say": said.put}, daemon=True)
    serving.start()
    line = next(line for line in iter(lambda: said.get(timeout=60), None) if "http://" in line)
    with urlopen(re.search(r"http://\[::1\]:\d+/", line)[0] + "lesson?lang=fr") as found:
        text = found.read().decode()
    servers[0].should_exit = True
    serving.join(10)
    assert found.status == 200 and '<html lang="fr"' in text and not serving.is_alive()


@pytest.mark.parametrize(
    ("host", "status"),
    [("127.0.0.1:8765", 200), ("localhost", 200), ("[::1]:8765", 200), ("[::1]", 200), ("LOCALHOST:1", 200),
     ("elsewhere.example", 400), ("127.0.0.1.elsewhere.example", 400), ("[::1", 400), ("", 400), ("[::2]:1", 400)],
)  # fmt: skip
def test_a_page_of_this_machine_answers_to_its_own_names_only(presets, host, status):
    for listening in ("127.0.0.1", "::1", "localhost"):
        page = application(presets, "today", listening, NoPool())
        assert answer(page, "/static/page.css", {"host": host})[0] == status
    everywhere = application(presets, "today", "0.0.0.0", NoPool())
    assert answer(everywhere, "/static/page.css", {"host": host})[0] == 200


def fetched(site: str, mode: str = "no-cors", destination: str = "image") -> dict[str, str]:
    """The headers by which a browser describes a request."""
    return LOCAL | {"sec-fetch-site": site, "sec-fetch-mode": mode, "sec-fetch-dest": destination}


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/scenario.yaml", fetched("cross-site"), 403),
        ("/scenario.yaml", fetched("same-site"), 403),
        ("/api/compare", fetched("cross-site"), 403),
        ("/api/compare", fetched("cross-site", "navigate", "document"), 403),
        ("/compare", fetched("cross-site", "navigate", "document"), 200),
        ("/compare", fetched("cross-site", "navigate", "iframe"), 403),
        ("/scenario.yaml", fetched("same-origin", "cors", "empty"), 200),
        ("/scenario.yaml", fetched("none", "navigate", "document"), 200),
        ("/scenario.yaml", LOCAL | {"origin": "http://elsewhere.example"}, 403),
        ("/scenario.yaml", LOCAL | {"origin": "null"}, 403),
        ("/scenario.yaml", LOCAL | {"origin": "http://127.0.0.1:8765"}, 200),
        ("/scenario.yaml", LOCAL, 200),
    ],
)
def test_another_site_may_link_to_a_room_and_ask_for_nothing_else(page, path, headers, status):
    assert answer(page, path, headers)[0] == status


def test_what_a_link_has_too_much_is_told_and_the_rest_stays(page):
    status, _, text = answer(page, "/compare", LOCAL, "%3Cb%3E=1&accompaniment.hours_per_startup=16&lang=fr")
    assert status == 200 and "Inconnu, et ignoré dans l’adresse" in text and "&lt;b&gt;" in text
    assert "accompaniment.hours_per_startup=16" in text and "<b>" not in text
    status, _, text = answer(page, "/compare", LOCAL, "seed=x&accompaniment.hours_per_startup=16")
    assert status == 400 and "the seed must be a whole number" in text and "hours_per_startup=16" in text
    assert answer(page, "/api/compare", LOCAL, "seed=x")[0] == 400
    status, _, text = answer(page, "/api/money", LOCAL, "extra=x&lang=fr")
    assert status == 400 and "la somme doit être" in text


def test_files_are_taken_and_given_at_their_addresses(page):
    status, _, text = answer(page, "/api/file", LOCAL, "lang=fr&name=a.yaml", b"fairs: {places: 250}")
    assert (status, json.loads(text)) == (200, {"policy": "today", "changes": {"fairs.places": 250}})
    status, _, text = answer(page, "/api/file", LOCAL, "lang=fr&name=a.yaml", b"x" * 400_000)
    assert status == 200 and "256 ko" in json.loads(text)["problem"]
    assert answer(page, "/api/file", LOCAL | {"origin": "http://elsewhere.example"}, "", b"{}")[0] == 403
    assert answer(page, "/experiment.yaml", LOCAL, "factors=[]&lang=fr")[0] == 400
    status, headers, text = answer(page, "/experiment.yaml", LOCAL, 'factors={"fairs.places":[100,200]}&lang=fr')
    assert status == 200 and "experiment.yaml" in headers["content-disposition"] and "fairs.places" in text
    for path in ("/api/check", "/api/look"):
        wrong = json.loads(answer(page, path, LOCAL, "fairs.places=-1&lang=fr")[2])["wrong"]
        assert "mais doit être un nombre entier" in wrong["fairs.places"]
    told = json.loads(answer(page, "/api/check", LOCAL, 'factors={"fairs.places":{"from":9,"to":2}}')[2])["experiment"]
    assert "fairs.places" in told


def test_places_are_taken_at_the_door_and_given_back_however_a_visitor_leaves():
    async def visit_all() -> tuple[list[bool], bool]:
        door, came_in, leave = Door(3), [], asyncio.Event()

        async def parts():
            await leave.wait()
            yield "x"

        async def visitor(breaks: bool) -> None:
            if door.full:
                came_in.append(False)
                return
            stream = CountedStream(parts())
            stream.door = door
            came_in.append(True)

            async def send(_: dict) -> None:
                if breaks:
                    raise OSError("the visitor has gone")

            async def receive() -> dict:
                await leave.wait()
                return {"type": "http.disconnect"}

            await stream({"type": "http", "asgi": {"spec_version": "2.4"}}, receive, send)

        visitors = [asyncio.create_task(visitor(index == 1)) for index in range(5)]
        await asyncio.sleep(0)
        leave.set()
        await asyncio.gather(*visitors, return_exceptions=True)
        return came_in, door.full

    assert finished(visit_all()) == ([True, True, True, True, False], False), "the second left before the fourth came"


def test_a_visitor_who_is_turned_away_is_told_when_to_come_again(presets, monkeypatch):
    monkeypatch.setattr("sim.page.server.MOST_AT_ONCE", 0)
    full = application(presets, "today", "127.0.0.1", NoPool())
    for path, query in (("/api/compare", ""), ("/api/film", ""), ("/api/life", "startup=1")):
        status, headers, _ = answer(full, path, LOCAL, query)
        assert status == 503 and int(headers["retry-after"]) > 0
    assert answer(full, "/compare", LOCAL)[0] == 200


def test_texts_are_sent_compressed_and_the_library_of_charts_is_kept_by_browsers(page):
    for path in ("/static/page.js", "/compare", "/static/vendor/echarts-5.6.0.common.min.js"):
        status, headers, text = answer(page, path, LOCAL | {"accept-encoding": "gzip, br"})
        assert (status, headers["content-encoding"], len(text) > 1000) == (200, "gzip", True)
        assert answer(page, path, LOCAL)[2] == text, "without gzip for those who cannot read it"
    assert "immutable" in headers["cache-control"]
    assert "solara" not in answer(page, "/compare", LOCAL)[2]


def test_each_event_of_a_compressed_stream_can_be_read_at_once():
    async def read_all() -> list[str]:
        async def texts():
            for number in range(3):
                yield f"data: {number} {'x' * 1000}\n\n"

        unpacked, read = zlib.decompressobj(16 + zlib.MAX_WBITS), []
        async for part in compressed(texts()):
            read.append(unpacked.decompress(part).decode())
            assert len(part) < 200
        assert unpacked.eof
        return read

    read = finished(read_all())
    assert [text[:7] for text in read[:3]] == ["data: 0", "data: 1", "data: 2"] and read[3:] == [""]


def test_who_asks_before_the_page_answers_waits_and_is_not_refused():
    with closing(_listen("127.0.0.1", 0)) as listener:
        socket.create_connection(listener.getsockname(), timeout=5).close()
