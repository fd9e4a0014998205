"""`$questionnaire-package` from the body to its answer: the orders that were sent are judged by the record beside them.

The guide leaves it to the server where it knows the record from; here it comes along, as resources under `referenced`
(a name of release 2.0.1) or as Bundles under `record`. Without it the drafts are as empty as what is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from service.errors import OrderMissing, ProcedureNotCovered, TooMany
from service.evaluate import Evaluator
from service.fhir.bundles import page
from service.fhir.sent import Entry
from service.files import by_key
from service.prior_auth.exports.package import Publisher, package, read_request
from service.prior_auth.exports.wire import Raw, Resource, items, reference_of
from service.prior_auth.packet import Packet, assembled
from service.question import Question

HOOK = "order-sign"
MOST_ORDERS = 20
RECORD = ("referenced", "record")


def answered(evaluator: Evaluator, publisher: Publisher, sent: Any, when: datetime, most: int) -> Resource:
    """The Parameters of the operation; `most` resources are read. Raises ServiceError."""
    asked = read_request(sent)
    if len(asked.orders) > MOST_ORDERS:
        raise TooMany(f"More than {MOST_ORDERS} orders were sent; ask for them in parts.")
    record = [*_record(sent), *(Entry(coverage) for coverage in asked.coverages)]
    packets = [made for order in asked.orders if (made := _packet(evaluator, order, record, when, most))]
    return package(asked, packets, publisher, when)


def _packet(evaluator: Evaluator, order: Raw, record: Sequence[Entry], when: datetime, most: int) -> Packet | None:
    """The packet of one order, None where nothing here is asked about it."""
    patient = _patient(order, record)
    known = [entry for entry in record if entry.resource.get("resourceType") == "Patient"]
    # Who the order is for is all that is known of somebody whose record was not sent.
    entries = record if known else [*record, Entry({"resourceType": "Patient", "id": patient})]
    keys = by_key(entries, evaluator.content.templates(HOOK))
    try:
        return assembled(evaluator, Question(HOOK, patient, when.date(), (order,)), keys, most)
    except (OrderMissing, ProcedureNotCovered):
        return None


def _patient(order: Raw, record: Sequence[Entry]) -> str:
    ids = {str(e.resource.get("id")) for e in record if e.resource.get("resourceType") == "Patient"}
    subject = reference_of(order.get("subject")).split("/_history/")[0].rpartition("/")[2].removeprefix("urn:uuid:")
    return ids.pop() if len(ids) == 1 else subject


def _record(sent: Mapping[str, Any]) -> Iterator[Entry]:
    for parameter in items(sent.get("parameter")):
        if parameter.get("name") in RECORD:
            yield from page("record", parameter.get("resource")).read.entries
