"""Studies with many runs: design, execution, result folders, statistics, comparisons and sweeps."""
