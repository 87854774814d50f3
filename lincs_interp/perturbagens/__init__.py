"""All signatures of one perturbagen together."""
