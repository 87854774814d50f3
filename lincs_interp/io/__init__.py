"""Every file a user can hold, read into the objects of the package, and a matrix written to one.

Public functions:

- ``matrices``: read_ranks, read_coefficients
- ``ranks_file``: write_ranks
- ``results``: read_results
- ``gene_lists``: read_query
- ``sample``: load_sample
"""

from .gene_lists import read_query
from .matrices import read_coefficients, read_ranks
from .ranks_file import write_ranks
from .results import read_results
from .sample import load_sample

__all__ = ["read_ranks", "write_ranks", "read_coefficients", "read_results", "read_query", "load_sample"]
