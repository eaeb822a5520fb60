"""The country: its facts as tables (`data/`), its geography, the grid on which agents stand."""
