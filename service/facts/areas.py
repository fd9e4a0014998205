"""A patient's address → the two-letter code of the state or territory they live in (USPS); '' where nothing says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

NAMES = {
    "alabama": "AL",
    "alaska": "AK",
    "american samoa": "AS",
    "arizona": "AZ",
    "arkansas": "AR",
    "california": "CA",
    "colorado": "CO",
    "connecticut": "CT",
    "delaware": "DE",
    "district of columbia": "DC",
    "florida": "FL",
    "georgia": "GA",
    "guam": "GU",
    "hawaii": "HI",
    "idaho": "ID",
    "illinois": "IL",
    "indiana": "IN",
    "iowa": "IA",
    "kansas": "KS",
    "kentucky": "KY",
    "louisiana": "LA",
    "maine": "ME",
    "maryland": "MD",
    "massachusetts": "MA",
    "michigan": "MI",
    "minnesota": "MN",
    "mississippi": "MS",
    "missouri": "MO",
    "montana": "MT",
    "nebraska": "NE",
    "nevada": "NV",
    "new hampshire": "NH",
    "new jersey": "NJ",
    "new mexico": "NM",
    "new york": "NY",
    "north carolina": "NC",
    "north dakota": "ND",
    "northern mariana islands": "MP",
    "ohio": "OH",
    "oklahoma": "OK",
    "oregon": "OR",
    "pennsylvania": "PA",
    "puerto rico": "PR",
    "rhode island": "RI",
    "south carolina": "SC",
    "south dakota": "SD",
    "tennessee": "TN",
    "texas": "TX",
    "utah": "UT",
    "vermont": "VT",
    "virgin islands": "VI",
    "u.s. virgin islands": "VI",
    "virginia": "VA",
    "washington": "WA",
    "west virginia": "WV",
    "wisconsin": "WI",
    "wyoming": "WY",
}
CODES = frozenset(NAMES.values())
COUNTRY = frozenset({"", "us", "usa", "united states", "united states of america"})
# Where somebody lives, before where they are for a while; bills go elsewhere.
USES = ("home", "", "temp", "work")


def area_of(addresses: Any, today: date) -> str:
    """The state of the home address in force, else of another; two homes in different states leave it open."""
    found: dict[str, set[str]] = {}
    for address in addresses if isinstance(addresses, list) else []:
        if isinstance(address, Mapping) and not _past(address, today):
            found.setdefault(str(address.get("use") or ""), set()).add(_code(address))
    for use in USES:
        areas = found.get(use, set()) - {""}
        if areas:
            return next(iter(areas)) if len(areas) == 1 else ""
    return ""


def _code(address: Mapping[str, Any]) -> str:
    country, state = (" ".join(str(address.get(name) or "").split()).lower() for name in ("country", "state"))
    if country not in COUNTRY:
        return ""
    code = state.removeprefix("us-").upper()
    return code if code in CODES else NAMES.get(state, "")


def _past(address: Mapping[str, Any], today: date) -> bool:
    period = address.get("period")
    end = period.get("end") if isinstance(period, Mapping) else None
    return isinstance(end, str) and end[:10] < today.isoformat()
