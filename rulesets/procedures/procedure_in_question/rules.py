"""Proposals → targets, one bleeding risk class higher where the patient bleeds more easily."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, lookup, m, when_all
from service.rules.parameters import Values

PROPOSAL = m.k == "proposal"
MODIFIER = m.k == "bleeding-modifier"


def rules(_: Values) -> Iterator[Rule]:
    nothing = c.nothing << absent("bleeding-modifier", region="")
    nothing_there = c.nothing_there << absent("bleeding-modifier", by="region") & (m.region == c.proposal.region)
    anywhere, somewhere = c.proposal << PROPOSAL & (m.region == ""), c.proposal << PROPOSAL & (m.region != "")
    yield when_all(anywhere, nothing).derive("target", **_fields("risk"))
    yield when_all(somewhere, nothing, nothing_there).derive("target", **_fields("risk"))
    everywhere = c.modifier << MODIFIER & (m.region == "")
    yield when_all(c.proposal << PROPOSAL, everywhere).derive("target", **_fields("raised"))
    there = c.modifier << MODIFIER & (m.region != "") & (m.region == c.proposal.region)
    yield when_all(somewhere, there).derive("target", **_fields("raised"))


def _fields(risk: str) -> dict[str, Any]:
    at = (c.proposal.procedure, c.proposal.region)
    return {
        "procedure": c.proposal.procedure,
        "title": c.proposal.title,
        "region": c.proposal.region,
        "side": c.proposal.side,
        "level": c.proposal.level,
        "origin": c.proposal.origin,
        "date": c.proposal.date,
        "in_days": c.proposal.in_days,
        "risk": lookup("procedure", *at, part=risk),
        "base": lookup("procedure", *at, part="risk"),
        "steroid": lookup("procedure", *at, part="steroid"),
        "family": lookup("procedure", *at, part="family"),
    }
