"""Kith turns conversations into people you know."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kith.client import Kith
    from kith.client.errors import ApiError, Forgotten, NoAccess, NotFound, Refused, Unavailable
    from kith.persona.errors import KithError
    from kith.pipeline import Options, detect_anomalies, get_pipeline_run_summary, run_pipeline

__version__ = "0.1.0"
__all__ = [
    "ApiError",
    "Forgotten",
    "Kith",
    "KithError",
    "NoAccess",
    "NotFound",
    "Options",
    "Refused",
    "Unavailable",
    "__version__",
    "detect_anomalies",
    "get_pipeline_run_summary",
    "run_pipeline",
]

WHERE = {
    "Kith": "kith.client",
    "KithError": "kith.persona.errors",
    **dict.fromkeys(("ApiError", "Forgotten", "NoAccess", "NotFound", "Refused", "Unavailable"), "kith.client.errors"),
    **dict.fromkeys(("Options", "detect_anomalies", "get_pipeline_run_summary", "run_pipeline"), "kith.pipeline"),
}


def __getattr__(name: str) -> object:
    """Imports what is asked for when it is asked for: `import kith` costs nothing."""
    if name in WHERE:
        return getattr(import_module(WHERE[name]), name)
    raise AttributeError(f"module 'kith' has no attribute {name!r}")
