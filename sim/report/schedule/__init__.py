"""The month as the code runs it, read from the source of the model and its processes."""
