"""A request for what the policy in force excludes → that it is not covered."""

from collections.abc import Iterator

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values

COVERED = "yes"


def rules(p: Values) -> Iterator[Rule]:
    for procedure, covered in p.each("covered").items():
        # Under a policy that covers it the rule stands, for a name that no procedure has.
        asked = procedure if covered != COVERED else ""
        yield when_all(c.request << (m.k == "request") & (m.procedure == asked)).conclude("excluded")
