"""Every file a user can hold, read into the objects of the package. The only room that opens files to read them.

``tables`` : read_ranks and read_coefficients. A file passes through these hands, each a module:
    ``_open`` and ``_archives`` unpack it and tell what it is, whatever its name says;
    ``_text_table``, ``_typed_tables`` (XLSX, Parquet), ``gct`` and ``api_json`` cut it into cells;
    ``_layout`` and ``_columns`` find header, genes, signatures and metadata in its first rows;
    ``_digits`` (plain files, fast) or ``_rows`` and ``_cells`` (all others, with care) turn cells into numbers;
    ``_matrix`` holds the result until RankMatrix judges it.
``results`` : read_results, with ``_tags`` to repair ragged rows.
``gene_lists`` : read_query, with ``_gene_tables`` to tell lists, sets and tables apart, and ``_directions``.

Whatever is wrong with a file becomes one LincsInterpError with the file's name; what was assumed becomes a sentence.
"""

from .gene_lists import read_query
from .matrices import read_coefficients, read_ranks
from .results import read_results

__all__ = ["read_ranks", "read_coefficients", "read_results", "read_query"]
