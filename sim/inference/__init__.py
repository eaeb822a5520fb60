"""What the facts allow: calibration, validation, explanation."""
