"""Forecasting models behind one small interface."""
