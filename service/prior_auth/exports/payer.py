"""What a payer's policy file states, as strict models; read once at the start, in payer mode only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator

from service.errors import ContentInvalid
from service.prior_auth.exports.package import Publisher
from service.rules.load import read_yaml
from service.rules.model import Source, Strict, Text

CONDITIONAL = "conditional"


class CoverageStatement(Strict):
    """What the policy states for some procedures from a day on; what it does not state is left out.

    `depends_on` says what a conditional statement waits for; only codes that releases 2.0.1 and 2.2 share.
    """

    procedures: tuple[Text, ...]
    from_: date = Field(alias="from")
    until: date | None = None
    covered: Literal["covered", "not-covered", "conditional"] | None = None
    authorization: Literal["no-auth", "auth-needed", "conditional"] | None = None
    documentation: Literal["clinical", "admin", "conditional"] | None = None
    purpose: Literal["withpa", "withclaim", "withorder", "retain-doc"] | None = None
    depends_on: tuple[Literal["performer", "location", "timeframe", "OTH"], ...] = ()
    reason: Text
    source: Source

    @property
    def is_conditional(self) -> bool:
        """Whether anything stated depends on something else."""
        return CONDITIONAL in (self.covered or CONDITIONAL, self.authorization, self.documentation)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.covered == "not-covered" and self.authorization:
            raise ValueError("what is not covered needs no word on authorization")
        if self.authorization == "no-auth" and self.purpose == "withpa":
            raise ValueError("without authorization no documentation goes with one")
        if self.purpose and not self.documentation:
            raise ValueError("a purpose needs the documentation that it is for")
        if self.depends_on and not self.is_conditional:
            raise ValueError("depends_on is only for what is conditional")
        return self


class PayerPolicy(Strict):
    """The file; the first statement that fits a procedure and day holds."""

    title: Text
    statements: tuple[CoverageStatement, ...]

    @model_validator(mode="after")
    def _once(self) -> Self:
        for number, one in enumerate(self.statements):
            for other in self.statements[number + 1 :]:
                if set(one.procedures) & set(other.procedures) and _overlap(one, other):
                    raise ValueError("two statements hold for one procedure on one day")
        return self

    def states(self, procedure: str, on: date) -> CoverageStatement | None:
        """What is stated for a procedure on a day, None where nothing is."""
        for item in self.statements:
            if procedure in item.procedures and item.from_ <= on and (item.until is None or on < item.until):
                return item
        return None


@dataclass(frozen=True, slots=True)
class Payer:
    """The payer that this service speaks for: identifier, policy and its version, and who publishes questionnaires."""

    system: str
    value: str
    policy: PayerPolicy
    version: str
    publisher: Publisher | None = None


def load_payer(token: str, path: Path, procedures: Sequence[str], publisher: Publisher | None = None) -> Payer:
    """The payer `system|value` with its policy file; raises ContentInvalid naming the fault.

    `procedures` are those known here: a statement on another one would never be made.
    """
    try:
        policy = PayerPolicy.model_validate(read_yaml(path))
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        raise ContentInvalid(f"{path.name}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}") from error
    unknown = sorted({name for item in policy.statements for name in item.procedures} - set(procedures))
    if unknown:
        raise ContentInvalid(f"{path.name}: there is no procedure {', '.join(unknown)}")
    system, _, value = token.partition("|")
    return Payer(system, value, policy, sha256(path.read_bytes()).hexdigest()[:8], publisher)


def _overlap(one: CoverageStatement, other: CoverageStatement) -> bool:
    return one.from_ < (other.until or date.max) and other.from_ < (one.until or date.max)
