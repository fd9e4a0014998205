"""An ordered procedure → what the policy says of it whatever the record holds."""

from collections.abc import Iterator

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values

STANCES = {
    "lateral-branch-radiofrequency": "lateral_branch",
    "basivertebral-nerve-ablation": "basivertebral",
    "epidural-adhesiolysis": "adhesiolysis",
}
OPEN = "open"


def rules(p: Values) -> Iterator[Rule]:
    for procedure, parameter in STANCES.items():
        request = c.request << (m.k == "target") & (m.origin == "order") & (m.procedure == procedure)
        yield when_all(request).derive("stance", procedure=c.request.procedure, state=p(parameter))
        excluded = c.stance << (m.k == "stance") & (m.procedure == procedure) & (m.state != OPEN)
        yield when_all(request, excluded).conclude(procedure)
