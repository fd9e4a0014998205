"""An ordered injection and the sedation ordered with it → whether a reason has to be documented."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

PROCEDURES = (
    "epidural-transforaminal",
    "epidural-interlaminar",
    "epidural-caudal",
    "selective-nerve-root-block",
    "medial-branch-block",
    "facet-joint-injection",
    "medial-branch-radiofrequency",
    "sacroiliac-joint-injection",
    "lateral-branch-radiofrequency",
    "trigger-point-injection",
    "sympathetic-block",
)


def rules(_: Values) -> Iterator[Rule]:
    for procedure in PROCEDURES:
        request = c.request << (m.k == "request") & (m.procedure == procedure) & (m.origin == "order")
        sedated = c.sedated << (m.k == "sedated-procedure") & (m.procedure == procedure)
        yield when_all(request, sedated & (m.region == c.request.region)).conclude("ordered")
        yield when_all(request, c.none << absent("sedated-procedure", procedure=procedure)).conclude("none")
        elsewhere = sedated & (m.region != c.request.region)
        here = c.none << absent("sedated-procedure", by="region", procedure=procedure) & (m.region == c.request.region)
        yield when_all(request, elsewhere, here).conclude("none")
