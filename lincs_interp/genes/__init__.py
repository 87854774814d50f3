"""Gene symbols matched to a matrix; measured and inferred genes."""
