"""The page, the notebook and the tables of one interpretation."""
