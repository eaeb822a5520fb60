"""Compute the numbers anew, say which ones moved, and keep them."""

from __future__ import annotations

from . import FILE, read, study, write

numbers, kept = study(), read() if FILE.exists() else {}
for name, value in numbers.items():
    if value != kept.get(name):
        print(f"{name}: {kept.get(name, 'new')} -> {value}")
write(numbers)
