"""The documents that keep themselves true: pages written from what the program declares.

`uv run python -m tools.documentation` writes them to `docs/`; a test fails while a committed page is not what
would be written. Prose that no declaration can give lies in `prose/`, one fragment a file.
"""
