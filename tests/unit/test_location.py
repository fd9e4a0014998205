from __future__ import annotations

from typing import Any

import pytest

from service.hooks.location import location

PLACE = {"reference": "Location/l1"}


def within(resource: Any) -> dict[str, Any]:
    return {"patientId": "p1", "appointments": {"resourceType": "Bundle", "entry": [{"resource": resource}]}}


@pytest.mark.parametrize(
    ("context", "found"),
    [
        pytest.param(within({"participant": [{"actor": {"reference": "Patient/p1"}}, {"actor": PLACE}]}), True, id="a"),
        pytest.param(within({"locationReference": [PLACE]}), True, id="the place of an order"),
        pytest.param(within({"participant": [{"actor": {"reference": "Patient/p1"}}]}), False, id="no place"),
        pytest.param(within({"participant": "x", "locationReference": {"reference": 1}}), False, id="broken"),
        pytest.param(within({"participant": [None, {"actor": None}], "locationReference": [1]}), False, id="nulls"),
        pytest.param({"appointments": {"entry": [None, {"resource": 1}]}, "draftOrders": []}, False, id="no bundle"),
        pytest.param({}, False, id="nothing"),
    ],
)
def test_the_place_of_a_call_is_the_first_that_its_context_names(context: Any, found: bool) -> None:
    assert location(context) == ("Location/l1" if found else "")
