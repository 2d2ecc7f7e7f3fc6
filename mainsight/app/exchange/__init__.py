"""Raw readings as files that come back as they were: CSV, Parquet and line protocol, written and read in bounded memory."""
