from __future__ import annotations

from datetime import date
from types import FunctionType

import pytest

from service.settings import Settings, SettingsInvalid, is_loopback


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORT", raising=False)


def faults(**given: object) -> list[str]:
    with pytest.raises(SettingsInvalid) as caught:
        Settings.load(**given)
    return [line.strip() for line in str(caught.value).splitlines()[1:]]


def test_the_defaults_serve_this_machine_only() -> None:
    settings = Settings.load()
    assert (settings.host, settings.port, settings.zone, settings.fhir_servers) == ("127.0.0.1", 8080, "UTC", ())
    assert settings.on_loopback


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPINE_CDS_WORKERS", "3")
    monkeypatch.setenv("SPINE_CDS_TODAY", "2026-11-22")
    monkeypatch.setenv("SPINE_CDS_ZONE", "America/New_York")
    settings = Settings.load()
    assert (settings.workers, settings.day()) == (3, date(2026, 11, 22))


def test_the_plain_port_is_read_and_yields_to_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "9000")
    assert Settings.load().port == 9000
    monkeypatch.setenv("SPINE_CDS_PORT", "9001")
    assert Settings.load().port == 9001
    assert Settings.load(port=9002).port == 9002


@pytest.mark.parametrize(
    "text",
    [
        "https://a.example/r4/,http://b.example",
        "https://a.example/r4 http://b.example",
        '["https://a.example/r4", "http://b.example/"]',
    ],
)
def test_servers_are_listed_with_commas_blanks_or_json(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("SPINE_CDS_FHIR_SERVERS", text)
    assert Settings.load().fhir_servers == ("https://a.example/r4", "http://b.example")


def test_all_faults_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "SPINE_CDS_PORT": "99999",
        "SPINE_CDS_HOST": "0.0.0.0",
        "SPINE_CDS_TODAY": "2026-11-22",
        "SPINE_CDS_ZONE": "Mars/Olympus",
        "SPINE_CDS_FHIR_SERVERS": "ehr.example",
        "SPINE_CDS_FHIR_SERVER": "https://ehr.example",
        "SPINE_CDS_PUBLIC_URL": "cds",
        "SPINE_CDS_MAX_DEPTH": "5000",
    }.items():
        monkeypatch.setenv(name, value)
    named = [line.partition(":")[0] for line in faults()]
    assert sorted(named) == [
        "SPINE_CDS_FHIR_SERVER",
        "SPINE_CDS_FHIR_SERVERS",
        "SPINE_CDS_MAX_DEPTH",
        "SPINE_CDS_PORT",
        "SPINE_CDS_PUBLIC_URL",
        "SPINE_CDS_TODAY",
        "SPINE_CDS_ZONE",
    ]


def test_a_misspelt_setting_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPINE_CDS_WORKER", "3")
    assert faults() == ["SPINE_CDS_WORKER: no such setting"]


def test_a_fault_never_repeats_the_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPINE_CDS_FHIR_SERVERS", "https://user:hunter2@ehr.example/")
    assert "hunter2" not in " ".join(faults())


def test_a_fixed_day_is_for_loopback_only() -> None:
    assert "loopback" in faults(host="0.0.0.0", today="2026-11-22")[0]
    assert Settings.load(host="::1", today="2026-11-22").day() == date(2026, 11, 22)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("", False),
        ("ehr", False),
    ],
)
def test_loopback_is_this_machine_only(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_no_validator_of_one_area_hides_that_of_another() -> None:
    """Pydantic keeps one validator for each name: a second of the same name would silently switch the first off."""
    areas = [area for area in Settings.__mro__ if area.__module__.startswith("service.settings")]
    names = [
        name
        for area in areas
        for name, value in vars(area).items()
        if isinstance(value, classmethod | FunctionType) and not name.startswith("__")
    ]
    assert len(areas) > 1
    assert len(names) == len(set(names)), sorted(names)
