"""Every value a prefetch key may have, through the real service, against the table in PREFETCH.md."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fhir_samples.samples import samples
from service.answer import READING
from service.api.app import create_app
from service.assembly import SpineService
from service.cards.extension import NAME
from service.rules.load import Content
from service.settings import Settings
from tests.contract.prefetch_values import ABSENT, CARD, NOTHING, REFUSED, REMARK, ROWS, Row

PAGE = Path(__file__).with_name("PREFETCH.md")
ORDERS = "/cds-services/spine-orders"
SETTINGS = Settings(today=date(2026, 11, 22), log_level="error")
HEAD = """\
# What may stand under a prefetch key

Each row is sent to the service with the order of sample `s01`, whose `medicationStatements` hold one blood thinner;
the last column says whether its alert is still given. *complete*: all that the query finds, perhaps nothing. *partial*:
some of it. *failed*: answered with no data that can be used. *absent*: neither sent nor fetched. What is not complete
and matters to an open question gives one could-not-check card; without `patient` or `conditions` the answer is 412.
What is fetched from `fhirServer` is judged in the same way. Beside these rows: unknown keys are listed and ignored, one
key twice is 400. Recorded by `pytest tests/contract/test_prefetch_values.py --update-golden`.

| point | key | what stands there | state | what the caller sees | alert |
|---|---|---|---|---|---|
"""


@pytest.fixture(scope="module")
def client(content: Content) -> Iterator[FlaskClient]:
    service = SpineService(SETTINGS, content)
    service.start()
    yield create_app(SETTINGS, service).test_client()
    service.engine.stop()


@pytest.fixture(scope="module")
def order() -> dict[str, Any]:
    """The request of the order, with everything that is asked for."""
    return next(sample for sample in samples() if sample.about["id"] == "s01").request("order-sign")


def changed(order: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    """The request with something else under one key."""
    request = copy.deepcopy(order)
    request["prefetch"][key] = value
    if value is ABSENT:
        del request["prefetch"][key]
    return request


def seen(status: int, answer: dict[str, Any], key: str) -> str:
    """What the caller sees of a key."""
    if status != 200:
        return str(status)
    if "could-not-check" in [card["extension"][NAME]["kind"] for card in answer["cards"]]:
        return CARD
    return REMARK if key in answer["extension"][READING].get("remarks", {}) else NOTHING


def is_found(answer: dict[str, Any]) -> bool:
    """Whether the blood thinner of the sample is warned of."""
    findings = [card["extension"][NAME] for card in answer.get("cards", [])]
    return any(
        finding["rule"] == "safety/antithrombotics" and finding["outcome"] == "hold-before-procedure"
        for card in findings
        for finding in (card, *card.get("findings", []))
    )


def own(order: dict[str, Any], key: str) -> Any:
    """The key's own resource: the patient, the first condition, the blood thinner."""
    value = copy.deepcopy(order["prefetch"][key])
    resources = [entry["resource"] for entry in value["entry"]] if value["resourceType"] == "Bundle" else [value]
    return next((one for one in resources if "apixaban" in json.dumps(one).lower()), resources[0])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.point}-{row.key}-{row.what}".replace(" ", "-"))
def test_D_every_value_has_its_state_and_is_told(client: FlaskClient, order: dict[str, Any], row: Row) -> None:
    response = client.post(ORDERS, json=changed(order, row.key, row.value(own(order, row.key))))
    answer = response.get_json()
    assert seen(response.status_code, answer, row.key) == row.seen
    if row.seen == REFUSED:
        assert answer["issue"][0]["details"]["coding"] == [{"code": "needed-data-missing"}]
        return
    assert answer["extension"][READING].get("not_complete", {}).get(row.key, "complete") == row.state
    assert is_found(answer) == row.found


def test_D_the_order_itself_is_answered_in_full(client: FlaskClient, order: dict[str, Any]) -> None:
    response = client.post(ORDERS, json=order)
    assert seen(response.status_code, response.get_json(), "medicationStatements") == NOTHING
    assert is_found(response.get_json())


def test_D_the_table_is_the_recorded_one(request: pytest.FixtureRequest) -> None:
    made = HEAD + "".join(
        f"| {row.point} | {row.key} | {row.what} | {row.state or '-'} | {row.seen} | {'yes' if row.found else 'no'} |\n"
        for row in ROWS
    )
    if request.config.getoption("--update-golden"):
        PAGE.write_text(made, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == made


def test_D1_keys_of_other_services_and_misspelt_ones_are_listed_and_change_nothing(
    client: FlaskClient, order: dict[str, Any]
) -> None:
    request = changed(order, "item1", {"resourceType": "Patient", "id": "somebody-else"})
    request["prefetch"]["medicationStatement"] = None
    answer = client.post(ORDERS, json=request).get_json()
    assert {"item1", "medicationStatement"} <= set(answer["extension"][READING]["ignored_keys"])
    assert (seen(200, answer, "item1"), is_found(answer)) == (NOTHING, True)


def test_D_the_same_key_twice_is_400(client: FlaskClient, order: dict[str, Any]) -> None:
    text = json.dumps(order).replace('"prefetch": {', '"prefetch": {"patient": null, ')
    response = client.post(ORDERS, data=text, content_type="application/json")
    assert response.status_code == 400
    assert response.get_json()["issue"][0]["details"]["coding"] == [{"code": "not-json"}]


@pytest.mark.parametrize("prefetch", [[], "x", 7, True])
def test_D_a_prefetch_that_is_no_object_is_400(client: FlaskClient, order: dict[str, Any], prefetch: Any) -> None:
    assert client.post(ORDERS, json=order | {"prefetch": prefetch}).status_code == 400


NAMES = st.sampled_from(["resourceType", "entry", "resource", "link", "type", "total", "id", "response", "issue", "x"])
WORDS = st.sampled_from(
    ["Bundle", "Condition", "MedicationStatement", "OperationOutcome", "searchset", "next", "404", ""]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | WORDS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
KEYS = ("patient", "conditions", "medicationStatements", "observations", "imagingStudies", "coverages")


def is_fhir(value: Any) -> bool:
    """Whether a value is null, or a resource or Bundle by its name, or a list that begins with one."""
    first = value[0] if isinstance(value, list) and value else value
    return value is None or (isinstance(first, dict) and isinstance(first.get("resourceType"), str))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=st.sampled_from(KEYS), value=VALUES)
def test_D_any_json_is_answered_or_refused_and_never_taken_for_data(
    client: FlaskClient, order: dict[str, Any], key: str, value: Any
) -> None:
    response = client.post(ORDERS, json=changed(order, key, value))
    assert response.status_code in (200, 412)
    if response.status_code == 200 and not is_fhir(value):
        answer = response.get_json()
        assert answer["extension"][READING]["not_complete"].keys() >= {key}
        assert seen(200, answer, key) == CARD
