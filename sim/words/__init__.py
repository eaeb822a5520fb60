"""The languages of the texts for people, and their catalogues."""
