"""F1 to F4, D6 and D8 at the wire: what the request's authorization allows, and where its token never turns up."""

from __future__ import annotations

import gc
import gzip
import logging
import time
import traceback
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import g
from flask.testing import FlaskClient

from service.api.app import create_app
from service.caller import Caller
from service.fhir.prefetch import Wanted
from service.fhir.readers import Readers
from service.hooks import request as requests_in
from service.settings import Settings
from tests.contract.ehr import Ehr, Reply, serving
from tests.contract.fake import TEMPLATES, FakeService, bundle, patient_view
from tests.contract.refusals import assert_refused
from tests.support.accounts import account_file

VIEW = "/cds-services/spine-patient-view"
CANARY = "canary-9d02c4"
AUTHORIZATION = {
    "access_token": CANARY,
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "patient/*.rs",
    "subject": "spine-cds",
    "patient": "p1",
}


@pytest.fixture
def ehr() -> Iterator[Ehr]:
    with serving() as running:
        running.bearer = CANARY
        running.replies = {
            "/fhir/Patient/p1": Reply({"resourceType": "Patient", "id": "p1"}),
            "/fhir/Condition?patient=p1": Reply(bundle({"resourceType": "Condition", "id": "c1"})),
            "/fhir/MedicationStatement?patient=p1": Reply(bundle()),
        }
        yield running


def asking(ehr: Ehr, prefetch: Any = ..., **authorization: Any) -> dict[str, Any]:
    fields = {name: value for name, value in (AUTHORIZATION | authorization).items() if value is not ...}
    return patient_view(prefetch=prefetch, fhirServer=ehr.base, fhirAuthorization=fields)


def states(service: FakeService) -> dict[str, str]:
    return {key: str(read.state) for key, read in service.keys.items()}


def test_F1_the_authorization_is_used_as_sent(client: FlaskClient, service: FakeService, ehr: Ehr) -> None:
    assert client.post(VIEW, json=asking(ehr)).status_code == 200
    assert set(states(service).values()) == {"complete"}
    assert {headers["authorization"] for _, headers in ehr.asked} == {f"Bearer {CANARY}"}


def test_D8_the_published_template_is_what_is_asked(client: FlaskClient, ehr: Ehr) -> None:
    client.post(VIEW, json=asking(ehr))
    published = {"/fhir/" + template.replace("{{context.patientId}}", "p1") for template in TEMPLATES.values()}
    assert set(ehr.paths()) == published


def test_F1_an_authorization_without_a_server_is_400(client: FlaskClient) -> None:
    issue = assert_refused(
        client.post(VIEW, json=patient_view(fhirAuthorization=AUTHORIZATION)), 400, "malformed-request"
    )
    assert "fhirServer" in issue["details"]["text"]


@pytest.mark.parametrize("field", ["token_type", "expires_in", "scope", "subject", "patient"])
@pytest.mark.parametrize("value", [..., None])
def test_F1_what_is_missing_beside_the_token_costs_nothing(
    client: FlaskClient, service: FakeService, ehr: Ehr, field: str, value: Any
) -> None:
    assert client.post(VIEW, json=asking(ehr, **{field: value})).status_code == 200
    assert set(states(service).values()) == {"complete"}


@pytest.mark.parametrize(
    ("field", "value"),
    [("token_type", 5), ("expires_in", "soon"), ("expires_in", []), ("scope", ["patient/*.rs"]), ("patient", {})],
)
def test_F1_a_field_of_another_type_is_400_and_named(client: FlaskClient, ehr: Ehr, field: str, value: Any) -> None:
    issue = assert_refused(client.post(VIEW, json=asking(ehr, **{field: value})), 400, "malformed-request")
    assert issue["expression"] == [f"fhirAuthorization.{field}"]
    assert ehr.asked == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"expires_in": 0}, "has expired"),
        ({"expires_in": -60}, "has expired"),
        ({"token_type": "MAC"}, "not of type Bearer"),
        ({"patient": "p2"}, "for another patient"),
        ({"patient": "Patient/p2"}, "for another patient"),
        ({"scope": "patient/Observation.rs"}, "do not cover it: read Patient"),
        ({"scope": "openid launch"}, "do not cover it: search Condition"),
    ],
)
def test_F1_F2_a_token_that_cannot_help_is_not_tried(
    client: FlaskClient, ehr: Ehr, changes: dict[str, Any], words: str
) -> None:
    issue = assert_refused(client.post(VIEW, json=asking(ehr, **changes)), 412, "needed-data-missing")
    assert words in issue["details"]["text"]
    assert ehr.asked == []


@pytest.mark.parametrize("changes", [{"expires_in": 1}, {"token_type": "bearer"}, {"patient": "Patient/p1"}])
def test_F1_a_token_that_can_help_is_tried(client: FlaskClient, ehr: Ehr, changes: dict[str, Any]) -> None:
    assert client.post(VIEW, json=asking(ehr, **changes)).status_code == 200


def test_F1_user_scopes_hold_for_whichever_patient(client: FlaskClient, ehr: Ehr) -> None:
    assert client.post(VIEW, json=asking(ehr, patient="p2", scope="user/*.read")).status_code == 200


@pytest.mark.parametrize(
    ("scope", "medications", "asked"),
    [
        ("patient/Patient.read patient/Condition.read", "absent", False),
        ("patient/Patient.r patient/Condition.s patient/MedicationStatement.r", "absent", False),
        ("patient/Patient.r patient/Condition.s patient/MedicationStatement.s?status=active", "partial", True),
        ("patient/Patient.r patient/Condition.s patient/MedicationStatement.s", "complete", True),
        ("patient/*.read", "complete", True),
        ("", "complete", True),
        ("the.hospital.calls.it.so", "complete", True),
    ],
)
def test_F2_scopes_of_both_versions_decide_query_by_query(
    client: FlaskClient, service: FakeService, ehr: Ehr, scope: str, medications: str, asked: bool
) -> None:
    assert client.post(VIEW, json=asking(ehr, scope=scope)).status_code == 200
    assert states(service) == {"patient": "complete", "conditions": "complete", "medicationStatements": medications}
    assert ("/fhir/MedicationStatement?patient=p1" in ehr.paths()) is asked
    assert ("scopes cover only a part" in service.keys["medicationStatements"].problem) is (medications == "partial")


def test_F2_what_was_sent_needs_no_scope(client: FlaskClient, ehr: Ehr) -> None:
    sent = patient_view()["prefetch"]
    assert client.post(VIEW, json=asking(ehr, sent, scope="openid", expires_in=0)).status_code == 200
    assert ehr.asked == []


def test_D6_pages_of_what_was_sent_are_read_with_the_token(client: FlaskClient, service: FakeService, ehr: Ehr) -> None:
    sent = patient_view()["prefetch"] | {
        "conditions": bundle(
            {"resourceType": "Condition", "id": "c0"},
            link=[{"relation": "next", "url": f"{ehr.base}/Condition?patient=p1"}],
        )
    }
    client.post(VIEW, json=asking(ehr, sent))
    read = service.keys["conditions"]
    assert (read.state, [entry.resource["id"] for entry in read.entries]) == ("complete", ["c0", "c1"])


def test_D6_pages_without_access_are_said_to_be_missing(client: FlaskClient, service: FakeService) -> None:
    sent = patient_view()["prefetch"]
    sent["conditions"]["link"] = [{"relation": "next", "url": "https://ehr.example/fhir?page=2"}]
    client.post(VIEW, json=patient_view(prefetch=sent))
    assert service.keys["conditions"].state == "partial"


def test_F4_an_answer_packed_with_gzip_is_read(client: FlaskClient, service: FakeService, ehr: Ehr) -> None:
    packed = gzip.compress(b'{"resourceType": "Patient", "id": "p1"}')
    ehr.replies["/fhir/Patient/p1"] = Reply(packed, headers={"Content-Encoding": "gzip"})
    assert client.post(VIEW, json=asking(ehr)).status_code == 200
    assert ehr.asked[0][1]["accept-encoding"] == "gzip"


def test_F4_a_small_answer_that_unpacks_into_a_large_one_is_refused(service: FakeService, ehr: Ehr) -> None:
    bomb = gzip.compress(b'{"resourceType": "Patient", "id": "' + b"p" * 50_000_000 + b'"}')
    assert len(bomb) < 60_000
    ehr.replies["/fhir/Patient/p1"] = Reply(bomb, headers={"Content-Encoding": "gzip"})
    client = create_app(Settings(max_body_bytes=60_000), service).test_client()
    issue = assert_refused(client.post(VIEW, json=asking(ehr)), 412, "needed-data-missing")
    assert "more than the size limit" in issue["details"]["text"]


def test_F4_all_pages_of_a_key_share_the_size_limit(service: FakeService, ehr: Ehr) -> None:
    text = "x" * 20_000
    for number in range(5):
        page = bundle({"resourceType": "Condition", "id": f"c{number}", "note": [{"text": text}]})
        page["link"] = [{"relation": "next", "url": f"{ehr.base}?p={number + 1}"}]
        ehr.replies[f"/fhir?p={number}" if number else "/fhir/Condition?patient=p1"] = Reply(page)
    client = create_app(Settings(max_body_bytes=50_000), service).test_client()
    client.post(VIEW, json=asking(ehr))
    read = service.keys["conditions"]
    assert (read.state, len(read.entries)) == ("partial", 2)
    assert "size limit" in read.problem


@pytest.mark.parametrize(("pages", "resources", "read"), [(3, 100, 3), (10, 2, 2), (10, 100, 5)])
def test_F4_pages_and_resources_have_limits_that_are_said(
    service: FakeService, ehr: Ehr, pages: int, resources: int, read: int
) -> None:
    for number in range(5):
        page = bundle({"resourceType": "Condition", "id": f"c{number}"})
        if number < 4:
            page["link"] = [{"relation": "next", "url": f"{ehr.base}?p={number + 1}"}]
        ehr.replies[f"/fhir?p={number}" if number else "/fhir/Condition?patient=p1"] = Reply(page)
    client = create_app(Settings(fetch_pages=pages, fetch_resources=resources), service).test_client()
    client.post(VIEW, json=asking(ehr))
    found = service.keys["conditions"]
    assert (len(found.entries), found.state) == (read, "complete" if read == 5 else "partial")
    assert ("setting SPINE_CDS_FETCH" in found.problem) is (read < 5)


FAILURES = {
    "401": Reply({"resourceType": "OperationOutcome"}, 401),
    "403": Reply({"resourceType": "OperationOutcome"}, 403),
    "500 that repeats the token": Reply(CANARY.encode(), 500),
    "not JSON, repeats the token": Reply(CANARY.encode()),
    "HTML that repeats the token": Reply(CANARY.encode(), headers={"Content-Type": "text/html"}),
    "an outcome that repeats the token": Reply(
        {"resourceType": "OperationOutcome", "issue": [{"diagnostics": CANARY}]}
    ),
    "broken off": Reply(b"{}", headers={"X-Length": "10"}),
    "hung up": Reply(gone=True),
    "redirect with the token": Reply(status=302, headers={"Location": f"http://127.0.0.1:1/?t={CANARY}"}),
    "a content type with the token": Reply(b"{}", headers={"Content-Type": CANARY}),
    "a packing that is none": Reply(b"{}", headers={"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize("reply", FAILURES.values(), ids=FAILURES.keys())
def test_F3_no_failure_shows_the_token(
    client: FlaskClient,
    ehr: Ehr,
    reply: Reply,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    ehr.replies["/fhir/Patient/p1"] = reply
    response = client.post(VIEW, json=asking(ehr))
    assert_refused(response, 412, "needed-data-missing")
    written = capfd.readouterr()
    seen = response.text + str(response.headers) + caplog.text + written.out + written.err
    assert CANARY not in seen


def test_F3_no_exception_shows_the_token(ehr: Ehr) -> None:
    asked = requests_in.read(asking(ehr))
    reader, _ = Readers(Settings()).reader(asked, "p1")
    assert reader
    assert CANARY not in f"{asked!r} {reader!r} {reader._exchange!r} {reader._exchange.credential!r}"
    with pytest.raises(ValueError, match="unforeseen") as caught:
        raise ValueError("unforeseen", asked, reader._exchange)
    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_F3_a_token_that_cannot_be_sent_is_not_repeated(client: FlaskClient, ehr: Ehr) -> None:
    response = client.post(VIEW, json=asking(ehr, access_token=f"{CANARY} \r\nX: y"))
    assert_refused(response, 400, "malformed-request")
    assert CANARY not in response.text


def test_F3_nothing_keeps_the_reader_and_its_token_after_the_answer(ehr: Ehr) -> None:
    readers = Readers(Settings())
    reader, _ = readers.reader(requests_in.read(asking(ehr)), "p1")
    assert reader
    reader.all({"patient": Wanted("Patient/p1")})
    kept = weakref.ref(reader)
    del reader
    for _ in range(200):  # the thread that read lets go a moment after its answer is there
        gc.collect()
        if kept() is None:
            break
        time.sleep(0.005)
    assert kept() is None


@pytest.mark.parametrize(("issuer", "status"), [("https://a.example", 200), ("https://b.example", 412), ("", 412)])
def test_an_account_that_names_issuers_is_for_their_calls_only(
    service: FakeService, ehr: Ehr, tmp_path: Path, issuer: str, status: int
) -> None:
    ehr.replies["/token"] = Reply({"access_token": CANARY, "token_type": "bearer", "expires_in": 300})
    path = account_file(tmp_path, ehr.base, issuers=["https://a.example"])
    app = create_app(Settings(fhir_accounts=path), service)

    @app.before_request
    def known() -> None:
        g.caller = Caller(issuer)

    answer = app.test_client().post(VIEW, json=patient_view(prefetch=..., fhirServer=ehr.base))
    assert answer.status_code == status
    assert bool(ehr.posted) is (status == 200)
