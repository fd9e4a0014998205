"""MedicationStatement, MedicationRequest, MedicationAdministration → one `medication` fact for each drug.

`state`: active; possible (called active but long unconfirmed, or of unknown status); held; planned; past. The same drug
from several resources is one exposure in its most present state.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from service.facts.dates import UNKNOWN, Days, age_at_least, days_of, first_days, said
from service.facts.drugs import LOCAL
from service.facts.extract.context import Context, status_of, texts, words
from service.facts.extract.dosage import Dose, dose_of
from service.facts.fact import FactSource
from service.fhir.record import GapKind, ReadResource
from service.terminology.drug_words import DENIED, HELD, STOPPED
from service.terminology.value_sets import Hit
from service.terminology.words import words_of

STATES = ("active", "possible", "held", "planned", "past")
STATEMENT = {"active": "active", "intended": "planned", "draft": "planned", "on-hold": "held"}
REQUEST = {"active": "active", "draft": "planned", "on-hold": "held"}
ADMINISTRATION = {"in-progress": "active", "on-hold": "held"}
PAST = frozenset({"completed", "stopped", "ended", "cancelled", "not-taken", "not-done"})
BY_TYPE = {
    "MedicationStatement": STATEMENT,
    "MedicationRequest": REQUEST,
    "MedicationAdministration": ADMINISTRATION,
}
WISHES = frozenset({"proposal", "plan", "option"})
ROUTES = (
    ("iv", ("intravenous", "iv")),
    ("sc", ("subcutaneous", "subcut", "sc", "sq", "under the skin", "under skin", "into the skin", "beneath the skin")),
    ("im", ("intramuscular", "im")),
    ("oral", ("oral", "mouth", "po")),
)
SWALLOWED = frozenset({"oral", "tablet", "tablets", "tab", "tabs", "capsule", "capsules", "cap", "caps"})
# What a drug's own words make of it, where only words name it.
WORDED = {STOPPED: "past", HELD: "held"}


class _Seen(NamedTuple):
    hit: Hit
    state: str
    last_days: int
    started_days: int
    route: str
    dose: Dose
    drafted: int
    source: FactSource


def medications(context: Context, drafts: Iterable[ReadResource] = ()) -> None:
    """One fact for each drug concept of the sets asked for; `drafts` are orders in hand: planned, whatever they say."""
    wanted = context.sets("medication")
    groups: dict[tuple[str, str], list[_Seen]] = defaultdict(list)
    drafted = list(drafts)
    for resource in [*context.record.of(*BY_TYPE), *drafted]:
        for item in _read(context, resource, wanted, resource in drafted):
            groups[item.hit.set, item.hit.concept].append(item)
    for (set_id, concept), every in groups.items():
        # A gel beside tablets is no exposure of its own, and its state is not theirs.
        items = [item for item in every if item.route != LOCAL] or every
        items.sort(key=lambda item: STATES.index(item.state))
        # An earlier course says nothing of the doses, start and route of what is taken now.
        present = [item for item in items if item.state != "past"] or items
        dated = [item.last_days for item in items if item.last_days != UNKNOWN]
        fields: dict[str, Any] = {
            "set": set_id,
            "concept": concept,
            "title": context.index.concept(set_id, concept).title,
            "state": items[0].state,
            "last_days": min(dated) if dated else UNKNOWN,
            "started_days": max(item.started_days for item in present),
            "route": next((item.route for item in present if item.route), ""),
            "dose": max(item.dose.single for item in present),
            "daily": max(item.dose.daily for item in present),
            "per_kg": int(any(item.dose.per_kg for item in present)),
            "drafted": max(item.drafted for item in items),
            "via": "code" if any(item.hit.via == "code" for item in items) else "text",
        }
        context.add("medication", fields, [item.source for item in items])


def _read(context: Context, resource: ReadResource, wanted: frozenset[str], drafted: bool) -> list[_Seen]:
    model: Any = resource.model
    if reason := not_given(model):
        context.gap(GapKind.EXCLUDED, resource, "status", f"{reason}; not used", matters=False)
        return []
    status = status_of(model)
    if status not in {*BY_TYPE[resource.type], *PAST, "unknown"}:
        context.gap(
            GapKind.REPAIRED, resource, "status", f"{status[:24]!r} is not known; read as unknown", matters=False
        )
    state, days = state_of(context, resource)
    state = "planned" if drafted else state
    found = []
    hits = context.hits(resource, wanted)
    _contradiction(context, resource, hits)
    for hit in hits:
        told = _told(context, resource, hit, state)
        if not told:
            continue
        label = context.label(hit, _said(told, days), _cue(hit))
        last = max(age_at_least(days, context.question.today), UNKNOWN)
        dose, source = dose_of(model, name_of(model)), FactSource(resource.reference, label)
        route = route_of(context, model, hit)
        found.append(_Seen(hit, told, last, _started(context, model), route, dose, int(drafted), source))
    return found


def name_of(model: Any) -> str:
    """The drug as it is called in the resource."""
    reference = getattr(model, "medicationReference", None)
    display = str(getattr(reference, "display", None) or "")
    return max([*texts(getattr(model, "medicationCodeableConcept", None)), display], key=len)


def _started(context: Context, model: Any) -> int:
    """Days since the drug was started or ordered, at least; UNKNOWN where nothing says."""
    period = getattr(model, "effectivePeriod", None)
    start = days_of(period.start, context.zone) if period is not None else None
    days = start or first_days(model, context.zone, "authoredOn")
    return max(age_at_least(days, context.question.today), UNKNOWN)


def _told(context: Context, resource: ReadResource, hit: Hit, state: str) -> str:
    """The state after what the drug's own words say of it; '' where they say that it is not taken at all."""
    said = str(hit.attributes.get("said", ""))
    if not said or (state == "past" and said != DENIED):
        return state
    title = context.concept(hit).title
    if hit.via == "code":
        problem = f"{title} is coded and {state}, its words say {hit.attributes['cue']!r}; taken as {state}, check"
        context.gap(GapKind.CONTRADICTION, resource, "medication", problem)
        return state
    problem = f"{title}: its words say {hit.attributes['cue']!r}; read as "
    if said == DENIED:
        context.gap(GapKind.EXCLUDED, resource, "medication", f"{problem}not taken", matters=False)
        return ""
    context.gap(GapKind.CONTRADICTION, resource, "medication", f"{problem}{WORDED[said]}, not {state}")
    return WORDED[said]


def _cue(hit: Hit) -> str:
    return f"its words say {hit.attributes['cue']!r}" if hit.attributes.get("said") else ""


def not_given(model: Any) -> str:
    """Why a medication resource says nothing of a drug taken, '' when it does."""
    if status_of(model) == "entered-in-error":
        return "is entered-in-error"
    return "says not to give it" if getattr(model, "doNotPerform", None) is True else ""


def state_of(context: Context, resource: ReadResource) -> tuple[str, Days | None]:
    """State of a medication resource on the day, and the days it was last spoken of."""
    model: Any = resource.model
    today = context.question.today
    status = status_of(model)
    # A status that says neither is no proof that the drug was stopped.
    state = "past" if status in PAST else BY_TYPE[resource.type].get(status, "possible")
    if getattr(model, "intent", "") in WISHES and state == "active":
        state = "planned"
    days = first_days(model, context.zone, "dateAsserted", "effectiveDateTime", "effectivePeriod", "authoredOn")
    ended = getattr(getattr(model, "effectivePeriod", None), "end", None)
    stale = days is not None and (today - days.last).days > context.stale_days
    if state == "active" and (stale or _over(context, resource, ended)):
        # Called active, but long unconfirmed or with an end in the past: somebody has to ask.
        state = "possible"
    return state, days


def _over(context: Context, resource: ReadResource, ended: Any) -> bool:
    if ended is None:
        return False
    days = first_days(resource.model, context.zone, "effectivePeriod")
    return days is not None and days.last < context.question.today


def _contradiction(context: Context, resource: ReadResource, hits: list[Hit]) -> None:
    """Report when the code names one drug and the words another; the code is used."""
    coded = {hit.concept for hit in hits if hit.via == "code"}
    sets = {hit.set for hit in hits if hit.via == "code"}
    reference = getattr(resource.model, "medicationReference", None)
    text = words(getattr(resource.model, "medicationCodeableConcept", None)) or getattr(reference, "display", None)
    if not coded or not text:
        return
    named = [context.index.narrowed(hit, words_of(text)) for hit in context.index.by_text("medication", text)]
    said_by_words = {hit.concept for hit in named if hit.set in sets}
    if said_by_words and not said_by_words & coded:
        code, other = ", ".join(sorted(coded)), ", ".join(sorted(said_by_words))
        problem = f"the code means {code}, the words say {other}; the code was used, check which is taken"
        context.gap(GapKind.CONTRADICTION, resource, "medication", problem)


def _said(state: str, days: Days | None) -> str:
    when = f" ({said(days)})" if days else ""
    return f"{'possibly active' if state == 'possible' else state}{when}"


def route_of(context: Context, model: Any, hit: Hit) -> str:
    """How it is given, by its dosage; local where its form or its dosage says so and neither says otherwise."""
    dosages = getattr(model, "dosage", None) or getattr(model, "dosageInstruction", None) or ()
    drugs, title = context.reader.drugs, words_of(context.concept(hit).title)
    given = [_given(dosage, drugs.routes) for dosage in (dosages if isinstance(dosages, list) else [dosages])]
    every = [word for text in given for word in text]
    worded = hit.attributes.get("form") == LOCAL and not drugs.forms.is_systemic(every)
    if worded or drugs.forms.is_local([*title, *every]):
        return LOCAL
    for text in given:
        for route, names in ROUTES:
            if any(f" {name} " in f" {' '.join(text)} " for name in names):
                return route
    # Without instructions the form tells: a tablet is swallowed.
    return "oral" if SWALLOWED & set(words_of(name_of(model))) else ""


def _given(dosage: Any, routes: Mapping[str, str]) -> list[str]:
    """The words of a dosage's route, by text or by code, and of its instruction."""
    route = getattr(dosage, "route", None)
    codes = [str(coding.code) for coding in getattr(route, "coding", None) or () if coding.code]
    named = [routes.get(code, code) for code in codes]
    return words_of(" ".join([words(route), *named, str(getattr(dosage, "text", None) or "")]))
