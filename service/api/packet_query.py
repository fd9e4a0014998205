"""The query of the list of packets; what cannot be understood is refused, because a filter that is ignored misleads."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel
from werkzeug.datastructures import MultiDict

from service.errors import MalformedRequest
from service.hooks.request import fault_text
from service.store.packet_records import Filter
from service.store.states import State

MOST = 200
LONGEST_AGE = 36_500
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{0,64}$")]
Days = Annotated[int, Field(ge=0, le=LONGEST_AGE)]


class Query(BaseModel):
    """Names are those of states, policies, payers, procedures and criteria; ages are days since the packet was made."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel)

    state: State | Literal[""] = ""
    payer: Name = ""
    policy: Name = ""
    procedure: Name = ""
    missing: Name = ""
    older_than_days: Days | None = None
    newer_than_days: Days | None = None
    limit: Annotated[int, Field(ge=1, le=MOST)] = 50
    offset: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0

    @property
    def wanted(self) -> Filter:
        """The filter without the page."""
        return Filter(
            state=self.state,
            payer=self.payer,
            policy=self.policy,
            procedure=self.procedure,
            missing=self.missing,
            older_than_days=self.older_than_days,
            newer_than_days=self.newer_than_days,
        )


def read(arguments: MultiDict[str, str]) -> Query:
    """The query; raises MalformedRequest naming what cannot be used, and no value."""
    twice = sorted(name for name, values in arguments.lists() if len(values) > 1 and name in ALIASES)
    if twice:
        raise MalformedRequest(f"Give {', '.join(twice)} once.", expression=twice[0])
    try:
        return Query.model_validate(arguments.to_dict())
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)
        if any(fault["type"] == "extra_forbidden" for fault in faults):
            raise MalformedRequest(f"The list can be asked for by {', '.join(sorted(ALIASES))} only.") from None
        listed = "; ".join(dict.fromkeys(fault_text(fault) for fault in faults))
        raise MalformedRequest(f"The query cannot be used: {listed}.") from None


ALIASES = frozenset(to_camel(name) for name in Query.model_fields)
