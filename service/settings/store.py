"""Settings of what is kept: where, under which key, and for how long."""

from __future__ import annotations

import re

from pydantic import BaseModel, Field, SecretStr, ValidationInfo, field_validator

NO_DATABASE = "none"
SQLITE_FILE = re.compile(r"sqlite:///[^?]*[^?/:]")
POSTGRESQL = re.compile(r"postgresql(\+psycopg)?://\S+")
SHORTEST_KEY = 32


class StoreSettings(BaseModel):
    """Fields that `Settings` inherits."""

    database: str = Field(
        default="sqlite:///var/spine-cds.sqlite",
        repr=False,
        description="where feedback and audit are kept: `sqlite:///FILE`, `postgresql+psycopg://...` or `none`",
    )
    hash_key: SecretStr = Field(
        default=SecretStr(""),
        validate_default=True,
        description="secret that patients and users are hashed with, 32 characters or more; empty: a key file beside "
        "the SQLite file",
    )
    keep_comments: bool = Field(
        default=True, description="whether comments of feedback are kept (encrypted), or only that there was one"
    )
    keep_days: int = Field(
        default=0, ge=0, le=36_500, description="days after which feedback and audit are deleted; 0: never"
    )

    @field_validator("database")
    @classmethod
    def _known_kind(cls, value: str) -> str:
        if value == NO_DATABASE or SQLITE_FILE.fullmatch(value) or POSTGRESQL.fullmatch(value):
            return value.replace("postgresql://", "postgresql+psycopg://", 1)
        raise ValueError("must be sqlite:///FILE, postgresql+psycopg://USER:PASSWORD@HOST/NAME or none")

    @field_validator("hash_key")
    @classmethod
    def _long_and_shared(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        secret = value.get_secret_value()
        if secret and len(secret) < SHORTEST_KEY:
            raise ValueError(f"must have {SHORTEST_KEY} characters or more")
        # Several machines may share the server, and one person must have one hash on all of them.
        if not secret and str(info.data.get("database", "")).startswith("postgresql"):
            raise ValueError("must be set when SPINE_CDS_DATABASE is a PostgreSQL server")
        return value
