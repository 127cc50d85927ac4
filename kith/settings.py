"""The settings: read once from the environment and `.env`, refused all at once, by name, where they are wrong."""

import os
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from kith.persona.errors import BadInput

__all__ = ["NAMES", "Settings", "load_settings", "without_password"]

SCHEMES = {
    "documents_url": ("sqlite",),
    "vectors_url": ("milvus-lite",),
    "graph_url": ("ladybug",),
    "ledger_url": ("sqlite",),
    "cache_url": ("memory",),
}
"""What each store's URL may begin with."""


class Settings(BaseModel):
    """What Kith is told from outside. An empty URL stands for the embedded store under `home`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Path = Path(".kith")
    """The folder of the embedded stores."""
    documents_url: str = ""
    vectors_url: str = ""
    graph_url: str = ""
    ledger_url: str = ""
    cache_url: str = ""
    shards: int = Field(default=1, ge=1, le=1024)
    """How many writers can work side by side; the embedded stores have one."""
    embedder: str = Field(default="default", min_length=1)
    """`default`, the name or folder of a sentence-transformers model, or `hash`."""
    tenant: str = Field(default="default", min_length=1, max_length=256)
    openlineage_url: str = ""
    """Where OpenLineage events are sent, besides being kept in the ledger."""

    @field_validator(*SCHEMES)
    @classmethod
    def _known_scheme(cls, url: str, info: object) -> str:
        field = str(getattr(info, "field_name", ""))
        scheme = urlsplit(url).scheme
        if url and scheme not in SCHEMES[field]:
            allowed = " or ".join(f"{one}:" for one in SCHEMES[field])
            raise ValueError(f"begins with {scheme or url!r}, and must begin with {allowed} (or be empty)")
        return url

    @field_validator("openlineage_url")
    @classmethod
    def _http(cls, url: str) -> str:
        if url and urlsplit(url).scheme not in ("http", "https"):
            raise ValueError("must begin with http: or https:")
        return url

    def path_of(self, field: str, default: str) -> Path:
        """The file that an embedded store's URL names, or its place under `home`."""
        url = str(getattr(self, field))
        if not url:
            return self.home / default
        parts = urlsplit(url)
        return Path(parts.netloc + parts.path)

    def shown(self) -> dict[str, str]:
        """Every setting by its name, with passwords hidden."""
        return {NAMES[field]: without_password(str(getattr(self, field))) for field in type(self).model_fields}


NAMES = {
    field: "OPENLINEAGE_URL" if field == "openlineage_url" else f"KITH_{field.upper()}"
    for field in Settings.model_fields
}
"""What each setting is called in the environment."""


def without_password(url: str) -> str:
    """A URL as it may be shown: nobody's password in it."""
    if "://" not in url:
        return url
    parts = urlsplit(url)
    if parts.password is None:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", ":…@", 1)))


def load_settings(*, env_file: Path = Path(".env"), **given: object) -> Settings:
    """The settings as given here, else in the environment, else in the file. Names every wrong one."""
    found = {name: value for name, value in dotenv_values(env_file).items() if value is not None}
    found |= os.environ
    fields = {name: field for field, name in NAMES.items()}
    values: dict[str, object] = {fields[name]: value for name, value in found.items() if name in fields}
    values |= {name: value for name, value in given.items() if value is not None}
    wrong: list[str] = []
    for name in sorted(found):
        if name.startswith("KITH_") and not name.startswith("KITH_TEST_") and name not in fields:
            near = get_close_matches(name, fields, n=1)
            wrong.append(f"{name}: there is no such setting" + (f"; did you mean {near[0]}?" if near else ""))
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        for problem in error.errors():
            field = str(problem["loc"][0])
            shown = without_password(str(values.get(field, "")))
            wrong.append(f"{NAMES.get(field, field)}={shown!r}: {problem['msg'].removeprefix('Value error, ')}")
        settings = None
    if wrong or settings is None:
        raise BadInput("these settings cannot be used:\n  " + "\n  ".join(wrong))
    return settings
