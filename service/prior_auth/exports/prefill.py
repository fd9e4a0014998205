"""The draft answers: a QuestionnaireResponse with what the record holds, and nothing else (DTR)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from service.checklist import WORDS
from service.prior_auth.exports.forms import Detail, Forms
from service.prior_auth.exports.questionnaire import ANSWERS, STATUSES, asks, questions
from service.prior_auth.exports.sources import Sources, day, day_of
from service.prior_auth.exports.wire import CRD, DTR, DtrVersion, Raw, Resource, coding, concept, extension, name_of
from service.prior_auth.packet import Packet
from service.rules.finding import CriterionResult, Finding

PROFILE = f"{DTR}/dtr-questionnaireresponse"
ORIGIN = f"{DTR}/information-origin"
# How an answer says that this service took it from the record.
AUTOMATIC: Mapping[DtrVersion, str] = {"2.0.1": "auto", "2.1.0": "auto-server", "2.2.0": "auto-server"}
PURPOSES: Mapping[DtrVersion, str] = {"2.0.1": "temp", "2.1.0": "temp", "2.2.0": "coverage-information-codes"}
STATUS_WORDS = {
    "met": "met",
    "not-met": "not met",
    "not-documented": "not documented",
    "not-applicable": "not applicable",
}
WHOLE_DAY = 10


class Draft:
    """Draws up the answers to one questionnaire for one checklist of a packet."""

    def __init__(self, packet: Packet, forms: Forms, form: Raw, release: DtrVersion = "2.2.0") -> None:
        self._packet, self._forms, self._form, self._release = packet, forms, form, release
        self._sources = Sources.of_evaluation(packet.evaluation)

    def __call__(self, checklist: Finding, coverage: Raw, now: datetime) -> Resource:
        """The draft for `checklist` of the packet; `coverage` is a resource with an id."""
        questionnaire = f"{self._form['url']}|{self._form['version']}"
        order = name_of(self._packet.order)
        patient = f"Patient/{self._packet.evaluation.question.patient_id}"
        name = uuid5(NAMESPACE_URL, "|".join((questionnaire, order, patient, checklist.policy, name_of(coverage))))
        return {
            "resourceType": "QuestionnaireResponse",
            "id": str(name),
            "meta": {"profile": [PROFILE]},
            "extension": contexts(name_of(coverage), order, self._release),
            "questionnaire": questionnaire,
            "status": "in-progress",
            "subject": {"reference": patient},
            "authored": now.isoformat(timespec="seconds"),
            "item": self._items(checklist),
        }

    def _items(self, checklist: Finding) -> list[Resource]:
        family = self._forms.families[self._forms.family_of(checklist.procedure)]
        groups = [self._request(checklist.policy)]
        known = {result.id: result for result in checklist.criteria}
        groups += [self._criterion(known[name]) for name in family.criteria if name in known]
        others = [result for result in checklist.criteria if not asks(family, result.id)]
        if others:
            groups.append(self._item("other", [{"valueString": _in_words(result)} for result in others]))
        return [group for group in groups if group]

    def _request(self, policy: str) -> Resource:
        known = self._packet.policies.get(policy)
        born = day(self._sources.patient.get("birthDate"))
        return self._group(
            "request",
            self._item("request.procedure", _string(self._packet.title)),
            self._item("request.policy", _string(known.title if known else policy)),
            self._item("request.birth-date", [{"valueDate": born}] if len(born) == WHOLE_DAY else []),
        )

    def _criterion(self, result: CriterionResult) -> Resource:
        name = result.id
        cited = [(item, self._sources.find(item.reference)) for item in result.because]
        known = [resource for _, resource in cited if resource is not None]
        references = {item.reference: item.label for item, resource in cited if resource is not None}
        said = (
            [{"valueCoding": {**coding(STATUSES, result.status), "display": ANSWERS[result.status]}}]
            if (result.status in ANSWERS)
            else []
        )
        details = questions(self._forms.criteria[name], name).items()
        days = [found for found in (day_of(resource) for resource in known) if found]
        return self._group(
            name,
            self._item(f"{name}.asked", _string(result.needed)),
            self._item(f"{name}.status", said),
            self._item(f"{name}.found", _string(result.found) if said else []),
            *(self._item(link, self._detail(detail, result, known)) for link, detail in details),
            self._item(f"{name}.date", [{"valueDate": max(days)}] if said and days else []),
            self._item(
                f"{name}.evidence",
                [{"valueReference": {"reference": r, "display": label}} for r, label in references.items()],
            ),
        )

    def _detail(self, detail: Detail, result: CriterionResult, cited: Sequence[Raw]) -> list[Resource]:
        if detail.value:
            found = [value for value in result.values if value.name == detail.value]
            numbers = [item.value for item in found if isinstance(item.value, int | float)]
            kind = "valueInteger" if detail.type == "integer" else "valueDecimal"
            return [{kind: int(number) if detail.type == "integer" else number} for number in numbers[:1]]
        by_type = [path.split(".", 1) for path in detail.read]
        days = [
            day_of(resource, [path for kind, path in by_type if kind == resource.get("resourceType")])
            for resource in cited
        ]
        told = [item for item in days if item]
        return [{"valueDate": max(told)}] if told else []

    def _item(self, link: str, answers: Sequence[Resource]) -> Resource:
        """An item with its answers, each saying where it comes from; {} without any."""
        origin = {"url": ORIGIN, "extension": [extension("source", "Code", AUTOMATIC[self._release])]}
        return {"linkId": link, "answer": [{"extension": [origin], **item} for item in answers]} if answers else {}

    @staticmethod
    def _group(link: str, *inner: Resource) -> Resource:
        filled = [item for item in inner if item]
        return {"linkId": link, "item": filled} if filled else {}


def contexts(coverage: str, order: str, release: DtrVersion) -> list[Resource]:
    """What a response is about and for: coverage and order as references, and that it goes with a request."""
    about = [order] if release == "2.2.0" else [coverage, order]
    found = [extension(f"{DTR}/qr-context", "Reference", {"reference": name}) for name in about if name]
    if release != "2.0.1":
        found.insert(0, extension(f"{DTR}/qr-coverage", "Reference", {"reference": coverage}))
    purpose = concept(f"{CRD}/CodeSystem/{PURPOSES[release]}", "withpa")
    return [*found, extension(f"{DTR}/intendedUse", "CodeableConcept", purpose)]


def _string(text: str) -> list[Resource]:
    return [{"valueString": text}] if text else []


def _in_words(result: CriterionResult) -> str:
    parts = [f"{result.id.replace('-', ' ')}: {WORDS[result.status]}"]
    parts += [f"asked for: {result.needed}"] if result.needed else []
    parts += [f"found: {result.found}"] if result.found else []
    return "; ".join(parts)
