"""Shapes of the answers, one file a resource. Times are UTC milliseconds."""
