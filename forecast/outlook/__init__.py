"""Outlook over months: energy, peaks and headroom for planners."""
