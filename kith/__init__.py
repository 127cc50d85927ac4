"""Kith turns conversations into people you know."""

__version__ = "0.1.0"
