"""What processes give back."""

from __future__ import annotations

import gc
import os
import platform
from pathlib import Path

import numpy as np
import pytest

from sim.system.processes import give_memory_back


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps memory that can be given back")
def test_memory_between_columns_that_stay_is_given_back():
    def resident() -> float:
        """Memory in MB."""
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

    columns = [np.ones(7500) for _ in range(3000)]  # 60 kB each: too small for mappings of their own
    del columns[::2]
    gc.collect()
    before = resident()
    give_memory_back()
    assert before - resident() > 60, "86 MB were freed"
    assert len(columns) == 1500
