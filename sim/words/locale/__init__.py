"""Catalogues of the languages, one file each, in the form that gettext tools edit."""
