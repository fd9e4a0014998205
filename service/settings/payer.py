"""Settings of payer mode: who the payer is that this service speaks for; off unless both are set."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Self

from pydantic import BaseModel, Field, model_validator

TOKEN = re.compile(r"[^\s|]+\|[^\s|]+")


class PayerSettings(BaseModel):
    """Fields that `Settings` inherits. With both, orders are answered with `coverage-information` of this payer."""

    payer_id: str = Field(
        default="", description="identifier, `system|value`, of the payer that this service speaks for; empty: none"
    )
    payer_policy: Path | None = Field(
        default=None,
        description="YAML file with what that payer's policy states (service/prior_auth/exports/README.md)",
    )

    @model_validator(mode="after")
    def _speaks_for_a_known_payer(self) -> Self:
        if bool(self.payer_id) != (self.payer_policy is not None):
            raise ValueError("SPINE_CDS_PAYER_ID and SPINE_CDS_PAYER_POLICY are set together, or neither is")
        if self.payer_id and not TOKEN.fullmatch(self.payer_id):
            raise ValueError("SPINE_CDS_PAYER_ID is an identifier as `system|value`")
        return self
