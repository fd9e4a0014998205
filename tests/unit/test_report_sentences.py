"""Sentences as radiologists and clinicians write them, and what has to be read from each: `+` said, `-` denied.

A concept that is not named here may be read or not; `!` in front says that it must not be read at all.
"""

from __future__ import annotations

import pytest

from tests.support.reading import LOINC, Read, coded, read, resource

SENTENCES = [
    # Denials
    (
        "No evidence of central canal stenosis or nerve root compression at L4-5.",
        "-central-stenosis -nerve-root-compression",
    ),
    ("L4-L5: Mild facet arthropathy without central or foraminal stenosis.", "+facet-arthropathy -foraminal-stenosis"),
    (
        "There is no disc herniation, canal stenosis, or foraminal narrowing.",
        "-disc-herniation -central-stenosis -foraminal-stenosis",
    ),
    ("No significant spinal canal or neural foraminal stenosis.", "-foraminal-stenosis"),
    ("Negative for cord compression.", "-cord-compression"),
    ("Findings do not suggest cord compression.", "-cord-compression"),
    ("Spondylosis w/o myelopathy or radiculopathy, cervical region", "-myelopathy"),
    ("Disc bulge at L4-5 w/out herniation.", "+disc-degeneration -disc-herniation"),
    ("Small central protrusion without mass effect on the cord.", "+disc-herniation -cord-compression"),
    ("Cord flattening at C5-C6 without cord signal change.", "+cord-contact -cord-compression"),
    ("No new disc herniation; stable L4-5 protrusion.", "+disc-herniation"),
    ("No recurrent disc herniation.", "-disc-herniation"),
    ("There is mild canal narrowing with no cord compression or signal change.", "-cord-compression"),
    (
        "No spinal cord compression is seen, however there is foraminal stenosis on the left.",
        "-cord-compression +foraminal-stenosis",
    ),
    ("No concern for cauda equina syndrome.", "-cauda-equina"),
    (
        "Patient denies bowel or bladder incontinence and saddle anesthesia.",
        "-bladder-bowel-dysfunction -saddle-numbness",
    ),
    (
        "Saddle anesthesia: no, bladder incontinence: denied; foot drop: none.",
        "-saddle-numbness -bladder-bowel-dysfunction -foot-drop",
    ),
    ("(-) saddle anesthesia, foot drop (-)", "-saddle-numbness -foot-drop"),
    ("Strength 5/5 throughout. No foot drop.", "-foot-drop !motor-weakness"),
    ("No longer has foot drop.", "-foot-drop"),
    ("Foot drop resolved after surgery in 2019.", "-foot-drop"),
    ("SLR is negative bilaterally.", "!positive-straight-leg-raise"),
    ("Cauda equina syndrome ruled out.", "-cauda-equina"),
    ("Interval resolution of the L4-5 disc herniation.", "-disc-herniation"),
    ("Not a normal study.", "-normal-study"),
    # Asked, feared, of others, of other times
    ("Rule out cauda equina compression.", "!cauda-equina-compression"),
    ("Clinical indication: r/o cauda equina syndrome.", "!cauda-equina"),
    ("?cauda equina syndrome", "!cauda-equina"),
    ("Query cord compression.", "!cord-compression"),
    ("MRI to exclude cauda equina compression.", "!cauda-equina-compression"),
    ("Evaluate for spinal stenosis.", "!central-stenosis"),
    (
        "HISTORY: Foot drop. COMPARISON: MRI 2024 with L5-S1 extrusion. FINDINGS: Normal alignment.",
        "!foot-drop !disc-herniation",
    ),
    ("Instructed to go to the ED if saddle anesthesia develops.", "!saddle-numbness"),
    ("If she develops bowel incontinence she should call.", "!bladder-bowel-dysfunction"),
    ("History of L4-5 disc herniation.", "!disc-herniation"),
    ("s/p discectomy for L4-5 disc herniation", "!disc-herniation"),
    # Doubt: what alarms counts, what carries a needle does not
    ("Cannot exclude cord compression at C5-6.", "+cord-compression"),
    ("Cord compression cannot be ruled out.", "+cord-compression"),
    ("Cauda equina syndrome not ruled out.", "+cauda-equina"),
    ("Concern for cauda equina syndrome.", "+cauda-equina"),
    ("Cannot exclude nerve root compression on the left.", "!nerve-root-compression"),
    ("Possible small protrusion at L4-5.", "!disc-herniation"),
    ("Disc herniation is unlikely.", "!disc-herniation"),
    ("Discitis cannot be excluded; recommend contrast MRI.", "+spinal-infection"),
    # Seen before
    ("Previously seen L4-5 disc extrusion has resolved.", "-disc-herniation"),
    ("Previously seen L4-5 disc extrusion is unchanged.", "+disc-herniation"),
    ("Previously described right L5-S1 protrusion is again seen.", "+disc-herniation"),
    ("Again seen is the previously described L5-S1 protrusion.", "+disc-herniation"),
    ("The previously noted L4-5 extrusion is no longer seen.", "-disc-herniation"),
    ("The L4-5 disc extrusion is no longer present.", "-disc-herniation"),
    ("Compared to prior MRI, new L4-5 extrusion.", "+disc-herniation"),
    ("No interval change in the L4-5 disc protrusion.", "+disc-herniation"),
    ("History of L4-5 disc herniation, now with recurrent extrusion.", "+disc-herniation"),
    ("S/p L4-5 laminectomy with enhancing epidural fibrosis.", "+epidural-scar"),
    # Degrees, levels between the words, short hand
    ("Unchanged moderate central canal stenosis at L4-5.", "+central-stenosis"),
    ("Unchanged moderate stenosis at L4-5.", "+central-stenosis"),
    ("Mild-to-moderate central stenosis at L4-5.", "+central-stenosis"),
    ("Severe L4-5 central canal stenosis.", "+central-stenosis +severe-central-stenosis"),
    ("Unstable L1 burst fracture.", "+unstable-fracture"),
    ("Grade 3 L5-S1 spondylolisthesis.", "+high-grade-slip"),
    ("Large left L5-S1 disc extrusion.", "+large-herniation +disc-herniation"),
    ("HNP L5-S1 left with S1 nerve root impingement.", "+disc-herniation +nerve-root-compression"),
    ("Crowding of the cauda equina nerve roots.", "+central-stenosis !cauda-equina-compression"),
    ("T2 signal change in the cord at C4-5.", "+cord-compression"),
    ("4 mm of motion at L4-5 consistent with instability.", "+instability"),
    ("Facet arthropathy L3-S1.", "+facet-arthropathy"),
    ("New urinary retention and perineal numbness since yesterday.", "+bladder-bowel-dysfunction +saddle-numbness"),
    ("Left biceps reflex slightly reduced, strength 5/5.", "!motor-weakness"),
    ("Strength 4/5 right EHL, otherwise 5/5.", "+motor-weakness"),
    ("Ankle dorsiflexion 1/5 on the left.", "+progressive-motor-deficit"),
]
SIDES = [
    ("SLR positive on the left at 40 degrees, negative on the right.", "positive-straight-leg-raise", "left"),
    ("Right L5-S1 extrusion, mild left L4-5 foraminal narrowing.", "disc-herniation", "right"),
    ("Right L5-S1 extrusion, mild left L4-5 foraminal narrowing.", "foraminal-stenosis", "left"),
    ("Bilateral L5 foraminal narrowing, right greater than left.", "foraminal-stenosis", "bilateral"),
    ("Severe left and mild right neural foraminal stenosis at L5-S1.", "foraminal-stenosis", "bilateral"),
    ("Large extrusion at L5-S1, right paracentral.", "disc-herniation", "right"),
    ("Left disc protrusion at L4-5, right foramen patent.", "disc-herniation", "left"),
    ("Foraminal stenosis at L4-5.", "foraminal-stenosis", ""),
]


def told(text: str) -> Read:
    code = coded(LOINC, "24968-0")
    return read(
        resource("DiagnosticReport", status="final", code=code, effectiveDateTime="2026-10-10", conclusion=text)
    )


def test_there_are_enough_of_them() -> None:
    assert len(SENTENCES) >= 60


@pytest.mark.parametrize(("text", "wanted"), SENTENCES)
def test_a_sentence_says_what_it_says(text: str, wanted: str) -> None:
    found: dict[str, set[int]] = {}
    for item in told(text).of("statement"):
        found.setdefault(str(item["concept"]), set()).add(int(item["negated"]))
    for word in wanted.split():
        sign, concept = word[0], word[1:]
        if sign == "!":
            assert concept not in found
        else:
            assert (0 if sign == "+" else 1) in found.get(concept, set()), (concept, found)
        if sign == "-":
            assert 0 not in found[concept], (concept, "is said, too")


@pytest.mark.parametrize(("text", "concept", "side"), SIDES)
def test_a_finding_has_the_side_of_its_clause(text: str, concept: str, side: str) -> None:
    assert {item["side"] for item in told(text).of("statement") if item["concept"] == concept} == {side}


def test_levels_with_a_side_each_keep_it() -> None:
    found = told("Left C5-6, right C6-7 foraminal stenosis.").of("statement", concept="foraminal-stenosis")
    assert sorted((item["level"], item["side"]) for item in found) == [("C5-C6", "left"), ("C6-C7", "right")]
