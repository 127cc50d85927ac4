"""Runs, and how the stores are."""
