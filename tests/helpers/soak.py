"""Visitors who come and go for half an hour, and what the page's server needs meanwhile: `uv run poe soak [MINUTES]`.

All of it stays on 127.0.0.1. The server is that of `hubsim view`; its memory, open files and threads are those of its
process and of the processes that it started.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import numpy as np
import psutil

VISITORS = 20
PAGE = "from sim.page import view; view(port=0)"
PATHS = ("/compare", "/watch", "/mesa", "/api/check", "/scenario.yaml", "/api/parameters", "/api/look", "/api/film")
POLICIES = ("today", "ten-hubs-2027", "no-hubs")


@dataclass(frozen=True)
class Sample:
    """The server at a moment: memory in MB, open files and threads of all its processes."""

    memory: float
    files: int
    threads: int


def sample(server: psutil.Process) -> Sample:
    memory, files, threads = 0.0, 0, 0
    for process in [server, *server.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            memory += process.memory_info().rss / 2**20
            files += process.num_fds()
            threads += process.num_threads()
    return Sample(memory, files, threads)


LEFT = 0
"""Status of an answer for which a visitor did not wait."""


async def ask(url: str, path: str, query: str, seconds: float) -> int:
    """Ask for an address and leave after some seconds, or at the end of the answer; returns its status."""
    place, status = urlsplit(url), LEFT
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    try:
        asked = f"GET {path}?{query} HTTP/1.1\r\nHost: {place.netloc}\r\nConnection: close\r\n\r\n"
        writer.write(asked.encode())
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                status = int((await reader.readline()).split()[1])
                while await reader.read(2**16):
                    pass
        return status
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def visitor(url: str, chance: np.random.Generator, until: float, statuses: list[int]) -> None:
    """Come with a policy of one's own, watch a comparison, open rooms, leave, and come back as another one."""
    while time.monotonic() < until:
        policy, hours = str(chance.choice(POLICIES)), f"{chance.integers(1, 80) / 4:g}"
        query = urlencode({"policy": policy, "accompaniment.hours_per_startup": hours, "seed": int(chance.integers(9)),
                           "lang": str(chance.choice(["en", "fr", "ar"]))})  # fmt: skip
        paths = ["/compare", "/api/compare", *chance.choice(PATHS, int(chance.integers(1, 4)))]
        for path in paths if time.monotonic() < until else ():
            statuses.append(await ask(url, str(path), query, float(chance.exponential(8))))
            await asyncio.sleep(float(chance.exponential(2)))
        await asyncio.sleep(float(chance.exponential(6)))


async def watch(server: psutil.Process, until: float) -> list[Sample]:
    found = []
    while time.monotonic() < until:
        found.append(sample(server))
        await asyncio.sleep(5)
    return found


async def soaked(url: str, server: psutil.Process, seconds: float) -> tuple[list[Sample], list[int]]:
    until, statuses = time.monotonic() + seconds, []
    crowd = [visitor(url, np.random.default_rng(number), until, statuses) for number in range(VISITORS)]
    samples, *_ = await asyncio.gather(watch(server, until), *crowd)
    return samples, statuses


def soak(seconds: float) -> tuple[list[Sample], list[int]]:
    """Start the page, let visitors come and go, stop it; returns what was seen, and the statuses of all answers."""
    with subprocess.Popen([sys.executable, "-c", PAGE], stdout=subprocess.PIPE, text=True) as server:
        try:
            said = ""
            while "the page is at " not in said:
                line = server.stdout.readline()
                assert line, f"the page did not start:\n{said}"
                said += line
            url = said.split("the page is at ")[1].split()[0].rstrip("/")
            return asyncio.run(soaked(url, psutil.Process(server.pid), seconds))
        finally:
            server.terminate()
            server.wait(60)


def growth(samples: list[Sample], what: str) -> tuple[float, float]:
    """Medians of the second and of the last quarter: the first one loads what is needed once."""
    values, quarter = [getattr(one, what) for one in samples], max(1, len(samples) // 4)
    return statistics.median(values[quarter : 2 * quarter]), statistics.median(values[-quarter:])


def main(arguments: list[str]) -> None:
    """Soak for some minutes and print how memory, files and threads grew."""
    samples, statuses = soak(60 * float(arguments[0] if arguments else 30))
    print({status: statuses.count(status) for status in sorted(set(statuses))})
    for what in ("memory", "files", "threads"):
        early, late = growth(samples, what)
        most = max(getattr(one, what) for one in samples)
        print(f"{what}: {early:.0f} in the second quarter, {late:.0f} in the last, at most {most:.0f}")


if __name__ == "__main__":
    main(sys.argv[1:])
