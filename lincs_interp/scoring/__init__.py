"""Statistics of one signature."""
