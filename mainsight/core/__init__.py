"""Words and rules of the domain: standard library and numpy, no I/O, no clock."""
