"""The settings: read once from the environment and `.env`, refused all at once, by name, where they are wrong."""

import os
import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Literal, Self, cast
from urllib.parse import SplitResult, urlsplit, urlunsplit

from dotenv import dotenv_values
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from kith.persona.errors import BadInput

__all__ = [
    "HERE",
    "NAMES",
    "SERVERS",
    "Settings",
    "load_settings",
    "refused",
    "settings_of",
    "unknown_in",
    "without_password",
]

HERE = {
    "documents_url": "sqlite",
    "vectors_url": "milvus-lite",
    "graph_url": "ladybug",
    "ledger_url": "sqlite",
    "cache_url": "memory",
}
"""What the URL of an embedded store begins with."""

SERVERS = {
    "documents_url": ("mongodb", "mongodb+srv"),
    "vectors_url": ("http", "https", "milvus"),
    "graph_url": ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc"),
    "ledger_url": ("postgresql",),
    "cache_url": ("redis", "rediss", "unix"),
}
"""What the URL of a server may begin with."""

HOSTLESS = ("unix", "postgresql")
"""Of these, those that need name no host: they can be reached by a socket, or the driver knows where."""

SHARDS_OF_SERVERS = 16

EMBEDDED = {
    "documents_url": "documents.db",
    "vectors_url": "vectors",
    "graph_url": "graph.lbug",
    "ledger_url": "ledger.db",
}
"""What the embedded stores are called under `home`."""

SECRET = re.compile(r"((?:key|token|secret|password|passwd|auth)[^=&]*=)[^&]+", re.IGNORECASE)
"""A parameter of a URL that is nobody else's to see."""


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
    """How many writers can work side by side: 1 on embedded stores, 16 on servers."""
    embedder: str = Field(default="default", min_length=1)
    """`default`, the name or folder of a sentence-transformers model, or `hash`."""
    language: Literal["md", "sm", "plain"] = "md"
    """What reads English: spaCy's model of middle size, its small one, or capitals alone (`plain`: no facts)."""
    vocabulary: Path | None = None
    """A TOML file of names and words of one's own, beside those that come with Kith."""
    intents: Path | None = None
    """A TOML file of what people may want, in place of the one that comes with Kith."""
    llm_base_url: str = ""
    """An endpoint that speaks OpenAI's protocol; empty: no LLM is asked."""
    llm_model: str = ""
    llm_api_key: SecretStr = SecretStr("")
    llm_timeout: float = Field(default=20.0, gt=0, le=600)
    """Seconds after which an answer is not waited for any longer."""
    tenant: str = Field(default="default", min_length=1, max_length=256)
    openlineage_url: str = ""
    """Where OpenLineage events are sent, besides being kept in the ledger."""

    @field_validator("home", "vocabulary", "intents")
    @classmethod
    def _without_tilde(cls, path: Path | None) -> Path | None:
        return None if path is None else path.expanduser()

    @field_validator(*HERE)
    @classmethod
    def _known_scheme(cls, url: str, info: ValidationInfo) -> str:
        field = info.field_name or ""
        allowed = (HERE[field], *SERVERS[field])
        parts = _split(url)
        if url and parts.scheme not in allowed:
            begin = " or ".join(f"{one}:" for one in allowed)
            raise ValueError(f"begins with {parts.scheme or url!r}, and must begin with {begin} (or be empty)")
        if url and parts.scheme == HERE[field] != "memory" and not (parts.netloc + parts.path).strip("/"):
            raise ValueError(f"names no file; write it like {parts.scheme}:///folder/file")
        if parts.scheme in SERVERS[field] and parts.scheme not in HOSTLESS and not parts.hostname:
            raise ValueError(f"names no server; write it like {parts.scheme}://host")
        return url

    @model_validator(mode="before")
    @classmethod
    def _shards_of_servers(cls, given: object) -> object:
        values = cast("dict[str, object]", given)
        if _scheme(str(values.get("ledger_url", ""))) in SERVERS["ledger_url"]:
            return {"shards": SHARDS_OF_SERVERS, **values}
        return values

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.is_embedded("documents_url") != self.is_embedded("ledger_url"):
            raise ValueError(
                "KITH_DOCUMENTS_URL and KITH_LEDGER_URL belong together: name servers for both, or for none"
            )
        here = [NAMES[field] for field in ("vectors_url", "graph_url") if self.is_embedded(field)]
        if self.is_shared and here:
            raise ValueError(
                f"KITH_LEDGER_URL names a server, for several machines to share: name one for {' and '.join(here)} too"
            )
        return self

    @field_validator("openlineage_url", "llm_base_url")
    @classmethod
    def _http(cls, url: str) -> str:
        if url and _split(url).scheme not in ("http", "https"):
            raise ValueError("must begin with http: or https:")
        return url

    @model_validator(mode="after")
    def _llm_is_named(self) -> Self:
        if self.llm_base_url and not self.llm_model:
            raise ValueError("KITH_LLM_BASE_URL is set and KITH_LLM_MODEL is not: name the model to ask for")
        return self

    def is_embedded(self, field: str) -> bool:
        """Whether a store lies in this machine's folder, or in this process."""
        return _scheme(str(getattr(self, field))) in ("", HERE[field])

    @property
    def is_shared(self) -> bool:
        """Whether the record and the ledger are on servers: other processes, and machines, may be at work beside us."""
        return not self.is_embedded("ledger_url")

    @property
    def ledger(self) -> str:
        """Where the ledger is, as a URL."""
        return self.ledger_url if self.is_shared else f"sqlite:///{self.path_of('ledger_url')}"

    def path_of(self, field: str) -> Path:
        """The file that an embedded store's URL names, or its place under `home`."""
        url = str(getattr(self, field))
        if not url:
            return self.home / EMBEDDED[field]
        parts = urlsplit(url)
        return Path(parts.netloc + parts.path)

    def places(self) -> dict[str, str]:
        """Where the stores are that no URL names, by the name of the setting that would."""
        kept = {NAMES[field]: f"{self.home / name} (embedded)" for field, name in EMBEDDED.items()}
        return kept | {NAMES["cache_url"]: "in this process (embedded)"}

    def shown(self) -> dict[str, str]:
        """Every setting by its name, with passwords hidden."""
        values = {field: getattr(self, field) for field in type(self).model_fields}
        return {NAMES[field]: _shown(field, "" if one is None else str(one)) for field, one in values.items()}


NAMES = {
    field: "OPENLINEAGE_URL" if field == "openlineage_url" else f"KITH_{field.upper()}"
    for field in Settings.model_fields
}
"""What each setting is called in the environment."""


def _scheme(url: str) -> str:
    """What a URL begins with; nothing where it is none."""
    return url.partition(":")[0].lower() if ":" in url else ""


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:  # whose words may hold a part of the password
        raise ValueError("cannot be read as a URL: write what is special in it as %XX") from None


def without_password(url: str, *, named: bool = True) -> str:
    """A URL as it may be shown: nobody's password in it. Not `named`: a name alone is a token, and as secret."""
    if "://" not in url:
        return url
    try:
        parts = urlsplit(url)
    except ValueError:
        return f"{url.partition('://')[0]}://…"
    who, at, where = parts.netloc.rpartition("@")
    name, colon, _ = who.partition(":")
    shown = f"{name}:…" if colon else name if named else "…"
    netloc = f"{shown}{at}{where}" if at else where
    hidden = parts._replace(netloc=netloc, query=SECRET.sub(r"\1…", parts.query))
    return url if hidden == parts else urlunsplit(hidden)  # put together again, an empty host would be lost


def _shown(field: str, value: str) -> str:
    return without_password(value, named=field != "vectors_url")  # Milvus lets in whoever has a token


def load_settings(*, env_file: Path = Path(".env"), **given: object) -> Settings:
    """The settings as given here, else in the environment, else in the file. Names every wrong one.

    An empty one stands for the default.
    """
    found = {**_in_file(env_file), **os.environ}
    return settings_of(found, {name: value for name, value in given.items() if value is not None})


def settings_of(found: Mapping[str, str], given: Mapping[str, object]) -> Settings:
    """The settings as given by field, else as found by name. Names every wrong one."""
    fields = {name: field for field, name in NAMES.items()}
    values: dict[str, object] = {fields[name]: value for name, value in found.items() if name in fields and value}
    values |= given
    wrong = unknown_in(found)
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        for problem in error.errors():
            if not problem["loc"]:
                wrong.append(problem["msg"].removeprefix("Value error, "))
                continue
            field = str(problem["loc"][0])
            shown = _shown(field, str(values.get(field, "")))
            wrong.append(f"{NAMES.get(field, field)}={shown!r}: {problem['msg'].removeprefix('Value error, ')}")
        settings = None
    if wrong or settings is None:
        raise refused(wrong)
    return settings


def unknown_in(found: Mapping[str, str]) -> list[str]:
    """What is wrong with names that look like settings, and are none."""
    wrong: list[str] = []
    for name in sorted(found):
        if name.startswith("KITH_") and not name.startswith("KITH_TEST_") and name not in NAMES.values():
            near = get_close_matches(name, NAMES.values(), n=1)
            wrong.append(f"{name}: there is no such setting" + (f"; did you mean {near[0]}?" if near else ""))
    return wrong


def refused(wrong: Sequence[str]) -> BadInput:
    """That settings cannot be used, each with what is wrong with it."""
    return BadInput("these settings cannot be used:\n  " + "\n  ".join(wrong))


def _in_file(path: Path) -> dict[str, str]:
    try:
        return {name: value for name, value in dotenv_values(path).items() if value is not None}
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise BadInput(
            f"the settings in {str(path)!r} cannot be read ({reason}); mend the file, or move it away"
        ) from error
