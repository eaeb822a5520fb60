"""Pages of the documentation that are generated from the program's declarations.

`uv run python -m tools.documentation` writes them to `docs/`; a test fails while a committed page is out of date. Prose
that no declaration can give is in `prose/`, one fragment per file.
"""
