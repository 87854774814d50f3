"""Ranks, queries and what is said of them: the objects and notions that everything else is built of."""
