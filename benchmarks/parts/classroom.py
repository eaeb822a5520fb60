"""A class of thirty on one page: what each waits for, whether each sees its own picture, how much memory it takes.

All traffic stays on this machine. Each visitor opens the page, asks for a policy of its own and stays for whole worlds;
then films are watched, one alone and twenty at once: twenty seeds of one policy, and twenty policies of one seed.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import psutil

from benchmarks.measuring import Measurement

CLASS, FILMS = 30, 20
PROCESSES = 2
PATIENCE = 900
LEVER = "accompaniment.hours_per_startup"


async def lines(url: str, path: str) -> AsyncLines:
    """The lines of an answer, as they come."""
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port, limit=2**24)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {place.netloc}\r\nConnection: close\r\n\r\n".encode())
    return AsyncLines(reader, writer)


class AsyncLines:
    """Lines of a stream; leaving it tells the server that the visitor has gone."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self.reader, self.writer = reader, writer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while line := await self.reader.readline():
            yield line

    def leave(self) -> None:
        self.writer.close()


async def student(url: str, hours: float) -> tuple[float, float, str]:
    """Seconds until the page with its first picture is there, until a whole world is, and that picture's numbers."""
    begun, first, told = time.perf_counter(), None, ""
    page = await lines(url, f"/compare?policy=ten-hubs-2027&{LEVER}={hours}")
    async for _ in page:
        pass
    async with asyncio.timeout(PATIENCE):
        stream = await lines(url, f"/api/compare?policy=ten-hubs-2027&{LEVER}={hours}")
        async for line in stream:
            if line.startswith(b'data: {"worlds"'):
                picture, now = json.loads(line[6:]), time.perf_counter() - begun
                if first is None:
                    first, told = now, json.dumps(picture["series"])
                if picture["ended"]:
                    stream.leave()
                    return first, now, told
    raise RuntimeError("no picture of a whole world came")


async def film(url: str, query: str) -> float:
    """Seconds until a film is whole."""
    begun = time.perf_counter()
    async with asyncio.timeout(PATIENCE):
        stream = await lines(url, f"/api/film?{query}")
        async for line in stream:
            if line.startswith(b"event: done"):
                stream.leave()
                return time.perf_counter() - begun
    raise RuntimeError("the film did not end")


async def memory(server: int, most: list[int]) -> None:
    """Keep the largest memory of the server with its processes, in bytes that no other process shares."""
    while True:
        used = 0
        for process in (parent := psutil.Process(server), *parent.children(recursive=True)):
            with suppress(psutil.Error):
                used += process.memory_full_info().uss
        most.append(used)
        await asyncio.sleep(1)


async def measured(students: int, films: int) -> dict[str, tuple[float, str, float | None]]:
    """What is measured: its value, unit and aim."""
    command = [sys.executable, "-m", "sim.cli.main", "view", "--port", "0", "--workers", str(PROCESSES)]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    most: list[int] = []
    try:
        url = next(line for line in server.stderr or () if "the page is at" in line).split()[4].rstrip("/")
        await student(url, 8.25)
        watch = asyncio.create_task(memory(server.pid, most))
        seen = await asyncio.gather(*(student(url, 20 + number / 4) for number in range(students)))
        compared = max(most, default=0)
        one = statistics.median([await film(url, f"policy=today&seed={1000 + number}") for number in range(3)])
        begun = time.perf_counter()
        await asyncio.gather(*(film(url, f"policy=today&seed={number}") for number in range(1, films + 1)))
        seeds = time.perf_counter() - begun
        begun = time.perf_counter()
        await asyncio.gather(*(film(url, f"policy=today&seed=7&{LEVER}={8 + number / 4}") for number in range(films)))
        policies = time.perf_counter() - begun
        watch.cancel()
    finally:
        server.terminate()
    own = len({told for *_, told in seen})
    return {
        f"first picture, median of {students} visitors": (statistics.median(first for first, *_ in seen), "s", 1.5),
        f"first picture, slowest of {students} visitors": (max(first for first, *_ in seen), "s", None),
        f"first whole world, median of {students} visitors": (statistics.median(end for _, end, _ in seen), "s", None),
        f"visitors of {students} who saw another's picture": (students - own, "visitors", 0),
        f"memory with {students} visitors of Compare": (compared / 1e9, "GB", 1.5),
        "one film": (one, "s", None),
        f"{films} films of one policy, in films": (seeds / one, "films", 12 * films / FILMS),
        f"{films} films of one seed, in films": (policies / one, "films", 12 * films / FILMS),
        "most memory, films too": (max(most, default=0) / 1e9, "GB", 1.5),
    }


def measure(quick: bool) -> Iterator[Measurement]:
    """A class that compares, then watches."""
    for what, (value, unit, aim) in asyncio.run(measured(*(3, 2) if quick else (CLASS, FILMS))).items():
        yield Measurement("classroom", what, value, unit, at_most=aim)
