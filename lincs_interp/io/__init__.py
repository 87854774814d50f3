"""Every file a user can hold, read into the objects of the package, and a matrix written to one.

Public functions:

- ``matrices``: read_ranks, read_coefficients
- ``ranks_file``: write_ranks
- ``results``: read_results, which repairs ragged rows
- ``gene_lists``: read_query, with ``_gene_tables`` to distinguish lists, sets and tables, and ``_de_columns``,
  ``_de_tables``, ``_de_cells`` for tables of differential expression
- ``sample``: load_sample
- ``_typed_tables``, ``_headers``: read_text_rows, first_of, for packages that read tables of other things

What they share, in the order a file passes through:

- ``_open``: unpacks the file and finds out what it is, whatever its name is
- ``_text_table``, ``_typed_tables`` (XLSX, Parquet, JSON), ``gct``: cut it into cells, and cells into numbers
- ``_layout``: finds header, genes, signatures and metadata in the first rows, by the spellings of column names
  (``_headers``)
- ``_cells``: how numbers are written
- ``_matrix``: holds the result until RankMatrix checks it

Whatever is wrong with a file becomes one LincsInterpError with the file's name; what was assumed becomes a sentence.
"""

from ._genes import CHOICES, Choice
from ._headers import first_of
from ._typed_tables import read_text_rows
from .gene_lists import read_query
from .matrices import read_coefficients, read_ranks
from .ranks_file import write_ranks
from .results import read_results
from .sample import load_sample

__all__ = [
    "read_ranks",
    "write_ranks",
    "read_coefficients",
    "read_results",
    "read_query",
    "load_sample",
    "read_text_rows",
    "first_of",
    "CHOICES",
    "Choice",
]
