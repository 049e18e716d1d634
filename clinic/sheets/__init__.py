"""Tables as files for spreadsheets: typed columns in, CSV or XLSX out, in constant memory. See docs/charts.md."""

from .answer import sheet_response
from .csv_file import write_csv
from .table import Column, Kind, Sheet
from .xlsx_file import TooManyRows, write_xlsx

__all__ = ["Column", "Kind", "Sheet", "TooManyRows", "sheet_response", "write_csv", "write_xlsx"]
