"""Where readings, forecasts and state are kept: ports, live feed and adapters."""
