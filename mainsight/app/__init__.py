"""Composition root: settings, wiring, supervision, command line."""
