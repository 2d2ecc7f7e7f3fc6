"""From readings to final interval values: validation and estimation, as pure functions over arrays."""
