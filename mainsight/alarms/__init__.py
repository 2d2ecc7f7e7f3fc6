"""Rules, states and delivery of alarms."""
