"""The report that a policymaker reads, and the tables of text: one HTML file, text, plain data."""
