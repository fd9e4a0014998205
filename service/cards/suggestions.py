"""A suggestion the user can accept: a draft order for what was suggested, where, why and with what care."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid5

from service.hooks.response import Action, Suggestion
from service.rules.finding import Finding
from service.terminology.systems import system_uri
from service.terminology.value_sets import CodeEntry, CodeIndex
from service.terminology.words import words_of


class Drafts:
    """Draws up draft ServiceRequests of one answer, each once; codes come from the value sets that order needs name."""

    def __init__(self, index: CodeIndex, sets: frozenset[str], patient_id: str) -> None:
        self._index = index
        self._sets = sorted(sets)
        self._patient_id = patient_id
        self._drawn: set[tuple[str, str, str]] = set()

    def __call__(self, finding: Finding, card: UUID) -> Suggestion | None:
        """The suggestion of one finding, None when it suggests nothing, or what another finding suggested before it."""
        wanted = finding.suggest
        if wanted is None:
            return None
        if wanted.placeless:
            finding = replace(finding, region="", laterality="")
        what = wanted.procedure, finding.region, finding.laterality
        if what in self._drawn:
            return None
        self._drawn.add(what)
        request = self._request(finding)
        action = Action(type="create", description=f"Draft an order: {request['code']['text']}", resource=request)
        uuid = uuid5(card, f"{finding.rule}|{finding.outcome}|{wanted.procedure}|{finding.laterality}")
        recommended = {"is_recommended": True} if wanted.recommended else {}
        return Suggestion(label=_label(finding), uuid=uuid, actions=(action,), **recommended)

    def _request(self, finding: Finding) -> dict[str, Any]:
        assert finding.suggest is not None
        procedure = finding.suggest.procedure
        title, codes = procedure.replace("-", " "), []
        for name in self._sets:
            concept = self._index.sets[name].concepts.get(procedure)
            if concept is not None:
                title, codes = concept.title, _codes(concept.codes, finding.region)
        where = " ".join(part for part in (finding.laterality, finding.region, finding.suggest.level) if part)
        body: dict[str, Any] = {
            "resourceType": "ServiceRequest",
            "status": "draft",
            "intent": "order",
            "subject": {"reference": f"Patient/{self._patient_id}"},
            "code": {
                **({"coding": codes} if codes else {}),
                "text": " ".join(part for part in (_where(finding, title), finding.suggest.level, title) if part),
            },
        }
        if where:
            body["bodySite"] = [{"text": where}]
        named = dict.fromkeys(item.reference for item in finding.because if item.reference.startswith("Condition/"))
        reasons = [{"reference": reference} for reference in named]
        if reasons:
            body["reasonReference"] = reasons
        if finding.suggest.note:
            body["note"] = [{"text": finding.suggest.note}]
        return body


def _codes(entries: tuple[CodeEntry, ...], region: str) -> list[dict[str, str]]:
    """The first code that fits the region, one that includes image guidance before others; add-ons stand later."""
    fitting = [
        entry
        for entry in entries
        if entry.code and region in (entry.attributes().get("region"), *entry.attributes().get("regions_possible", ()))
    ]
    fitting.sort(key=lambda entry: entry.attributes().get("guidance", "") != "included")
    return [{"system": system_uri(entry.system), "code": entry.code} for entry in fitting[:1]]


def _label(finding: Finding) -> str:
    assert finding.suggest is not None
    where = _where(finding, finding.suggest.label)
    return f"{finding.suggest.label}{f', {where}' if where else ''}"


def _where(finding: Finding, said: str) -> str:
    """Side and region, but for a region that the words beside it name."""
    region = "" if finding.region in words_of(said) else finding.region
    return " ".join(part for part in (finding.laterality, region) if part)
