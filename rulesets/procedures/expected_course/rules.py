"""A procedure planned or done in the last weeks → its usual course, what to record, and what is an alarm."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, lookup, m, one_of, when_all
from service.rules.parameters import Values

# Diagnostic blocks are left out: their answer is asked for where the next step is judged.
FOLLOWED = (
    "epidural-transforaminal",
    "epidural-interlaminar",
    "epidural-caudal",
    "selective-nerve-root-block",
    "facet-joint-injection",
    "sacroiliac-joint-injection",
    "medial-branch-radiofrequency",
    "lateral-branch-radiofrequency",
    "trigger-point-injection",
    "spinal-cord-stimulation",
    "basivertebral-nerve-ablation",
    "vertebral-augmentation",
    "epidural-adhesiolysis",
    "percutaneous-decompression",
    "disc-decompression",
    "visceral-plexus-block",
    "discography",
)
GROUPS = ("steroid", "either", "block", "ablation", "other")


def rules(p: Values) -> Iterator[Rule]:
    view, calm = c.hook << (m.k == "hook") & (m.hook == "patient-view"), c.calm << absent("red-flag")
    planned = c.target << (m.k == "target") & (m.origin == "scheduled") & (m.risk != "none")
    yield when_all(planned, view, calm).derive(
        "course", **_course(c.target.procedure), stage="planned", days=-1, scored="no"
    )
    lately = (m.k == "procedure") & (m.set == "spine-procedures") & (m.rank == 0) & (m.age_days >= 0)
    followed = lately & (m.age_days <= p("follow_days")) & one_of("concept", FOLLOWED)
    scored = {
        "yes": c.score << (m.k == "scored-since") & (m.concept == c.done.concept),
        "no": c.no_score << absent("scored-since", by="concept") & (m.concept == c.done.concept),
    }
    for answer, test in scored.items():
        # A headache of the dura comes before the usual course.
        clear = (test, view, calm, c.no_headache << absent("puncture-headache"))
        yield when_all(c.done << followed, *clear).derive(
            "course", **_course(c.done.concept), stage="recent", days=c.done.age_days, scored=answer
        )
    for group in GROUPS:
        yield when_all(c.course << (m.k == "course") & (m.group == group)).conclude(group)


def _course(procedure: Any) -> dict[str, Any]:
    return {part: lookup("course", procedure, "", part=part) for part in ("group", "title", "near")}
