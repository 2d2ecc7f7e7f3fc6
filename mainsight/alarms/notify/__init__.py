"""Delivery of announcements."""
