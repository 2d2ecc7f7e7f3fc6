"""Scoring of metering's rules: cases with known faults, and what comes of them."""
