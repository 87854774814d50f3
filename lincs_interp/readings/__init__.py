"""Results in sentences, with the warnings that apply."""
