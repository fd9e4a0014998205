"""The FHIR document of a packet: valid, traceable, unchanged, nobody else's, the same every time."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any
from xml.etree import ElementTree

import pytest
from fhir.resources.R4B.bundle import Bundle

from fhir_samples.samples import samples
from service.evaluate import Evaluator
from service.fhir.sent import Entry, KeyRead, State
from service.prior_auth.document import NOWHERE, document
from service.prior_auth.narrative import XHTML
from tests.support.packets import DOCUMENTED, HOOK, WHEN, made, order, packet_of, sample
from tests.support.records import PATIENT

TITLES = [
    "Order",
    "Diagnosis",
    "Symptoms and function",
    "Imaging",
    "Prior treatment",
    "Prior procedures and response",
    "Safety review",
    "Plan",
    "Checklist",
    "Not found in the record",
]
# Orders that every content of this service has criteria for.
SIGNED = [one.name for one in samples() if HOOK in one.hooks and "epidural" in str(one.orders)]
OWN = ("Composition", "Device", "Provenance")


def resources(bundle: Mapping[str, Any]) -> dict[str, Any]:
    return {entry["fullUrl"]: entry["resource"] for entry in bundle["entry"]}


def of(bundle: Mapping[str, Any], kind: str) -> list[Any]:
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind]


def complaints(bundle: Mapping[str, Any]) -> list[str]:
    """What is wrong with a document by R4 (bdl-7, bdl-9 to bdl-11, cmp-1, cmp-2), and what it cannot trace."""
    found = []
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    composition = bundle["entry"][0]["resource"]
    if bundle["type"] != "document" or composition["resourceType"] != "Composition":
        return ["no document with its Composition first"]
    if not (bundle["identifier"]["system"] and bundle["identifier"]["value"] and bundle["timestamp"]):
        found.append("identifier or timestamp is missing")
    if len(urls) != len(set(urls)):
        found.append("a full URL is there twice")
    for section in composition["section"]:
        found += list(_untraced(section, set(urls)))
    named = re.findall(r'"reference": "([^"]+)"', json.dumps([composition, of(bundle, "Provenance")]))
    found += [f"{name} is not in the document" for name in named if name not in urls]
    return found


def _untraced(section: Mapping[str, Any], urls: set[str]) -> Iterator[str]:
    root = ElementTree.fromstring(section["text"]["div"])
    lines = root.findall(f".//{{{XHTML}}}li")
    if bool(section.get("entry")) == bool(section.get("emptyReason")):
        yield f"{section['title']}: entries and why there are none, or neither"
    if bool(lines) != bool(section.get("entry")):
        yield f"{section['title']}: lines without entries or entries without lines"
    cited = set()
    for line in lines:
        links = [link.get("href") for link in line.findall(f"{{{XHTML}}}a")]
        if not links or not set(links) <= urls:
            yield f"{section['title']}: {''.join(line.itertext())} rests on {links}"
        cited.update(links)
    if {item["reference"] for item in section.get("entry", ())} != cited:
        yield f"{section['title']}: entries are not what the lines cite"


@pytest.mark.parametrize("name", SIGNED)
def test_a_signed_sample_gives_a_valid_document(evaluator: Evaluator, name: str) -> None:
    packet = packet_of(evaluator, name)
    bundle = document(packet, WHEN)
    assert complaints(bundle) == []
    Bundle.model_validate(json.loads(json.dumps(bundle)))
    assert [section["title"] for section in of(bundle, "Composition")[0]["section"]] == TITLES


@pytest.mark.parametrize(
    ("what", "spoil"),
    [
        ("first", lambda b: b["entry"].insert(0, b["entry"].pop())),
        ("twice", lambda b: b["entry"].append(b["entry"][-1])),
        ("timestamp", lambda b: b.update(timestamp="")),
        ("not in the document", lambda b: b["entry"].pop()),
        ("rests on", lambda b: b["entry"][0]["resource"]["section"][0]["text"].update(
            div=f'<div xmlns="{XHTML}"><ul><li>It is said.</li></ul></div>')),
        ("entries are not", lambda b: b["entry"][0]["resource"]["section"][0]["entry"].pop()),
        ("neither", lambda b: b["entry"][0]["resource"]["section"][0].pop("entry")),
    ],
)  # fmt: skip
def test_the_checker_notices(evaluator: Evaluator, what: str, spoil: Any) -> None:
    bundle = copy.deepcopy(document(packet_of(evaluator, "s10"), WHEN))
    spoil(bundle)
    assert any(what in complaint for complaint in complaints(bundle))


def test_resources_are_the_ones_received_byte_for_byte(evaluator: Evaluator) -> None:
    entries = sample("s10").known(HOOK)
    # An element nobody knows, one of a wrong type, and one beyond R4 stay as they came.
    score = next(e for e in entries if e.resource.get("id") == "s10-observation-2")
    odd = {**score.resource, "madeUp": {"a": [1, None]}, "issued": 7, "valueQuantity": {"value": "7,0"}}
    entries[entries.index(score)] = Entry(odd, score.full_url)
    before = json.dumps([entry.resource for entry in entries])
    bundle = document(packet_of(evaluator, "s10", entries), WHEN)
    received = {f"{e.resource['resourceType']}/{e.resource['id']}": e.resource for e in entries}
    taken = [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] not in OWN]
    for resource in taken:
        name = f"{resource['resourceType']}/{resource['id']}"
        assert resource == received.get(name, sample("s10").orders[0])
    assert odd in taken
    assert json.dumps([entry.resource for entry in entries]) == before


def test_only_what_the_packet_rests_on_is_in_it(evaluator: Evaluator) -> None:
    entries = sample("s10").known(HOOK)
    subject = {"reference": "Patient/s10"}
    entries.append(Entry({"resourceType": "Condition", "id": "private", "code": {"text": "Gout"}, "subject": subject}))
    bundle = document(packet_of(evaluator, "s10", entries), WHEN)
    assert "private" not in json.dumps(bundle)
    cited = {item["what"]["reference"] for item in of(bundle, "Provenance")[0]["entity"]}
    own = {entry["fullUrl"] for entry in bundle["entry"] if entry["resource"]["resourceType"] in OWN}
    assert cited == set(resources(bundle)) - own
    lines = {item["reference"] for part in of(bundle, "Composition")[0]["section"] for item in part.get("entry", ())}
    patient = of(bundle, "Composition")[0]["subject"]["reference"]
    assert cited - lines <= {patient}, "nothing but the patient is there without a line that needs it"


def test_nothing_of_another_patient_gets_in(evaluator: Evaluator) -> None:
    stranger = {
        "resourceType": "Observation",
        "id": "strangers-score",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "72514-3"}]},
        "valueQuantity": {"value": 9},
        "effectiveDateTime": "2026-11-20",
        "subject": {"reference": "Patient/stranger"},
    }
    bundle = document(made(evaluator, beside=[Entry(stranger)]), WHEN)
    assert "stranger" not in json.dumps(bundle)
    lines = of(bundle, "Composition")[0]["section"][-1]["text"]["div"]
    assert "Belonging to another patient, not used: 1" in lines


def test_the_drug_that_a_prescription_refers_to_comes_along(evaluator: Evaluator) -> None:
    drug = {"resourceType": "Medication", "id": "med1", "code": {"text": "Gabapentin 300 mg"}}
    prescribed = {
        "resourceType": "MedicationRequest",
        "id": "rx1",
        "status": "active",
        "intent": "order",
        "authoredOn": "2026-10-10",
        "medicationReference": {"reference": "Medication/med1"},
        "subject": {"reference": f"Patient/{PATIENT}"},
    }
    bundle = document(made(evaluator, beside=[Entry(drug), Entry(prescribed)]), WHEN)
    assert drug in of(bundle, "Medication")


def test_the_same_input_and_day_give_the_same_bytes(evaluator: Evaluator) -> None:
    entries = sample("s08").known(HOOK)
    first, second = (
        json.dumps(document(packet_of(evaluator, "s08", known), WHEN)) for known in (entries, entries[::-1])
    )
    assert first == second


def test_another_moment_or_record_is_another_document(evaluator: Evaluator) -> None:
    packet = packet_of(evaluator, "s10")
    fewer = [entry for entry in sample("s10").known(HOOK) if entry.resource["resourceType"] != "Coverage"]
    names = {
        document(packet, WHEN)["identifier"]["value"],
        document(packet, WHEN + timedelta(days=1))["identifier"]["value"],
        document(packet_of(evaluator, "s10", fewer), WHEN)["identifier"]["value"],
    }
    assert len(names) == 3


def test_who_when_and_what_are_told_and_no_person(evaluator: Evaluator) -> None:
    packet = packet_of(evaluator, "s10")
    bundle = document(packet, datetime(2026, 11, 22, 7, 30, tzinfo=timezone(timedelta(hours=-5))))
    (provenance,), (device,), (composition,) = (of(bundle, kind) for kind in ("Provenance", "Device", "Composition"))
    assert provenance["recorded"] == composition["date"] == bundle["timestamp"] == "2026-11-22T07:30:00-05:00"
    assert device["version"] == [{"value": packet.content_version}]
    agents = [provenance["agent"][0]["who"], composition["author"][0]]
    assert all(resources(bundle)[agent["reference"]] is device for agent in agents)
    assert composition["status"] == "preliminary"
    assert "attester" not in composition


def test_a_moment_without_a_zone_is_refused(evaluator: Evaluator) -> None:
    with pytest.raises(ValueError, match="zone"):
        document(packet_of(evaluator, "s10"), WHEN.replace(tzinfo=None))


HOSTILE = "</li></ul><script>alert(1)</script>&nbsp;\"'\x00\x0b￾"


def test_words_of_a_record_stay_words(evaluator: Evaluator) -> None:
    coverage = {
        "resourceType": "Coverage",
        "id": "c1",
        "status": "active",
        "payor": [{"display": HOSTILE}],
        "beneficiary": {"reference": f"Patient/{PATIENT}"},
    }
    hostile = order(
        note=[{"text": HOSTILE}], requester={"display": HOSTILE}, bodySite=[{"text": f"left lumbar {HOSTILE}"}]
    )
    bundle = document(made(evaluator, DOCUMENTED[:-1], orders=[hostile], beside=[Entry(coverage)]), WHEN)
    assert complaints(bundle) == []
    divs = [part["text"]["div"] for part in of(bundle, "Composition")[0]["section"]]
    assert not any("<script" in div or "\x00" in div for div in divs)
    assert sum("&lt;script&gt;" in div for div in divs) >= 2
    assert hostile in of(bundle, "ServiceRequest"), "the resource itself is as it came"


URN = "urn:uuid:7f5b1b1e-0000-4000-8000-000000000001"
URLS = [
    pytest.param("https://ehr.example/fhir/Patient/p1", "https://ehr.example/fhir/Patient/p1", id="of a server"),
    pytest.param(URN, URN, id="urn"),
    pytest.param("", f"{NOWHERE}/Patient/p1", id="none"),
    pytest.param("Patient/p1", f"{NOWHERE}/Patient/p1", id="relative"),
    pytest.param("https://ehr.example/fhir/Patient/p1/_history/2", f"{NOWHERE}/Patient/p1", id="of a version"),
]


@pytest.mark.parametrize(("came", "goes"), URLS)
def test_full_urls_are_kept_where_they_are_good(evaluator: Evaluator, came: str, goes: str) -> None:
    packet = made(evaluator, [], orders=[order()], known=_patient(came))
    (url,) = [e["fullUrl"] for e in document(packet, WHEN)["entry"] if e["resource"]["resourceType"] == "Patient"]
    assert url == goes


def test_what_came_without_an_address_gets_that_of_its_neighbours(evaluator: Evaluator) -> None:
    packet = made(evaluator, DOCUMENTED[:-1], orders=[order()])
    urls = [e["fullUrl"] for e in document(packet, WHEN)["entry"] if e["resource"]["resourceType"] not in OWN]
    assert urls
    assert all(url.startswith("https://ehr.example.org/fhir/") for url in urls)


def test_resources_without_id_are_told_apart(evaluator: Evaluator) -> None:
    bare = [Entry(_nameless(entry.resource)) for entry in sample("s10").known(HOOK)]
    bundle = document(packet_of(evaluator, "s10", bare), WHEN)
    assert complaints(bundle) == []
    assert len(of(bundle, "Procedure")) >= 7


def _patient(url: str) -> dict[str, Any]:
    raw = {"resourceType": "Patient", "id": PATIENT, "gender": "female", "birthDate": "1970-01-01"}
    return {"patient": KeyRead("patient", State.COMPLETE, (Entry(raw, url),))}


def _nameless(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The resource without its id where it is a Procedure."""
    return {name: value for name, value in raw.items() if name != "id" or raw["resourceType"] != "Procedure"}
