"""A province to try it on, with faults and their ground truth."""
