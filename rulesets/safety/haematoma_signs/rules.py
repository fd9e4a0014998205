"""A red flag of the nerves soon after a needle near the canal → think of a haematoma."""

from collections.abc import Iterator

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values

FLAGS = ("cauda-equina", "myelopathy", "progressive-motor-deficit")
NEEDLES = (
    "epidural-transforaminal",
    "epidural-interlaminar",
    "epidural-caudal",
    "selective-nerve-root-block",
    "spinal-cord-stimulation",
    "vertebral-augmentation",
    "epidural-adhesiolysis",
    "percutaneous-decompression",
    "disc-decompression",
)


def rules(p: Values) -> Iterator[Rule]:
    for flag in FLAGS:
        yield when_all(c.flag << (m.k == "red-flag") & (m.flag == flag)).derive(
            "nerve-alarm", region=c.flag.region, side=c.flag.side
        )
    lately = (m.k == "procedure") & (m.set == "spine-procedures") & (m.rank == 0) & (m.age_days >= 0)
    for concept in NEEDLES:
        needle = lately & (m.concept == concept) & (m.age_days <= p("haematoma_days"))
        yield when_all(c.procedure << needle).derive("recent-needle", age_days=c.procedure.age_days)
    alarm, needle = c.alarm << (m.k == "nerve-alarm"), c.needle << (m.k == "recent-needle")
    view = c.hook << (m.k == "hook") & (m.hook == "patient-view")
    yield when_all(alarm, needle, view).conclude("haematoma-possible")
    # On an order only beside a spine order, as the red flag itself.
    planned = c.order << (m.k == "proposal") & (m.origin != "suggestion")
    yield when_all(alarm, needle, planned).conclude("haematoma-possible")
