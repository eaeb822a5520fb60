"""Crash schedules: studies on a simulated machine whose disk, clock and processes fail as a number says.

`machine` is the machine, which knows what would survive a power failure; `disk` is its file system. `schedule` derives
the faults from a number alone. `study` is the tiny study that runs on it. `replay` lives through a schedule and checks
what must hold.
"""
