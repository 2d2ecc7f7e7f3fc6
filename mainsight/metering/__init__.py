"""Validation and estimation: raw readings to final interval values."""
