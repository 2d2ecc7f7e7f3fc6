"""MQTT bytes in, readings durably stored, then acknowledged."""
