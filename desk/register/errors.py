"""What can be wrong with a file, and with one cell of it."""


class ReadError(Exception):
    """The file cannot be read as a register; the message is a sentence for the person who chose it."""


class CellError(ValueError):
    """A cell does not hold what its column says; the message is a sentence about it."""
