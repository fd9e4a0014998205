"""What a newer report says of a finding outweighs what an older one said of the same place; the rest of both stays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from service.facts.fact import Fact
from service.terminology.anatomy import BOTH

READ_FROM = frozenset({"report", "study"})


def newest(facts: Sequence[Fact]) -> list[Fact]:
    """The facts without statements of reports that a newer report of the region contradicts."""
    groups: dict[tuple[str, ...], list[Fact]] = defaultdict(list)
    for fact in facts:
        if _dated_report(fact):
            groups[fact.fields["set"], fact.fields["concept"], fact.fields["region"]].append(fact)
    old = {id(fact) for group in groups.values() for fact in group if any(_outweighs(other, fact) for other in group)}
    return [fact for fact in facts if id(fact) not in old]


def _dated_report(fact: Fact) -> bool:
    return fact.kind == "statement" and fact.fields["where"] in READ_FROM and fact.fields["age_days"] >= 0


def _outweighs(newer: Fact, older: Fact) -> bool:
    """Newer, of the other opinion, and about the same level and side or about all of them."""
    one, other = newer.fields, older.fields
    if one["age_days"] >= other["age_days"] or one["negated"] == other["negated"]:
        return False
    if one["negated"]:
        return one["level"] in ("", other["level"]) and one["side"] in ("", BOTH, other["side"])
    # A denial of all levels or sides falls with the first that is found.
    return other["level"] in ("", one["level"]) and other["side"] in ("", BOTH, one["side"])
