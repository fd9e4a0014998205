"""A fact: one kind, flat typed fields, and the resources it was read from.

`BASE` lists the kinds that come from the record, with their fields; rule folders declare the kinds they derive. Ages
are whole days, UNKNOWN (-1) where nothing says; text fields are '' where nothing says. Doses are mg (of one dose, and
a day), -1.0 where nothing says. `relief` has the rank of its procedure; `weeks` is how long half or more lasted, -1
where nothing says, `how` is scores or told; `unmeasured` is a procedure whose relief nothing tells. `procedure.rank`
counts from the latest session of its concept and region, `rank_left` and `rank_right` among those that were not of
the other side (-1 for one that was), `rank_anywhere` among the days of all regions. `span.start` is the day from
which contacts count, `bound` whose it is: look-back or onset; `kinds` says what was tried, `listed` which drugs are
still called active though nobody has spoken of them for long. `goal.state` is ahead, reached or over. `order.levels`
is how many levels the words of all orders in hand for its procedure, region and day name together: 0 none, -1 several
that cannot be counted; `bones` is 1 where they name bones and no joints, `coded` the number of levels that their
codes come to, 0 where none goes beyond the first; `without` is what its code or words leave out, `order-level` each
level that its words name besides the first. `sent.entries` is 1 when anything came under the key, else 0.
`unrecognised` is an appointment in hand: `why` is order-not-sent, words, injection or visit-or-procedure. `performer`
is whoever an order goes to: `told` is specialty, other or nothing. `patient.area` is the state or province of the
home address, as a code. `coverage` has an empty concept where nobody knows the payer, its `rank` counts from 0, the
first to pay. `unused-coverage.why` is over, not-begun, or not-active. `place` is where an order in hand is to be
carried out. `payer` is one payer's policy for one ordered procedure (`policy` '' where it has none); `local` says
whether the policy's local text is known for the area: named, none, unlisted, unknown (no area), or '' where the
policy has no local texts; see `service.payers`. `done-here` was done in the visit in question: `how` is reference or
day, `date` '' where nothing says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

Schema = Mapping[str, type]

BASE: dict[str, Schema] = {
    "patient": {"age": int, "sex": str, "area": str},
    "condition": {
        "set": str,
        "concept": str,
        "region": str,
        "side": str,
        "level": str,
        "active": int,
        "confirmed": int,
        "onset_days": int,
        "latest_days": int,
        "onset_known": int,
        "onset_most": int,
        "via": str,
    },
    "medication": {
        "set": str,
        "concept": str,
        "title": str,
        "state": str,
        "last_days": int,
        "started_days": int,
        "route": str,
        "dose": float,
        "daily": float,
        "per_kg": int,
        "drafted": int,
        "via": str,
    },
    "allergy": {
        "set": str,
        "concept": str,
        "title": str,
        "active": int,
        "confirmed": int,
        "criticality": str,
        "severity": str,
        "type": str,
        "via": str,
    },
    "device": {"set": str, "concept": str, "title": str, "active": int, "via": str},
    "immunization": {
        "set": str,
        "concept": str,
        "title": str,
        "date": str,
        "age_days": int,
        "in_days": int,
        "via": str,
    },
    "goal": {"set": str, "concept": str, "title": str, "state": str, "rank": int},
    "observation": {"set": str, "concept": str, "value": float, "age_days": int, "rank": int},
    "procedure": {
        "set": str,
        "concept": str,
        "region": str,
        "side": str,
        "level": str,
        "age_days": int,
        "rank": int,
        "rank_left": int,
        "rank_right": int,
        "rank_anywhere": int,
    },
    "relief": {
        "set": str,
        "concept": str,
        "region": str,
        "side": str,
        "age_days": int,
        "rank": int,
        "percent": float,
        "weeks": int,
        "how": str,
    },
    "unmeasured": {"set": str, "concept": str, "region": str, "side": str, "age_days": int, "rank": int},
    "imaging": {"set": str, "concept": str, "region": str, "age_days": int},
    "statement": {
        "set": str,
        "concept": str,
        "region": str,
        "side": str,
        "level": str,
        "negated": int,
        "age_days": int,
        "where": str,
    },
    "order": {
        "set": str,
        "concept": str,
        "title": str,
        "region": str,
        "side": str,
        "level": str,
        "levels": int,
        "bones": int,
        "coded": int,
        "date": str,
        "in_days": int,
        "origin": str,
        "guidance": str,
        "without": str,
    },
    "order-level": {"set": str, "concept": str, "region": str, "side": str, "level": str, "origin": str},
    "unrecognised": {"what": str, "why": str, "date": str},
    "performer": {"told": str, "set": str, "concept": str, "title": str},
    "done-here": {
        "set": str,
        "concept": str,
        "title": str,
        "region": str,
        "side": str,
        "level": str,
        "date": str,
        "age_days": int,
        "how": str,
    },
    "count": {"name": str, "region": str, "window": str, "count": int},
    "span": {
        "name": str,
        "weeks": int,
        "contacts": int,
        "last_days": int,
        "kinds": str,
        "listed": str,
        "start": str,
        "bound": str,
    },
    "dose": {"name": str, "window": str, "total": float, "doses": int, "unknown": int},
    "amount": {"name": str, "drug": str, "title": str, "mg": float, "where": str},
    "coverage": {"set": str, "concept": str, "carrier": str, "title": str, "rank": int},
    "unused-coverage": {"set": str, "concept": str, "title": str, "why": str},
    "place": {"set": str, "concept": str, "title": str, "procedure": str, "region": str, "side": str},
    "payer": {
        "rank": int,
        "concept": str,
        "title": str,
        "procedure": str,
        "policy": str,
        "policy_title": str,
        "document": str,
        "contractor": str,
        "area": str,
        "local": str,
    },
    "hook": {"hook": str, "today": str},
    "sent": {"key": str, "state": str, "entries": int},
}


class FactSource(NamedTuple):
    """A resource and what it contributed, in words a card may print."""

    reference: str
    label: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact; `number` is its place in the working memory (0 before it is asserted)."""

    kind: str
    fields: Mapping[str, Any]
    sources: tuple[FactSource, ...] = ()
    number: int = 0
    parents: tuple[int, ...] = ()
    rule: str = ""


class FactError(TypeError):
    """A fact does not fit its kind; a fault in an extractor or in content, never in a patient's record."""


def check(kind: str, fields: Mapping[str, Any], schema: Schema) -> None:
    """Strict types, no missing and no extra fields; the engine answers wrongly on mixed types."""
    if fields.keys() != schema.keys():
        raise FactError(f"{kind}: fields {sorted(fields)} instead of {sorted(schema)}")
    for name, wanted in schema.items():
        if type(fields[name]) is not wanted:
            raise FactError(f"{kind}.{name}: {type(fields[name]).__name__} instead of {wanted.__name__}")
        if wanted is float and not -1e15 < fields[name] < 1e15:
            raise FactError(f"{kind}.{name}: out of range")
