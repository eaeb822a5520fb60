"""Where the program meets the machine: text and names as they come, paths, spreadsheets, terminals, locks."""
