"""How a process declares what it adds to the model: parameters, columns, counts, payments, its place in the month."""

from sim.declare.declaration import (
    Block,
    Column,
    Constant,
    Count,
    Declaration,
    Flow,
    Mechanism,
    Payment,
    Short,
    Trial,
    UndeclaredError,
    declarations,
    in_words,
    parameter,
)

__all__ = [
    "Block",
    "Column",
    "Constant",
    "Count",
    "Declaration",
    "Flow",
    "Mechanism",
    "Payment",
    "Short",
    "Trial",
    "UndeclaredError",
    "declarations",
    "in_words",
    "parameter",
]
