"""What the monthly loops are made of: compiled functions with named records, keyed randomness, ranking."""
