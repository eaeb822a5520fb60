"""How a process declares what it adds to the model: its parameters, its columns, its place in the month."""

from sim.declare.declaration import (
    Block,
    Column,
    Constant,
    Count,
    Declaration,
    Mechanism,
    Short,
    declarations,
    parameter,
)

__all__ = ["Block", "Column", "Constant", "Count", "Declaration", "Mechanism", "Short", "declarations", "parameter"]
