"""Plans that the record leaves open, and blood thinners without a name → questions."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

NOT_SURE = {"possible": "ask-whether-taken", "planned": "ask-whether-taken", "held": "already-held"}
CLEARED_BY_KIDNEYS = {
    "hold": ("apixaban", "rivaroxaban", "edoxaban", "fondaparinux"),
    "hold-hours": ("enoxaparin", "enoxaparin-prophylactic"),
}
PLAN = m.k == "antithrombotic-plan"
TARGET = (m.k == "target") & (m.risk != "none")


def rules(_: Values) -> Iterator[Rule]:
    days = (m.action != "hold-hours") & (m.action != "continue") & (m.drafted == 0)
    for state, outcome in NOT_SURE.items():
        yield when_all(c.plan << PLAN & (m.state == state) & days).conclude(outcome)
        hours = PLAN & (m.state == state) & (m.action == "hold-hours") & (m.drafted == 0)
        yield when_all(c.plan << hours).conclude(f"{outcome}-hours")
    yield from _drafted()
    yield when_all(c.plan << PLAN & (m.state == "stopped") & (m.action == "hold")).conclude("recently-stopped")
    for unsure in ("route", "dose"):
        yield when_all(c.plan << PLAN & (m.unsure == unsure)).conclude(f"ask-{unsure}")
    yield when_all(c.plan << PLAN & (m.unsure == "kidneys") & (m.action == "hold")).conclude("renal-function-unknown")
    unknown = c.unknown << absent("kidney-function")
    for action, drugs in CLEARED_BY_KIDNEYS.items():
        for drug in drugs:
            taken = PLAN & (m.drug == drug) & (m.state == "active") & (m.action == action)
            yield when_all(c.plan << taken, unknown).conclude("renal-function-asked")
    yield from _unnamed()
    yield from _plans_unread()


def _plans_unread() -> Iterator[Rule]:
    """A blood thinner is being ordered and what is planned could not be read: silence would say that nothing is."""
    nothing = c.nothing << absent("target")
    for group in ("anticoagulant", "antiplatelet", "fibrinolytic"):
        drug = c.drug << (m.k == "antithrombotic") & (m.drafted == 1) & (m.state == "planned") & (m.group == group)
        for state in ("failed", "partial"):
            unread = c.unread << (m.k == "sent") & (m.key == "serviceRequests") & (m.state == state)
            yield when_all(drug, unread, c.problem << (m.k == "spine-problem"), nothing).conclude("plans-unread")


def _drafted() -> Iterator[Rule]:
    """The drug is on the order in hand, and not taken yet."""
    drafted = PLAN & (m.drafted == 1) & (m.state == "planned") & (m.origin != "suggestion")
    by_days, by_hours = (
        drafted & (m.action != "hold-hours") & (m.action != "continue"),
        drafted & (m.action == "hold-hours"),
    )
    calm = c.calm << absent("thrombotic-risk", known="yes")
    yield when_all(c.plan << by_days, calm).conclude("newly-ordered")
    yield when_all(c.plan << by_hours, calm).conclude("newly-ordered-hours")
    clot = c.clot << (m.k == "thrombotic-risk") & (m.known == "yes")
    for plan in (by_days, by_hours):
        yield when_all(c.plan << plan, clot).conclude("newly-ordered-for-clot")


def _unnamed() -> Iterator[Rule]:
    unnamed = m.k == "antithrombotic-unnamed"
    clotting, platelets = (absent("antithrombotic", group=group) for group in ("anticoagulant", "antiplatelet"))
    yield when_all(
        c.target << TARGET,
        c.drug << unnamed & (m.group == "any"),
        c.no_clotting << clotting,
        c.no_platelets << platelets,
    ).conclude("which-drug")
    for group, nothing in (("anticoagulant", clotting), ("antiplatelet", platelets)):
        yield when_all(c.target << TARGET, c.drug << unnamed & (m.group == group), c.nothing << nothing).conclude(
            "which-drug"
        )
    # An NSAID matters before high-risk procedures only.
    yield when_all(
        c.target << (m.k == "target") & (m.risk == "high"),
        c.drug << unnamed & (m.group == "nsaid"),
        c.nothing << absent("antithrombotic", group="nsaid"),
    ).conclude("which-drug")
