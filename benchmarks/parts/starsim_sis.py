"""Run by `peer` in Starsim's own environment: ns per agent and month of its SIS model."""

import json
import sys
import time

import starsim

MONTHS = 36


def months(agents: int) -> float:
    """Ns per agent and month of one simulation, apart from its making."""
    simulation = starsim.Sim(
        n_agents=agents,
        start=starsim.date("2000-01-01"),
        dur=MONTHS,
        dt=starsim.month,
        diseases=starsim.SIS(),
        networks=starsim.RandomNet(),
        verbose=0,
    )
    simulation.init()
    begun = time.process_time()
    simulation.run()
    return (time.process_time() - begun) / agents / MONTHS * 1e9


if __name__ == "__main__":
    agents, rounds = int(sys.argv[1]), int(sys.argv[2])
    months(100)  # compiles
    least = min(months(agents) for _ in range(rounds))
    print(json.dumps({"ns": least, "version": starsim.__version__}))
