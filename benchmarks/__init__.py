"""How fast the simulator is, measured side by side with what it could be compared with."""
