"""Backups: one folder each, with all that a fresh machine needs and a manifest that proves it whole."""
