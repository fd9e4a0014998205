"""Epidurals near vessels → which kind of steroid, and whether the one that is named fits."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

AGENT = m.k == "steroid-agent"
HERE = m.region == c.target.region


def rules(_: Values) -> Iterator[Rule]:
    # Transforaminal injections and root blocks: through the foramen, where the vessels to the cord run.
    epidural = (m.k == "target") & (m.family == "epidural") & (m.steroid != "no")
    foramen = epidural & (m.procedure != "epidural-interlaminar") & (m.procedure != "epidural-caudal")
    neck = c.target << foramen & (m.region == "cervical")
    yield _unnamed(neck).conclude("never-particulate")
    for particulate in _particulate():
        yield when_all(neck, particulate).conclude("particulate-named")
    nowhere = c.target << foramen & (m.region == "")
    fitting = c.fitting << absent("steroid-agent", form="non-particulate", region="")
    yield when_all(nowhere, fitting).conclude("region-decides")
    # Below the neck the suggestion's own note says it; on an order it is said once more.
    below = c.target << foramen & (m.origin != "suggestion") & (m.region != "") & (m.region != "cervical")
    yield _unnamed(below).conclude("non-particulate-first")
    first = c.first << absent("last-steroid", by="region") & HERE
    again = c.last << (m.k == "last-steroid") & HERE
    for particulate in _particulate():
        yield when_all(below, particulate, first).conclude("particulate-first")
        yield when_all(below, particulate, again).conclude("particulate-again")
    interlaminar = c.target << epidural & (m.procedure == "epidural-interlaminar") & (m.region == "cervical")
    yield _unnamed(interlaminar).conclude("non-particulate-first")
    for particulate in _particulate():
        yield when_all(interlaminar, particulate).conclude("particulate-interlaminar")
    for place in (HERE, m.region == ""):
        unfit = c.agent << AGENT & (m.form == "unfit") & place
        yield when_all(c.target << epidural & (m.region != ""), unfit).conclude("unfit-named")


def _particulate() -> list[Any]:
    """An agent of the order itself, or of a draft or an order that does not say where."""
    named = AGENT & (m.form == "particulate")
    return [c.agent << named & HERE, c.agent << named & (m.region == "")]


def _unnamed(target: Any) -> Any:
    anywhere = c.anywhere << absent("steroid-agent", region="")
    return when_all(target, anywhere, c.nothing << absent("steroid-agent", by="region") & HERE)
