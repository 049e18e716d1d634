"""A clinic's spreadsheet or paper register, read into rows; nothing here touches the database.

`read_table` opens the file, `map_columns` finds out what its columns mean, `read_rows` makes of every line a
`RegisterRow` or its `RowProblem`s. Formulas are text here and are never evaluated.
"""

from .columns import Column, ColumnMap, ColumnProblem, map_columns
from .register_row import RegisterRow, RowProblem
from .rows import Reading, SkippedLine, read_rows
from .table import ReadError, Table, read_table

__all__ = [
    "Column",
    "ColumnMap",
    "ColumnProblem",
    "ReadError",
    "Reading",
    "RegisterRow",
    "RowProblem",
    "SkippedLine",
    "Table",
    "map_columns",
    "read_rows",
    "read_table",
]
