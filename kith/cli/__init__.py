"""The command line: `kith`."""

from kith.cli.app import main

__all__ = ["main"]
