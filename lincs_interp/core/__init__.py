"""Ranks, queries and calls: the objects and notions that everything else is built of."""
