"""Device formats: one file a format."""
