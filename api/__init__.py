"""The HTTP interface; it also serves the console."""
