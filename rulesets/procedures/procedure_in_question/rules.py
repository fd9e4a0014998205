"""Proposals → targets, one bleeding risk class higher where the patient bleeds more easily."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, lookup, m, when_all
from service.rules.parameters import Values

PROPOSAL = m.k == "proposal"
MODIFIER = m.k == "bleeding-modifier"


def rules(_: Values) -> Iterator[Rule]:
    # A steroid that the order leaves out is none, unless the same orders name one.
    unnamed, named = c.unnamed << absent("steroid-agent"), c.agent << (m.k == "steroid-agent")
    usual = lookup("procedure", c.proposal.procedure, c.proposal.region, part="steroid")
    # "Local anaesthetic only" may mean the sedation; of what may do without a steroid it means that.
    may = (m.procedure == "selective-nerve-root-block") | (m.procedure == "trigger-point-injection")
    treats = (m.procedure != "selective-nerve-root-block") & (m.procedure != "trigger-point-injection")
    yield from _targets(PROPOSAL & (m.without != "steroid") & ((m.without != "sedation-or-steroid") | treats), usual)
    left_out = PROPOSAL & ((m.without == "steroid") | ((m.without == "sedation-or-steroid") & may))
    yield from _targets(left_out, "no", unnamed)
    yield from _targets(left_out, usual, named)


def _targets(proposal: Any, steroid: Any, *more: Any) -> Iterator[Rule]:
    nothing = c.nothing << absent("bleeding-modifier", region="")
    nothing_there = c.nothing_there << absent("bleeding-modifier", by="region") & (m.region == c.proposal.region)
    anywhere, somewhere = c.proposal << proposal & (m.region == ""), c.proposal << proposal & (m.region != "")
    yield when_all(anywhere, nothing, *more).derive("target", **_fields("risk", steroid))
    yield when_all(somewhere, nothing, nothing_there, *more).derive("target", **_fields("risk", steroid))
    everywhere = c.modifier << MODIFIER & (m.region == "")
    yield when_all(c.proposal << proposal, everywhere, *more).derive("target", **_fields("raised", steroid))
    there = c.modifier << MODIFIER & (m.region != "") & (m.region == c.proposal.region)
    yield when_all(somewhere, there, *more).derive("target", **_fields("raised", steroid))


def _fields(risk: str, steroid: Any) -> dict[str, Any]:
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
        "steroid": steroid,
        "family": lookup("procedure", *at, part="family"),
    }
