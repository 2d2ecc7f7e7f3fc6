"""Reads and checks the files that describe a province's network."""
