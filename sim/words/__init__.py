"""The languages that people read, and their catalogues."""
