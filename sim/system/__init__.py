"""Contact with the machine: text and names from elsewhere, paths, spreadsheets, terminals, locks."""
