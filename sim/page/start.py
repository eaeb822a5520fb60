"""Start the page: check what can go wrong, then print its address."""

from __future__ import annotations

import os
import socket
import sys
import webbrowser
from collections.abc import Callable
from contextlib import closing

from sim.country.data import check_country
from sim.errors import StudyError, said
from sim.kernel.compiled import tell_whether_kept
from sim.page.addresses import is_local, place, told
from sim.scenario.arguments import number
from sim.studies.extras import needs
from sim.studies.lookup import base_policy, load_all, policies

FIRST = "ten-hubs-2027"
"""The policy that a visitor sees first, if it exists."""


def view(
    scenario: str | None = None,
    host: str = "127.0.0.1",
    port: int = 8765,
    processes: int | None = None,
    say: Callable[[str], None] = print,
) -> None:
    """Serve the page until it is interrupted, and open it in a browser where there is a screen.

    Args:
        scenario: a scenario file or policy that is shown first, beside those of `scenarios/`.
        host: the address to listen on; unless it is local, the addresses for others are printed, and what that means.
        port: the port; 0 takes a free one.
        processes: number of processes that run worlds; one per processor by default.
        say: prints the address and warnings.

    Raises:
        ScenarioError: a scenario is not valid.
        StudyError: a number is outside its range, the page's libraries are not installed, or the port is not free; or
            the tables are another country's, and `scenarios/` here has no base policy.
    """
    port = number("port", port)
    processes = None if processes is None else number("workers", processes)
    check_country()
    files = list(dict.fromkeys([base_policy(), *policies().values()]))
    with needs("app", "the page"):
        import uvicorn

        from sim.page.pool import Pool
        from sim.page.server import Server, application
    tell_whether_kept(say)
    with closing(Pool(processes)) as pool:  # its processes load the model while this one reads the policies
        presets = {policy.key: policy for policy in load_all(files)}
        first = FIRST if FIRST in presets else next(iter(presets))
        if scenario is not None:
            [asked] = load_all([scenario])
            presets[asked.key] = asked
            first = asked.key
        with closing(_listen(host, port)) as listener:
            port = listener.getsockname()[1]

            def ready() -> None:
                for line in told(host, port):
                    say(line)
                if is_local(host) and _somebody_looks():
                    webbrowser.open(place(host, port))

            served = application(presets, first, host, pool, ready)
            settings = uvicorn.Config(served, log_level="warning", timeout_graceful_shutdown=1)
            try:
                Server(settings).run(sockets=[listener])
            except KeyboardInterrupt:
                say("stopped")


def _somebody_looks() -> bool:
    """Whether a person sits at a terminal with a screen for a browser."""
    screen = sys.platform in ("darwin", "win32") or not {"DISPLAY", "WAYLAND_DISPLAY"}.isdisjoint(os.environ)
    return screen and sys.stdin is not None and sys.stdin.isatty()


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket; a port that is taken gives an error in plain words."""
    listener = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()  # from now on who asks waits, and is not refused, until the page answers
    except (OSError, OverflowError) as error:
        if listener is not None:
            listener.close()
        raise StudyError(
            said(
                "cannot listen on {host}, port {port}: {error}; choose another with --port",
                host=host,
                port=port,
                error=error,
            )
        ) from None
    return listener
