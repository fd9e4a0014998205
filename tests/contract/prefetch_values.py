"""Everything that may stand under a prefetch key, with what is made of it: the rows behind PREFETCH.md.

The request is the order of sample s01: its `medicationStatements` hold one statement of a blood thinner. Each row puts
something else under one key. `found` says whether the blood thinner is still seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

NOTHING = "nothing"
CARD = "could-not-check card"
REMARK = "a remark in the extension"
REFUSED = "412"

Json = Any
ERROR = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
NEXT = [{"relation": "next", "url": "https://ehr.example.org/fhir?page=2"}]
OBSERVATION = {"resourceType": "Observation", "id": "odd", "status": "final", "code": {"text": "weight"}}
ORGANIZATION = {"resourceType": "Organization", "id": "g1", "name": "Clinic"}
ABSENT: Json = ...  # leaves the key out


def remark(code: str) -> Json:
    """An OperationOutcome that only warns."""
    return {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": code}]}


def bundle(*resources: Json, **more: Json) -> Json:
    """A searchset of these resources."""
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": one} for one in resources]} | more


def parts(*entries: Json, kind: str = "batch-response") -> Json:
    """A Bundle of these entries."""
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def with_drug_contained(statement: Json) -> Json:
    """The same statement with its drug as a contained Medication."""
    changed = {name: value for name, value in statement.items() if name != "medicationCodeableConcept"}
    drug = {"resourceType": "Medication", "id": "d", "code": statement["medicationCodeableConcept"]}
    return changed | {"contained": [drug], "medicationReference": {"reference": "#d"}}


def of_another(statement: Json) -> Json:
    """The same statement about somebody else."""
    return statement | {"id": "m9", "subject": {"reference": "Patient/somebody-else"}}


class Row(NamedTuple):
    """One row: the checklist's point, what stands there (made from the key's own resource), state and what is seen."""

    point: str
    what: str
    value: Callable[[Json], Json]
    state: str
    seen: str
    found: bool
    key: str = "medicationStatements"


def row(point: str, what: str, value: Json, state: str, seen: str, found: bool = False) -> Row:
    """A row about the medication statements; `value` is a function of the statement, or stands as it is."""
    return Row(point, what, value if callable(value) else lambda _: value, state, seen, found)


def needed(point: str, what: str, key: str, value: Json, state: str, seen: str) -> Row:
    """A row about a key without which there is no answer."""
    made: Callable[[Json], Json] = value if callable(value) else lambda _: value
    return Row(point, what, made, state, seen, seen != REFUSED, key)


ROWS: Sequence[Row] = (
    row("D2", "the key is left out", ABSENT, "absent", CARD),
    row("D4", "null", None, "complete", NOTHING),
    row("D4", "a searchset with an empty list of entries", bundle(), "complete", NOTHING),
    row("D4", "a searchset without entries", {"resourceType": "Bundle", "type": "searchset"}, "complete", NOTHING),
    row("D4", "a searchset without entries that counts none", bundle(total=0), "complete", NOTHING),
    row("D7", "a searchset with the statement", lambda one: bundle(one, total=1), "complete", NOTHING, True),
    row("D7", "the statement alone", lambda one: one, "complete", NOTHING, True),
    row("D7", "a list of resources", lambda one: [one], "complete", NOTHING, True),
    row("D7", "a list with something that is no resource", lambda one: [one, 7], "partial", CARD, True),
    row("D7", "an empty list", [], "failed", CARD),
    *(
        row("D7", f"a Bundle of type {kind}", lambda one, kind=kind: bundle(one, type=kind), "complete", NOTHING, True)
        for kind in ("collection", "document", "history", "transaction", "no-such-type")
    ),
    row("D7", "a Bundle without a type", lambda one: parts({"resource": one}, kind=""), "complete", NOTHING, True),
    row("D7", "a Bundle in a Bundle", lambda one: bundle(bundle(one)), "complete", NOTHING, True),
    row(
        "D7",
        "a Bundle in a Bundle with further pages",
        lambda one: bundle(bundle(one, link=NEXT)),
        "partial",
        CARD,
        True,
    ),
    row(
        "D7",
        "a batch's answer with a searchset",
        lambda one: parts({"resource": bundle(one), "response": {"status": "200 OK"}}),
        "complete",
        NOTHING,
        True,
    ),
    row(
        "D5",
        "a batch's answer of which one part failed",
        lambda one: parts({"resource": one, "response": {"status": "200"}}, {"response": {"status": "403"}}),
        "partial",
        CARD,
        True,
    ),
    row("D5", "a batch's answer that failed", parts({"response": {"status": "500"}}), "failed", CARD),
    row(
        "D5",
        "a transaction's answer whose outcome says that something is left out",
        lambda one: parts({"resource": one, "response": {"status": "200", "outcome": remark("incomplete")}}),
        "partial",
        CARD,
        True,
    ),
    row(
        "D7",
        "a history with a deletion",
        lambda one: parts({"resource": one}, {"request": {"method": "DELETE", "url": "x"}}, kind="history"),
        "complete",
        NOTHING,
        True,
    ),
    row("D5", "an OperationOutcome", ERROR, "failed", CARD),
    row("D5", "an OperationOutcome that only warns, instead of data", remark("informational"), "failed", CARD),
    row("D5", "an OperationOutcome as the only entry", bundle(ERROR), "failed", CARD),
    row("D5", "several OperationOutcomes as entries", bundle(ERROR, ERROR, remark("processing")), "failed", CARD),
    row("D5", "an OperationOutcome beside the statement", lambda one: bundle(one, ERROR), "partial", CARD, True),
    row(
        "D5",
        "a mere remark beside the statement",
        lambda one: bundle(one, remark("processing")),
        "complete",
        REMARK,
        True,
    ),
    row("D5", "a mere remark as the only entry", bundle(remark("not-found")), "complete", REMARK),
    row(
        "D5",
        "a remark that something was left out",
        lambda one: bundle(one, remark("suppressed")),
        "partial",
        CARD,
        True,
    ),
    row(
        "D6", "a page with a next one, and no way to read it", lambda one: bundle(one, link=NEXT), "partial", CARD, True
    ),
    row(
        "D6", "a next page that is nowhere", lambda one: bundle(one, link=[{"relation": "next"}]), "partial", CARD, True
    ),
    row("D6", "an empty page with a next one", bundle(link=NEXT), "partial", CARD),
    row("D6", "fewer entries than the total", lambda one: bundle(one, total=5), "partial", CARD, True),
    row("D6", "a total without entries", {"resourceType": "Bundle", "type": "searchset", "total": 3}, "partial", CARD),
    row(
        "D6",
        "an included resource does not make up the total",
        lambda one: (
            bundle(one, total=2)
            | {"entry": [{"resource": one}, {"resource": ORGANIZATION, "search": {"mode": "include"}}]}
        ),
        "partial",
        CARD,
        True,
    ),
    row(
        "D7",
        "the statement with an included resource",
        lambda one: (
            parts(
                {"resource": one, "search": {"mode": "match"}},
                {"resource": ORGANIZATION, "search": {"mode": "include"}},
                kind="searchset",
            )
            | {"total": 1}
        ),
        "complete",
        NOTHING,
        True,
    ),
    row("D7", "an entry without a resource", lambda one: parts({"resource": one}, {}), "partial", CARD, True),
    row("D7", "an entry with nothing but a fullUrl", parts({"fullUrl": "urn:uuid:1"}), "partial", CARD),
    row("D7", "an entry with nothing but a link", parts({"link": NEXT}), "partial", CARD),
    row("D7", "an entry that is null", parts(None), "partial", CARD),
    row("D7", "entries that are no list", {"resourceType": "Bundle", "entry": {"resource": {}}}, "failed", CARD),
    row(
        "D7",
        "a shortened resource",
        lambda one: bundle(one | {"meta": {"tag": [{"code": "SUBSETTED"}]}}),
        "partial",
        CARD,
        True,
    ),
    row("D7", "a contained drug", lambda one: bundle(with_drug_contained(one)), "complete", NOTHING, True),
    row("D7", "the statement twice", lambda one: bundle(one, one), "complete", NOTHING, True),
    row(
        "D7",
        "two different statements of one id",
        lambda one: bundle(one, one | {"status": "stopped"}),
        "complete",
        CARD,
        True,
    ),
    row("D7", "the order of the drug instead of its statement", lambda one: _as_order(one), "complete", NOTHING, True),
    row("D7", "other resources than asked for", bundle(OBSERVATION), "failed", CARD),
    row("D7", "other resources beside the statement", lambda one: bundle(one, OBSERVATION), "complete", REMARK, True),
    row("D7", "Parameters", {"resourceType": "Parameters", "parameter": []}, "failed", CARD),
    row("D7", "a Binary", {"resourceType": "Binary", "contentType": "text/plain", "data": "eA=="}, "failed", CARD),
    row("D7", "a resource type that nobody knows", {"resourceType": "Nonsense"}, "failed", CARD),
    row("D7", "a resourceType that is no text", {"resourceType": 7}, "failed", CARD),
    row("D7", "a text", "nothing known", "failed", CARD),
    row("D7", "an empty text", "", "failed", CARD),
    row("D7", "a number", 0, "failed", CARD),
    row("D7", "true", True, "failed", CARD),
    row("D7", "an empty object", {}, "failed", CARD),
    row("D7", "another patient's statement", lambda one: bundle(of_another(one)), "complete", CARD),
    row(
        "D7",
        "another patient's statement beside ours",
        lambda one: bundle(one, of_another(one)),
        "complete",
        CARD,
        True,
    ),
    needed("D3", "the key is left out", "conditions", ABSENT, "", REFUSED),
    needed("D5", "an OperationOutcome", "conditions", ERROR, "", REFUSED),
    needed("D7", "other resources than asked for", "conditions", bundle(OBSERVATION), "", REFUSED),
    needed("D7", "a number", "conditions", 7, "", REFUSED),
    needed(
        "D5", "an OperationOutcome beside conditions", "conditions", lambda one: bundle(one, ERROR), "partial", CARD
    ),
    needed("D6", "a page with a next one", "conditions", lambda one: bundle(one, link=NEXT), "partial", CARD),
    needed("D4", "null", "conditions", None, "complete", NOTHING),
    needed("D3", "the key is left out", "patient", ABSENT, "", REFUSED),
    needed("D4", "null", "patient", None, "", REFUSED),
    needed("D7", "a searchset with the patient", "patient", lambda one: bundle(one), "complete", NOTHING),
    needed("D7", "another resource", "patient", OBSERVATION, "", REFUSED),
    needed("D7", "another patient", "patient", lambda one: one | {"id": "somebody-else"}, "", REFUSED),
    needed(
        "D7", "the patient and another one", "patient", lambda one: bundle(one, one | {"id": "x"}), "complete", CARD
    ),
    needed("D7", "a Bundle without a patient", "patient", bundle(), "", REFUSED),
)


def _as_order(statement: Json) -> Json:
    order = {name: statement[name] for name in ("id", "status", "subject", "medicationCodeableConcept")}
    return bundle(order | {"resourceType": "MedicationRequest", "intent": "order"})
