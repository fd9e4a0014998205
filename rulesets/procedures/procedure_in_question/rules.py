"""Proposals → targets."""

from collections.abc import Iterator

from service.rules.authoring import Rule, c, lookup, m, when_all
from service.rules.parameters import Values


def rules(_: Values) -> Iterator[Rule]:
    at = (c.proposal.procedure, c.proposal.region)
    yield when_all(c.proposal << (m.k == "proposal")).derive(
        "target",
        procedure=c.proposal.procedure,
        title=c.proposal.title,
        region=c.proposal.region,
        side=c.proposal.side,
        level=c.proposal.level,
        origin=c.proposal.origin,
        date=c.proposal.date,
        in_days=c.proposal.in_days,
        risk=lookup("procedure", *at, part="risk"),
        steroid=lookup("procedure", *at, part="steroid"),
        family=lookup("procedure", *at, part="family"),
    )
