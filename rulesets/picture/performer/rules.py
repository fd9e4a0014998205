"""Recorded specialties of the performer → recognised, open, other or nothing."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

GENERAL = "orthopaedic-surgery"
SPECIALTIES = (
    "pain-medicine",
    "anesthesiology",
    "physical-medicine-and-rehabilitation",
    "spine-surgery",
    "neurosurgery",
)


def rules(_: Values) -> Iterator[Rule]:
    performer = (m.k == "performer") & (m.told == "specialty")
    for concept in SPECIALTIES:
        known = c.performer << performer & (m.concept == concept)
        yield when_all(known).derive("performer-standing", state="recognised", title=c.performer.title)
    unnamed = [absent("performer", concept=concept) for concept in SPECIALTIES]
    general = c.performer << performer & (m.concept == GENERAL)
    yield when_all(general, *(getattr(c, f"no_{place}") << item for place, item in enumerate(unnamed))).derive(
        "performer-standing", state="open", title=c.performer.title
    )
    for told in ("other", "nothing"):
        yield when_all(c.performer << (m.k == "performer") & (m.told == told)).derive(
            "performer-standing", state=told, title=""
        )
