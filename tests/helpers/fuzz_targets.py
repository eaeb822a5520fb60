"""What a fuzzer gives to the program: files and addresses of any content, each refused in a sentence or accepted."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile
from types import SimpleNamespace
from unittest.mock import patch
from urllib.parse import urlencode

from fake_worlds import TEN, TODAY, run_fake
from loops import finished
from starlette.requests import Request

from sim.cli.check_file import check_file
from sim.country import data as tables
from sim.errors import Mistake, StudyStoppedError
from sim.page.page import ROOMS
from sim.page.server import Answers, application
from sim.page.visit import AddressError
from sim.scenario import schema
from sim.studies import comparison, single, sweep_results
from sim.studies.claim import claim_folder
from sim.studies.environment import environment
from sim.studies.lookup import load_all, policies
from sim.studies.merging import merge_shards
from sim.studies.session import open_session
from sim.studies.status import status_of
from sim.studies.store import ResultStore
from sim.studies.study import Extent, Study

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / "tests" / "corpus"
SPEECH = (Mistake, StudyStoppedError, AddressError)
"""Errors that are sentences for a person."""
KINDS = {"compare": comparison.Comparison, "run": single.SingleRun, "sweep": sweep_results.Sweep}


@dataclass(frozen=True)
class Target:
    """A door to fuzz: `prepare` gives what tries one content; `seeds` gives contents to begin with."""

    prepare: Callable[[Path], Callable[[bytes], None]]
    seeds: Callable[[], list[bytes]]


def checked_file(folder: Path) -> Callable[[bytes], None]:
    path = folder / "fuzzed.yaml"

    def attempt(content: bytes) -> None:
        path.write_bytes(content)
        check_file(path)

    return attempt


def scenarios() -> list[bytes]:
    files = [*sorted((ROOT / "scenarios").glob("*.yaml")), *sorted((ROOT / "examples").rglob("scenarios/*.yaml"))]
    return [file.read_bytes() for file in files]


def experiments() -> list[bytes]:
    return [file.read_bytes() for file in sorted((ROOT / "experiments").glob("*.yaml"))]


def country(folder: Path) -> Callable[[bytes], None]:
    """The first byte chooses the table."""
    home, names = ROOT / "examples" / "asteria" / "data", tables.WORLD
    for file in home.glob("*.csv"):
        copyfile(file, folder / file.name)

    def attempt(content: bytes) -> None:
        name = names[content[0] % len(names)] if content else names[0]
        path = folder / f"{name}.csv"
        path.write_bytes(content[1:])
        try:
            with patch.object(tables, "folder", lambda: folder):
                tables.sheet.cache_clear()
                tables._frame.cache_clear()
                tables.check_country()
                for one in names:
                    tables.table(one)
        finally:
            tables.sheet.cache_clear()
            tables._frame.cache_clear()
            if (home / path.name).exists():
                copyfile(home / path.name, path)
            else:
                path.unlink()

    return attempt


def country_tables() -> list[bytes]:
    home = ROOT / "examples" / "asteria" / "data"
    files = [(number, home / f"{name}.csv") for number, name in enumerate(tables.WORLD)]
    return [bytes([number]) + file.read_bytes() for number, file in files if file.exists()]


def address(folder: Path) -> Callable[[bytes], None]:
    """The part of an address behind the machine's name: `compare?policy=…`; what computes is only read."""
    presets = {scenario.key: scenario for scenario in load_all([*policies()])}
    first = next(iter(presets))
    pool = SimpleNamespace(close=lambda: None, rest=lambda: None, size=1)
    app = application(presets, first, "127.0.0.1", pool)
    page = Answers(presets, first, pool)

    async def receive() -> dict:
        return {"type": "http.disconnect"}

    async def send(message: dict) -> None:
        if message["type"] == "http.response.start":
            assert message["status"] < 500

    def attempt(content: bytes) -> None:
        path, _, query = content.partition(b"?")
        text = "/" + path.decode("utf-8", "replace").lstrip("/")
        headers = [(b"host", b"127.0.0.1")]
        scope = {"type": "http", "method": "GET", "path": text, "raw_path": path, "query_string": query,
                 "headers": headers, "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1), "scheme": "http",
                 "root_path": "", "http_version": "1.1", "app": app}  # fmt: skip
        request = Request(scope)
        if text.startswith(("/api/compare", "/api/look", "/api/film", "/api/life")):
            page.asked(request)
            page._world(request)
        elif not text.startswith(("/solara", "/static")):
            finished(app(scope, receive, send))

    return attempt


def addresses() -> list[bytes]:
    values = {"accompaniment.hours_per_startup": "12", "fairs.places": "3", "network.hubs_by_2027": "10",
              "network.openings": '[{"hub":"Fès","opens":"2026-07","places":66}]',
              "against:fairs.places": "2"}  # fmt: skip
    queries = [urlencode({"policy": key, "against": "today", "seed": 7, "lang": "ar"}) for key in policies()]
    queries += [urlencode({"policy": "today", path: value}) for path, value in values.items()]
    paths = [*ROOMS, "api/compare", "api/check", "api/look", "scenario.yaml", "nowhere"]
    return [
        f"{path}?{query}&world=3".encode() for path in paths for query in queries[:: 1 if path == "api/check" else 5]
    ]


def _study() -> Study:
    return Study("compare", (TODAY, TEN), options={"reference": "today"})


def _result(folder: Path) -> None:
    study = _study()
    with open_session(study, Extent(2), folder, runner=run_fake, workers=1, command="again") as (_, session):
        if session:
            session.expect(4)
            session.run(study.chunk(position) for position in range(2))


def manifest(folder: Path) -> Callable[[bytes], None]:
    """The manifest of a result that is otherwise whole."""
    _result(folder / "result")
    made, study = environment(run_fake), _study()

    def attempt(content: bytes) -> None:
        store = ResultStore(folder / "result")
        store.path("manifest.json").write_bytes(content)
        kind = store.manifest().get("kind")
        tries = [
            lambda: str(status_of(store)),
            lambda: store.failures(),
            lambda: store.repeat_command("today", 1, 0),
            lambda: _opened(store, str(kind)),
            lambda: claim_folder(store, study, Extent(3), made).__enter__().finished,
            lambda: merge_shards([store.folder], folder / "merged", "again"),
        ]
        for one in tries:
            with suppress(*SPEECH):
                one()

    return attempt


def _opened(store: ResultStore, kind: str) -> None:
    result = KINDS.get(kind, comparison.Comparison)(store)
    for name in ("scenarios", "parameters", "weighting", "failures", "replications", "draws", "summary"):
        getattr(result, name)
    if kind == "compare":
        _ = result.reference, result.differences, result.groups


def manifests() -> list[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        _result(Path(folder) / "result")
        whole = (Path(folder) / "result" / "manifest.json").read_bytes()
    kept = [file.read_bytes() for file in sorted((ROOT / "results").rglob("manifest.json"))[:3]]
    return [whole, *(one for one in kept if len(one) < 20_000)]


TARGETS = {
    "scenario": Target(checked_file, scenarios),
    "experiment": Target(checked_file, experiments),
    "country": Target(country, country_tables),
    "address": Target(address, addresses),
    "manifest": Target(manifest, manifests),
}


def words() -> list[str]:
    """Words from which a fuzzer makes contents."""
    known = ["extends: builtin:today", "format: 1", "kind: calibration", "base:", "factors:", "design: lhs", "steps:",
             "null", "true", "[]", "{}", "1e999", "2026-07", "-1", '"', "&policy=", "&lang=ar", "%D8"]  # fmt: skip
    return known + [part for path in schema().declarations for part in path.split(".")]


def attempt_all(attempt: Callable[[bytes], None], content: bytes) -> None:
    """Try a content; errors that are sentences are as good as none."""
    with suppress(*SPEECH):
        attempt(content)
