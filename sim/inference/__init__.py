"""Inference: calibration, validation, explanation, sensitivity and search."""
