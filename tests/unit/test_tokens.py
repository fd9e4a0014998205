"""Tokens of prefetch templates: what each stands for in one request, and when it stands for nothing."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.hooks.contexts import HOOKS
from service.hooks.paths import PathFault, Unanswerable, parsed
from service.hooks.tokens import Tokens, token_names, tokens

TODAY = date(2026, 11, 22)
SERVER = "https://ehr.example.org/fhir"
CONDITION = {"resourceType": "Condition", "id": "c1", "code": {"text": "pain"}}
ORDERS = {
    "resourceType": "Bundle",
    "entry": [
        {
            "fullUrl": "urn:uuid:1",
            "resource": {
                "resourceType": "ServiceRequest",
                "id": "s1",
                "requester": {"reference": "PractitionerRole/r1"},
                "reasonReference": [{"reference": "Condition/c1"}, {"reference": "urn:uuid:2"}],
                "performer": [
                    {"reference": "Practitioner/a,b"},
                    {"reference": f"{SERVER}/Practitioner/far/_history/2"},
                ],
                "supportingInfo": [
                    {"reference": "https://elsewhere.example.org/fhir/Practitioner/x"},
                    {"display": "d"},
                ],
            },
        },
        {
            "resource": {
                "resourceType": "MedicationRequest",
                "id": "m1",
                "contained": [
                    {
                        "resourceType": "Medication",
                        "id": "drug",
                        "code": {"text": "x"},
                        "manufacturer": {"reference": "#maker"},
                    },
                    {"resourceType": "Organization", "id": "maker", "name": "M"},
                ],
                "reportedSet": "a set, no choice of reported",
                "medicationReference": {"reference": "#drug"},
                "requester": {"reference": "PractitionerRole/r1"},
                "dispenseRequest": {"numberOfRepeatsAllowed": 2},
                "reportedBoolean": False,
            }
        },
        {"resource": CONDITION},
        {"fullUrl": "urn:uuid:2", "resource": {"resourceType": "Observation", "id": "o1"}},
    ],
}


def made(user: Any = "Practitioner/u1", **context: Any) -> Tokens:
    """Tokens of an order-sign request."""
    given = {"userId": user, "patientId": "p1", "draftOrders": ORDERS} | context
    return tokens("order-sign", given, TODAY, SERVER)


@pytest.mark.parametrize(
    ("user", "token", "value"),
    [
        ("Practitioner/u1", "userPractitionerId", "u1"),
        ("PractitionerRole/u1", "userPractitionerRoleId", "u1"),
        ("Patient/u1", "userPatientId", "u1"),
        ("RelatedPerson/u1", "userRelatedPersonId", "u1"),
    ],
)
def test_E2_user_tokens_stand_for_a_user_of_their_own_type(user: str, token: str, value: str) -> None:
    assert made(user).values(token) == (value,)
    assert made(user).values("context.userId") == (user,)


@pytest.mark.parametrize("user", ["Device/u1", "u1", "", "PractitionerRole/u1", "practitioner/u1"])
def test_E2_a_user_token_of_another_type_has_no_value_and_says_why(user: str) -> None:
    with pytest.raises(Unanswerable, match=r"its query needs a user who is a Practitioner$"):
        made(user).values("userPractitionerId")


@pytest.mark.parametrize("sent", ["p1", "Patient/p1", " p1 "])
def test_E1_the_patients_id_is_a_logical_id(sent: str) -> None:
    assert made(patientId=sent).values("context.patientId") == ("p1",)


@pytest.mark.parametrize("sent", ["e1", "Encounter/e1"])
def test_E1_the_encounters_id_is_a_logical_id(sent: str) -> None:
    assert made(encounterId=sent).values("context.encounterId") == ("e1",)


@pytest.mark.parametrize("sent", [None, "", "  ", []])
def test_E1_a_field_that_is_missing_or_empty_has_no_value(sent: Any) -> None:
    with pytest.raises(Unanswerable, match=r"lacks a value that its query needs \(context.encounterId\)"):
        made(encounterId=sent).values("context.encounterId")


def test_E1_fields_that_the_hook_does_not_know_have_no_value() -> None:
    with pytest.raises(Unanswerable):
        made(secret="x").values("context.secret")


@pytest.mark.parametrize(
    ("token", "day"),
    [
        ("today()", "2026-11-22"),
        ("today() - 90 days", "2026-08-24"),
        ("today()-1 day", "2026-11-21"),
        ("today() + 10 days", "2026-12-02"),
        ("today() - 0 days", "2026-11-22"),
    ],
)
def test_E5_days_are_reckoned_from_the_day_of_the_request(token: str, day: str) -> None:
    assert made().values(token) == (day,)


def test_E5_there_is_no_day_before_the_first() -> None:
    first = tokens("patient-view", {"userId": "Practitioner/u1", "patientId": "p1"}, date(1, 1, 2))
    assert first.values("today() - 1 days") == ("0001-01-01",)
    with pytest.raises(Unanswerable, match="no such day"):
        first.values("today() - 2 days")


@pytest.mark.parametrize(
    ("token", "found"),
    [
        pytest.param("context.draftOrders.entry.resource.id", ("s1", "m1", "c1", "o1"), id="through lists"),
        pytest.param("context.draftOrders.entry.resource.ofType(ServiceRequest).id", ("s1",), id="one type"),
        pytest.param(
            "context.draftOrders.entry.resource.requester.resolve().ofType(PractitionerRole).id",
            ("r1",),
            id="each once, though it did not come with the request",
        ),
        pytest.param(
            "context.draftOrders.entry.resource.reasonReference.resolve().id", ("c1", "o1"), id="by type and by fullUrl"
        ),
        pytest.param(
            "context.draftOrders.entry.resource.reasonReference.resolve().ofType(Condition).code.text",
            ("pain",),
            id="into what came with the request",
        ),
        pytest.param(
            "context.draftOrders.entry.resource.medication.resolve().code.text", ("x",), id="a choice, and contained"
        ),
        pytest.param(
            "context.draftOrders.entry.resource.contained.manufacturer.resolve().name",
            ("M",),
            id="between contained ones",
        ),
        pytest.param(
            "context.draftOrders.entry.resource.performer.resolve().id", ("a,b", "far"), id="below the same server"
        ),
        pytest.param(
            "context.draftOrders.entry.resource.ofType(MedicationRequest).dispenseRequest.numberOfRepeatsAllowed",
            ("2",),
            id="a number",
        ),
        pytest.param("context.draftOrders.entry.resource.reported", ("false",), id="a truth value"),
        pytest.param("context.encounterId|context.patientId|userPractitionerId", ("p1", "u1"), id="several paths"),
        pytest.param("context.patientId | context.patientId", ("p1",), id="the same path twice"),
    ],
)
def test_E4_E6_E7_paths_into_the_context(token: str, found: tuple[str, ...]) -> None:
    assert made().values(token) == found


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        pytest.param("context.draftOrders.entry.resource.bodySite.text", "lacks a value", id="nothing there"),
        pytest.param("context.draftOrders.entry.resource.ofType(Device).id", "lacks a value", id="no such type"),
        pytest.param("context.draftOrders.entry.resource.supportingInfo.resolve().id", "lacks a value", id="elsewhere"),
        pytest.param("context.patientId.resolve().id", "lacks a value", id="no reference"),
        pytest.param("context.draftOrders.entry.resource.requester", "not a simple one", id="an object"),
        pytest.param("context.draftOrders.entry.resource.requester.resolve()", "not a simple one", id="a resource"),
        pytest.param(
            "context.draftOrders.entry.resource.requester.resolve().specialty.text",
            "did not come with the request",
            id="inside what would have to be read",
        ),
    ],
)
def test_E6_without_a_value_there_is_no_query(token: str, reason: str) -> None:
    with pytest.raises(Unanswerable, match=reason):
        made().values(token)


def test_E8_paths_into_earlier_results() -> None:
    role = {"resourceType": "PractitionerRole", "id": "r1", "practitioner": {"reference": "Practitioner/d1"}}
    looking = Tokens({}, {}, TODAY, earlier={"roles": {"resourceType": "Bundle", "entry": [{"resource": role}]}})
    assert looking.values("%roles.entry.resource.practitioner.resolve().id") == ("d1",)
    with pytest.raises(Unanswerable):
        looking.values("%others.id")


def test_references_that_lead_to_each_other_do_not_multiply() -> None:
    members = [{"reference": f"List/{number}"} for number in range(30)]
    lists = [{"resourceType": "List", "id": str(number), "entry": members} for number in range(30)]
    orders = {"resourceType": "Bundle", "entry": [{"resource": one} for one in lists]}
    token = "context.draftOrders.entry.resource" + ".entry.resolve()" * 12 + ".id"
    assert len(made(draftOrders=orders).values(token)) == 30


NAMES = st.sampled_from(["entry", "resource", "resourceType", "reference", "fullUrl", "contained", "id", "code"])
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.sampled_from(["Bundle", "Device", "Device/1", "#1", "1", "/", "a/b/c"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=15,
)


@given(value=JSON)
@pytest.mark.parametrize(
    "token",
    [
        "context.draftOrders.entry.resource.ofType(Device).code.resolve().id",
        "context.draftOrders.entry.resource.resolve().resolve().id|context.draftOrders.id",
        "context.draftOrders",
        "%draft.entry.resource.contained.code.resolve().code",
    ],
)
def test_any_json_gives_texts_or_a_reason(token: str, value: Any) -> None:
    earlier = {"draft": value} if isinstance(value, dict) else {}
    try:
        found = Tokens({"draftOrders": value}, {}, TODAY, SERVER, earlier).values(token)
    except Unanswerable:
        return
    assert found
    assert all(isinstance(text, str) and text.strip() for text in found)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "context.patientId|",
        "context..patientId",
        "context.patientId.",
        "context.draftOrders.entry.where(a = 1)",
        "context.draftOrders.entry[0]",
        "context.draftOrders.ofType(Resource)",
        "context.draftOrders.ofType(DomainResource)",
        "context.draftOrders.ofType()",
        "context.draftOrders.resolve(1)",
        "today() - 90",
        "today() - 3 months",
        "today().x",
        "today() - 100000 days",
        "now()",
        "'text'",
        "%",
        "context.x.extension('http://example.org')",
    ],
)
def test_E4_what_the_standard_does_not_allow_cannot_be_read(token: str) -> None:
    with pytest.raises(PathFault):
        parsed(token)


@pytest.mark.parametrize("hook", sorted(HOOKS))
def test_E1_the_simple_tokens_of_a_hook_are_its_tables(hook: str) -> None:
    names = token_names(hook)
    assert {"context.patientId", "userPractitionerId", "userRelatedPersonId"} <= names
    assert "context.draftOrders" not in names


@pytest.mark.shared
def test_published_templates_can_be_read_but_for_functions_that_the_standard_does_not_list(shared: Path) -> None:
    file = shared / "standards" / "fixtures" / "crd-ig-2.2.1" / "CRDServices.json"
    services = json.loads(file.read_text(encoding="utf-8"))["services"]
    texts = [text for service in services for text in service["prefetch"].values()]
    found = [token for text in texts for token in re.findall(r"\{\{(.*?)\}\}", text)]
    assert len(found) > 50
    for token in found:
        if "extension(" in token:
            with pytest.raises(PathFault):
                parsed(token)
        else:
            assert parsed(token)
