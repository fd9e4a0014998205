"""Settings of the HTTP edge: browsers that may call, proxies that are believed, and how much one request may be."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BaseModel, Field, field_validator
from pydantic_settings import NoDecode

from service.settings.listed import listed, networks

ANY_ORIGIN = "*"
ORIGIN = re.compile(r"https?://(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:\d{1,5})?")


class EdgeSettings(BaseModel):
    """Fields that `Settings` inherits; each limit has its answer in service/api/LIMITS.md."""

    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="origins of web pages that may call, as browsers send them; `*` only while bound to loopback",
    )
    proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="addresses or networks of proxies whose X-Forwarded-Proto is believed; empty: none"
    )
    queue: int = Field(default=16, ge=0, le=1_000, description="calls that may wait in each worker for a free thread")
    wait_ms: int = Field(default=1_000, ge=0, le=60_000, description="longest wait of a call for a free thread")
    body_timeout_ms: int = Field(default=5_000, ge=100, le=60_000, description="longest pause in the sending of a body")
    max_resources: int = Field(default=20_000, ge=100, description="most resources in the prefetch of one request")
    max_entries: int = Field(default=10_000, ge=50, description="most resources under one prefetch key")
    max_orders: int = Field(default=200, ge=10, description="most entries of one list or Bundle in the context")

    @field_validator("cors_origins", "proxies", mode="before")
    @classmethod
    def _split_origins_and_proxies(cls, value: Any) -> Any:
        return listed(value)

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if value != (ANY_ORIGIN,) and not all(ORIGIN.fullmatch(origin) for origin in value):
            raise ValueError("each must be an origin as browsers send it: http(s)://host[:port], lower case, no path")
        return value

    @field_validator("proxies")
    @classmethod
    def _proxy_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return networks(value)
