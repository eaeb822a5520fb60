"""The parts of the benchmarks: each is a function `measure(quick)` that yields measurements."""
