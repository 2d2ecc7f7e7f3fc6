"""The parts of the system, each built by one function: one process that runs them all and processes of one role share these."""
