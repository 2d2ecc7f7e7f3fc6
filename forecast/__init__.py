"""What will be drawn: calendars, features, models, backtest and schedule."""
