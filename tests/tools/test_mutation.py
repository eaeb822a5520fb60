"""Mistakes that tests must notice: each can still be made in the program as it is."""

from __future__ import annotations

from tools.mutation.mutants import domain


def test_every_mistake_of_the_domain_can_be_made_and_reads_as_a_program():
    mutants = domain()
    assert len({(one.file, one.name) for one in mutants}) == len(mutants) >= 60
    for one in mutants:
        compile(one.source, one.file, "exec")
        assert len(set(one.change.split(" → "))) == 2
