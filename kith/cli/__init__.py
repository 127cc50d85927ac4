"""The command line: `kith`."""

from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and gives its exit code. Ctrl-C has a quiet end from here on."""
    try:
        from kith.cli.app import main as run

        return run(arguments)
    except KeyboardInterrupt:
        return 130
