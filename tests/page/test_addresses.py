"""Where a page can be reached, and what a person is told about it."""

from __future__ import annotations

import pytest

from sim.page import addresses


@pytest.mark.parametrize(
    ("host", "local"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False), ("192.0.2.7", False)],
)
def test_only_loopback_is_local(host, local):
    assert addresses.is_local(host) == local
    assert (len(addresses.told(host, 8765)) == 1) == local


def test_a_page_for_others_says_where_it_is_what_that_means_and_how_to_stop(monkeypatch):
    monkeypatch.setattr(addresses, "others_use", lambda host: ["192.0.2.7", "192.0.2.8"])
    told = addresses.told("0.0.0.0", 8765)
    assert told[0].startswith("the page is at http://127.0.0.1:8765/") and "Ctrl-C" in told[0]
    assert [line.rpartition(" ")[2] for line in told[1:3]] == ["http://192.0.2.7:8765/", "http://192.0.2.8:8765/"]
    for word in ("everybody who reaches this machine", "no password", "nothing is encrypted", "ends"):
        assert word in told[3]
    monkeypatch.setattr(addresses, "others_use", lambda host: [])
    assert "http://ADDRESS:8765/" in addresses.told("0.0.0.0", 8765)[1]


def test_addresses_for_others_are_never_those_of_this_machine_alone():
    assert addresses.others_use("192.0.2.7") == ["192.0.2.7"] and addresses.others_use("localhost") == []
    assert not any(map(addresses.is_local, addresses.others_use("0.0.0.0")))


def test_an_address_with_colons_stands_in_brackets():
    assert addresses.place("::1", 80) == "http://[::1]:80/"
