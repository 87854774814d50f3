"""The public site: its own scores reproduced and compared."""
