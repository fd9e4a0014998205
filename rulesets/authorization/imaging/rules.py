"""A request and the imaging of its region → whether it is recent enough, and not from before the pain began."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, m, one_of, when_all
from service.rules.parameters import Values

FAMILIES = ("epidural", "root-block")
# Pain that these procedures are for, and the conditions that tell when it began.
PATTERNS = ("radicular", "claudication", "postsurgical")
CONDITIONS = ("radicular-pain", "neurogenic-claudication", "post-laminectomy")
# Its code names no region.
UNPLACED = CONDITIONS[-1]


def rules(p: Values) -> Iterator[Rule]:
    days, here = p("imaging_days"), m.region == c.request.region
    request = (m.k == "request") & one_of("family", FAMILIES)
    placed, study = c.request << request & (m.region != ""), (m.k == "advanced-imaging") & here
    recent = study & (m.age_days >= 0) & (m.age_days <= days)
    yield when_all(c.request << request & (m.region == "")).conclude("without-region")
    yield when_all(placed, c.nothing << absent("advanced-imaging", by="region") & here).conclude("none")
    yield when_all(placed, c.imaging << study & (m.age_days > days)).conclude("old")
    yield when_all(placed, c.imaging << study & (m.age_days < 0)).conclude("undated")
    known = {"active": "1", "onset_known": "1"}
    never = [
        getattr(c, f"no_{name.replace('-', '_')}") << absent("condition", by="region", concept=name, **known) & here
        for name in CONDITIONS
    ]
    never.append(c.no_unplaced << absent("condition", concept=UNPLACED, region="", **known))
    yield when_all(placed, c.imaging << recent, *never).conclude("met")
    pain = c.pain << (m.k == "pain") & one_of("pattern", PATTERNS)
    begun = c.pain << (m.k == "condition") & (m.active == 1) & (m.onset_known == 1) & one_of("concept", CONDITIONS)
    for place, there in ((m.region != "", recent & (m.region == c.pain.region)), (m.region == "", recent)):
        yield when_all(placed, pain & place, c.imaging << there & (m.age_days <= c.pain.onset_days)).conclude("met")
        older = c.imaging << there & (m.age_days > c.pain.onset_days)
        yield when_all(placed, begun & place, older).conclude("before-onset")
