"""From the body of a packet route to the question it asks and the record that answers it, posted or pulled."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import uuid4

from service.api.cds_hooks import check_needed
from service.api.packet_body import RecordBody
from service.api.ports import Service
from service.errors import (
    MalformedRequest,
    NeededDataMissing,
    NotUnderstood,
    OrderMissing,
    SeveralOrders,
    TooMany,
)
from service.fhir.bundles import joined, page
from service.fhir.prefetch import Fetch, Wanted, gather
from service.fhir.readers import Readers
from service.fhir.references import Index
from service.fhir.sent import Entry, KeyRead, State
from service.files import KEY_OF_TYPE
from service.hooks.request import CdsRequest
from service.hooks.tokens import tokens
from service.prior_auth.packet import alongside
from service.question import Question

HOOK = "order-sign"
ORDERS = ("ServiceRequest", "Appointment")
NO_ORDER = "A packet is about an order: send it as `order`, or a record with one draft ServiceRequest."
NO_PATIENT = "The record holds no Patient, and without one there is no packet."
NO_NEXT = "the record has further pages that were not sent"
Order = Mapping[str, Any]
# Who is who: the elements that say so, whom they may name, and how far and how many are looked up.
PARTIES = ("requester", "performer", "payor", "practitioner", "organization")
PARTY = re.compile(r"(Organization|Practitioner|PractitionerRole)/[A-Za-z0-9\-.]{1,64}")
DEEPEST, MOST_PARTIES = 2, 8


class Asked(NamedTuple):
    """The question of a body with the record it is about."""

    question: Question
    keys: Mapping[str, KeyRead]


class Desk(NamedTuple):
    """What reading needs: the service's templates, the way to FHIR servers, the day, and the most resources."""

    service: Service
    readers: Readers
    day: date
    most: int

    @property
    def templates(self) -> Mapping[str, str]:
        """The queries that a signed order asks."""
        entry = next(entry for entry in self.service.entries if entry.hook == HOOK)
        return self.service.templates(entry.id, HOOK)

    def needed(self) -> frozenset[str]:
        """The keys without which there is no packet."""
        entry = next(entry for entry in self.service.entries if entry.hook == HOOK)
        return self.service.needed(entry.id, HOOK)


def asked(desk: Desk, body: RecordBody, issuer: str, order: Order | None = None) -> Asked:
    """Question and record of a body; `order` is the one that is meant where the body has none.

    Raises OrderMissing, SeveralOrders, NeededDataMissing, NotUnderstood, TooMany or MalformedRequest.
    """
    given = body.order if body.order is not None else order
    if body.fhir_server is not None:
        return _pulled(desk, body, given, issuer)
    return _posted(desk, body, given)


def _posted(desk: Desk, body: RecordBody, given: Order | str | None) -> Asked:
    whole = page("record", body.record)
    read = joined("record", [whole], False, NO_NEXT if whole.next_url else "")
    if not read.entries:
        raise NotUnderstood(f"The record cannot be used: {read.problem or 'it is empty'}.", expression="record")
    if len(read.entries) > desk.most:
        raise TooMany(f"The record holds more than {desk.most} resources (setting SPINE_CDS_MAX_RESOURCES).")
    order = given if isinstance(given, Mapping) else _found(read.entries, given)
    patient = body.patient_id.removeprefix("Patient/") or _patient(read.entries, order)
    return Asked(_question(desk, patient, order, body, alongside(read.entries)), _by_key(read, desk.templates))


def _found(entries: Sequence[Entry], name: str | None) -> Order:
    """The order of the record that is named, else its only draft."""
    if name is not None:
        order = Index(entries, "").find(name, {})
        if order is None:
            raise OrderMissing("The record does not hold the order that is named.", expression="order")
        return order
    drafts = [
        entry.resource
        for entry in entries
        if entry.resource.get("resourceType") in ORDERS and entry.resource.get("status") in ("draft", "proposed")
    ]
    if len(drafts) > 1:
        raise SeveralOrders(f"The record holds {len(drafts)} draft orders: name one as `order`.", expression="order")
    if not drafts:
        raise OrderMissing(NO_ORDER, expression="order")
    return drafts[0]


def _patient(entries: Sequence[Entry], order: Order) -> str:
    """The record's only patient, or of several the order's."""
    ids = {str(entry.resource.get("id")) for entry in entries if entry.resource.get("resourceType") == "Patient"}
    if not ids:
        raise NeededDataMissing(NO_PATIENT, expression="record")
    if len(ids) == 1:
        return ids.pop()
    subject = _subject(order)
    if subject not in ids:
        raise NotUnderstood(f"The record holds {len(ids)} patients: name one as patientId.", expression="patientId")
    return subject


def _subject(order: Order) -> str:
    """The patient's id as an order's subject spells it, '' where it does not."""
    subject = order.get("subject")
    reference = subject.get("reference") if isinstance(subject, Mapping) else None
    return reference.split("/_history/")[0].rpartition("Patient/")[2] if isinstance(reference, str) else ""


def _by_key(read: KeyRead, templates: Mapping[str, str]) -> dict[str, KeyRead]:
    """What was posted, under the keys it would come in; what is said of the whole holds for each."""
    groups: dict[str, list[Entry]] = {key: [] for key in templates}
    for entry in read.entries:
        key = KEY_OF_TYPE.get(str(entry.resource.get("resourceType")), "")
        if key in groups:
            groups[key].append(entry)
    state = State.PARTIAL if read.state is State.FAILED else read.state
    return {key: KeyRead(key, state, tuple(entries), read.problem) for key, entries in groups.items()}


def _pulled(desk: Desk, body: RecordBody, given: Order | str | None, issuer: str) -> Asked:
    if given is None:
        raise OrderMissing(NO_ORDER, expression="order")
    bound = (body.fhir_authorization.patient or "") if body.fhir_authorization else ""
    named = body.patient_id or (_subject(given) if isinstance(given, Mapping) else "") or bound
    patient = named.removeprefix("Patient/")
    if not patient:
        raise MalformedRequest("Say as patientId whose record is to be read.", expression="patientId")
    call = _call(body, patient, given)
    fetch, why_not = desk.readers.reader(call, patient, issuer)
    order = given if isinstance(given, Mapping) else _fetched(fetch, given, why_not)
    values = tokens(HOOK, call.context, desk.day, body.fhir_server or "")
    keys = gather(None, desk.templates, values, fetch, unfetchable=why_not)
    check_needed(desk.needed(), keys)
    return Asked(_question(desk, patient, order, body, alongside(_parties(fetch, order, keys))), keys)


def _parties(fetch: Fetch | None, order: Order, keys: Mapping[str, KeyRead]) -> list[Entry]:
    """Who asks and who pays, by the references of order and coverages, then whom these name; a few reads at most.

    No query of an order brings them. What cannot be read is missing from a request, and is said there.
    """
    coverages = keys.get("coverages")
    holders = [order, *(entry.resource for entry in (coverages.entries if coverages else ()))]
    found: list[Entry] = []
    seen: set[str] = set()
    for _ in range(DEEPEST):
        names = [name for name in dict.fromkeys(_named(holders)) if name not in seen][:MOST_PARTIES]
        if fetch is None or not names:
            break
        seen.update(names)
        reads = fetch.all({name: Wanted(name) for name in names})
        new = [entry for name in names for entry in reads[name].entries]
        found += new
        holders = [entry.resource for entry in new]
    return found


def _named(holders: Iterable[Order]) -> Iterator[str]:
    """Relative references to people and clinics, of the elements that say who is who."""
    for holder in holders:
        for element in PARTIES:
            value = holder.get(element)
            for item in value if isinstance(value, list) else [value]:
                name = item.get("reference") if isinstance(item, Mapping) else None
                if isinstance(name, str) and PARTY.fullmatch(name):
                    yield name


def _call(body: RecordBody, patient: str, given: Order | str) -> CdsRequest:
    """The hook call that this amounts to, for the readers and the templates."""
    drafts = [{"resource": given}] if isinstance(given, Mapping) else []
    context = {"patientId": patient, "userId": body.user, "draftOrders": {"resourceType": "Bundle", "entry": drafts}}
    call = {"hook": HOOK, "hookInstance": str(uuid4()), "context": context, "fhirServer": body.fhir_server}
    return CdsRequest.model_validate(call | {"fhirAuthorization": body.fhir_authorization})


def _fetched(fetch: Fetch | None, name: str, why_not: str) -> Order:
    read = fetch.all({"order": Wanted(name)})["order"] if fetch else KeyRead("order", State.ABSENT, problem=why_not)
    found = [entry.resource for entry in read.entries if entry.resource.get("resourceType") in ORDERS]
    if len(found) != 1:
        raise NeededDataMissing(
            f"The order could not be read ({read.problem or 'it is not there'}).", expression="order"
        )
    return found[0]


def _question(desk: Desk, patient: str, order: Order, body: RecordBody, beside: tuple[Order, ...]) -> Question:
    return Question(HOOK, patient, desk.day, (order,), body.policy, beside=beside)
