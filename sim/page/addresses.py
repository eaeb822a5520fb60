"""The addresses under which a page can be reached, and what it means that others can reach it."""

from __future__ import annotations

import contextlib
import ipaddress
import socket

EVERYWHERE = ("0.0.0.0", "::")
"""Hosts that stand for all addresses of this machine."""
_NOWHERE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
"""Addresses of documentation: asking which of one's own would be used for them sends nothing."""


def is_local(host: str) -> bool:
    """Whether only this machine can use an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def place(host: str, port: int) -> str:
    """The address of the page as a browser takes it."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def others_use(host: str) -> list[str]:
    """Hosts that others in the network can use for a page that listens on `host`; empty if none was found."""
    if host not in EVERYWHERE:
        return [] if is_local(host) else [host]
    found: list[str] = []
    for family, far in _NOWHERE if host == "::" else _NOWHERE[:1]:
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as asking:
            asking.connect((far, 9))
            found.append(asking.getsockname()[0])
    with contextlib.suppress(OSError):
        found += [str(entry[4][0]) for entry in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    return [one for one in dict.fromkeys(found) if not is_local(one) and not ipaddress.ip_address(one).is_link_local]


def told(host: str, port: int) -> list[str]:
    """What a person must know: where the page is, for whom, and how it ends."""
    here = "127.0.0.1" if host == "0.0.0.0" else "::1" if host == "::" else host
    lines = [f"the page is at {place(here, port)} (stop it with Ctrl-C)"]
    if is_local(host):
        return lines
    others = [place(one, port) for one in others_use(host)]
    if others:
        lines += [f"others in the same network open {one}" for one in others]
    else:
        lines += [f"others open http://ADDRESS:{port}/ with an address of this machine; none was found"]
    return [
        *lines,
        f"warning: listening on {host}: everybody who reaches this machine can use the page. There is no password and "
        "nothing is encrypted; visitors can make this machine compute, and can neither read nor change its files. "
        "A firewall may keep them out. When this program ends, nobody reaches it any more.",
    ]
