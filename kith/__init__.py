"""Kith turns conversations into people you know."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kith.pipeline import Options, detect_anomalies, get_pipeline_run_summary, run_pipeline

__version__ = "0.1.0"
__all__ = ["Options", "__version__", "detect_anomalies", "get_pipeline_run_summary", "run_pipeline"]


def __getattr__(name: str) -> object:
    """Imports what is asked for when it is asked for: `import kith` costs nothing."""
    if name in __all__:
        return getattr(import_module("kith.pipeline"), name)
    raise AttributeError(f"module 'kith' has no attribute {name!r}")
