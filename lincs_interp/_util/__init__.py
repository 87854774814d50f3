"""What knows nothing of genes: errors, text, HTML, statistics."""
