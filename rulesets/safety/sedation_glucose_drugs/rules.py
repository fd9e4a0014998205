"""Sedation on an order, and a glucose-lowering drug that matters in fasting → agree a pause, or do without sedation."""

from collections.abc import Iterator

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values

DEPTHS = ("moderate-sedation", "deep-sedation")
GROUPS = {"sglt2": "sglt2", "sglt2-long": "sglt2", "glp1-weekly": "glp1", "glp1-daily": "glp1"}
FIELDS = ("procedure", "title", "region", "side", "steroid", "date", "in_days")


def rules(_: Values) -> Iterator[Rule]:
    yield from _fasting()
    target = c.target << (m.k == "fasting-procedure")
    for group, outcome in GROUPS.items():
        taken = c.treatment << (m.k == "glucose-treatment") & (m.group == group) & (m.state != "held")
        yield when_all(target, taken).conclude(outcome)


def _fasting() -> Iterator[Rule]:
    """Procedures with sedation named in their order's words, or by a code drafted with them or for the same day."""
    needle = (m.k == "target") & (m.risk != "none")
    planned = c.target << needle & (m.origin != "suggestion")
    fields = {name: getattr(c.target, name) for name in FIELDS}
    words = (m.k == "statement") & (m.set == "order-details") & (m.where == "order") & (m.negated == 0)
    for depth in DEPTHS:
        said = c.sedation << words & (m.concept == depth) & (m.region == c.target.region)
        yield when_all(planned, said).derive("fasting-procedure", **fields)
    code = (m.k == "order") & (m.set == "sedation-orders")
    drafted = c.target << needle & (m.origin == "order")
    yield when_all(drafted, c.sedation << code & (m.origin == "order")).derive("fasting-procedure", **fields)
    dated = c.target << needle & (m.origin == "scheduled") & (m.date != "")
    yield when_all(dated, c.sedation << code & (m.date == c.target.date)).derive("fasting-procedure", **fields)
