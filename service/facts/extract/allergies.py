"""AllergyIntolerance → one `allergy` fact for each allergen, as grave as its gravest reaction."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, NamedTuple

from service.facts.extract.context import Context, code_of, codings, words
from service.facts.fact import FactSource
from service.fhir.record import GapKind, ReadResource
from service.terminology.value_sets import Hit

NEVER_TRUE = frozenset({"entered-in-error", "refuted"})
OVER = frozenset({"inactive", "resolved"})
SEVERITIES = ("severe", "moderate", "mild", "")
CRITICALITIES = ("high", "unable-to-assess", "low", "")


class _Seen(NamedTuple):
    hit: Hit
    active: int
    confirmed: int
    criticality: str
    severity: str
    type: str
    source: FactSource


def allergies(context: Context) -> None:
    """One fact for each allergen and activity; of several entries the gravest criticality and severity."""
    wanted = context.sets("allergy")
    groups: dict[tuple[str, str, int], list[_Seen]] = defaultdict(list)
    for resource in context.record.of("AllergyIntolerance"):
        for item in _read(context, resource, wanted):
            groups[item.hit.set, item.hit.concept, item.active].append(item)
    for (set_id, concept, active), items in groups.items():
        fields: dict[str, Any] = {
            "set": set_id,
            "concept": concept,
            "title": context.index.concept(set_id, concept).title,
            "active": active,
            "confirmed": max(item.confirmed for item in items),
            "criticality": min((item.criticality for item in items), key=CRITICALITIES.index),
            "severity": min((item.severity for item in items), key=SEVERITIES.index),
            # An allergy among intolerances is an allergy; '' when nothing says which.
            "type": min((item.type for item in items), key=("allergy", "", "intolerance").index),
            "via": "code" if any(item.hit.via == "code" for item in items) else "text",
        }
        context.add("allergy", fields, [item.source for item in items])


def _read(context: Context, resource: ReadResource, wanted: frozenset[str]) -> list[_Seen]:
    model: Any = resource.model
    verification = code_of(model.verificationStatus)
    if verification in NEVER_TRUE:
        context.gap(GapKind.EXCLUDED, resource, "verificationStatus", f"is {verification}; not used", matters=False)
        return []
    status = code_of(model.clinicalStatus)
    active, confirmed = int(status not in OVER), int(verification in ("", "confirmed"))
    criticality = _known(model.criticality, CRITICALITIES)
    severity = _severity(context, model)
    kind = _known(model.type, ("allergy", "intolerance"))
    notes = [
        severity and f"{severity} reaction",
        criticality and f"criticality {criticality}",
        "" if active else status,
    ]
    notes.append("" if confirmed else verification)
    found = []
    for hit in context.hits(resource, wanted):
        source = FactSource(resource.reference, context.label(hit, *notes))
        found.append(_Seen(hit, active, confirmed, criticality, severity, kind, source))
    return found


def _known(value: Any, among: tuple[str, ...]) -> str:
    code = str(value or "").strip().lower()
    return code if code in among else ""


def _severity(context: Context, model: Any) -> str:
    """The gravest severity of the reactions; a manifestation that threatens life is severe by itself."""
    severities = [""]
    for reaction in model.reaction or ():
        severities.append(_known(reaction.severity, SEVERITIES))
        shown = [item for concept in reaction.manifestation or () for item in codings(concept)]
        texts = [str(reaction.description or ""), *(words(concept) for concept in reaction.manifestation or ())]
        if context.index.by_coding("reaction", shown) or any(_threatens(context, text) for text in texts):
            severities.append("severe")
    return min(severities, key=SEVERITIES.index)


def _threatens(context: Context, text: str) -> bool:
    """Whether a text names a grave reaction that it does not deny; a possible or a past one counts."""
    phrases = context.index.phrases("reaction")
    denied = [item.value for item in context.reader.statements(text, phrases) if item.negated]
    return len(context.index.by_text("reaction", text)) > len(denied)
