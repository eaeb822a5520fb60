"""The agents of `benchmarks.object_model`: plain Mesa, one Python object per startup."""
