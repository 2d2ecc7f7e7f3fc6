"""What can go wrong in forecasting."""


class ForecastError(Exception):
    """Base of all errors of this package."""


class CannotForecastError(ForecastError):
    """A model cannot serve this history; the message says why, and the next model of the chain takes over."""


class CalendarError(ForecastError):
    """A country, subdivision or time zone is not known; the message names the nearest that is."""


class DataError(ForecastError):
    """The series given cannot be used; the message says where and how to mend it."""
