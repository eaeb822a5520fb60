"""The article's nine claims: each name that `claims.csv` gives for a claim is there and can be computed."""

from __future__ import annotations

import numpy as np
import pytest

from sim.country.data import table
from sim.model.outcomes import OUTCOMES, measure
from sim.processes import BLOCKS, MONTH

CLAIMS = table("claims")
KINDS = ("outcome", "mechanism", "lever", "target", "fact")
NAMES = [(int(row.claim), *name.strip().split(":", 1)) for row in CLAIMS.itertuples() for name in row.names.split(";")]


def test_all_nine_claims_are_there():
    assert CLAIMS["claim"].tolist() == list(range(1, 10))
    assert set(CLAIMS["kind"]) <= set(KINDS) and {kind for _, kind, _ in NAMES} <= set(KINDS)
    assert {claim for claim, _, _ in NAMES} == set(range(1, 10))


@pytest.mark.parametrize(("claim", "kind", "name"), NAMES, ids=[f"{name}-{kind}:{what}" for name, kind, what in NAMES])
def test_a_name_resolves(claim, kind, name, today, world_today):
    if kind == "outcome":
        assert name in OUTCOMES and np.isfinite(measure(world_today)[name])
    elif kind == "mechanism":
        processes = {process.__name__.rpartition(".")[2] for process in MONTH}
        assert name in BLOCKS and name in processes
    elif kind == "lever":
        assert today.schema.declarations[name].lever
    else:
        facts = table("facts")
        row = facts[facts["id"] == name]
        assert len(row) == 1 and np.isfinite(float(row["value"].iloc[0]))
        assert row["source"].str.contains("http|assumed: ").all()


@pytest.mark.parametrize("claim", CLAIMS["claim"])
def test_a_claim_has_what_its_kind_says(claim):
    kind = CLAIMS.set_index("claim")["kind"][claim]
    given = {what for number, what, _ in NAMES if number == claim}
    assert {"target": "fact"}.get(kind, kind) in given
