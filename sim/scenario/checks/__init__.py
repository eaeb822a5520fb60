"""Checks of a scenario's values: each against its declaration (`values`), and against each other (`rules`)."""
