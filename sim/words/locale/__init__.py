"""Catalogues of the languages, one gettext file each."""
