"""What all figures may raise."""


class KpiError(ValueError):
    """Inputs from which the figure cannot be computed: shapes that differ, no capacity, steps that are not positive."""
