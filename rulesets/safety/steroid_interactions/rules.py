"""Strong CYP3A4 inhibitors and an injected steroid, worst with triamcinolone."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

# With these in the body one injection of triamcinolone has given Cushing's syndrome.
WORST = ("booster", "course")


def rules(_: Values) -> Iterator[Rule]:
    target = c.target << (m.k == "target") & (m.steroid != "no")
    inhibitor = (m.k == "strong-inhibitor") & (m.taken != "ended")
    named = c.agent << (m.k == "steroid-agent") & (m.name == "triamcinolone")
    other = c.other << absent("steroid-agent", name="triamcinolone")
    for group in WORST:
        drug = c.drug << inhibitor & (m.group == group)
        yield when_all(target, drug, named).conclude("boosted-triamcinolone")
    # Nirmatrelvir holds ritonavir: the short course is one cause, and has an answer of its own.
    no_course = c.no_course << absent("strong-inhibitor", group="course")
    booster = c.drug << inhibitor & (m.group == "booster")
    yield when_all(target, booster, other, no_course).conclude("boosted-steroid")
    yield when_all(target, c.drug << inhibitor & (m.group == "course"), other).conclude("short-course")
    no_booster = c.no_booster << absent("strong-inhibitor", group="booster")
    yield when_all(target, c.drug << inhibitor & (m.group == "protease"), no_booster).conclude("protease-inhibitor")
    yield when_all(target, c.drug << inhibitor & (m.group == "strong")).conclude("strong-inhibitor")
    over = c.drug << (m.k == "strong-inhibitor") & (m.taken == "ended")
    yield when_all(target, over).conclude("course-just-over")
