"""An ordered percutaneous decompression → whether the patient takes part in a study, and how much the legs hurt."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values


def rules(p: Values) -> Iterator[Rule]:
    request = c.request << (m.k == "target") & (m.origin == "order") & (m.procedure == "percutaneous-decompression")
    yield when_all(request, c.study << (m.k == "in-study")).conclude("enrolled")
    yield when_all(request, c.none << absent("in-study")).conclude("not-enrolled")
    legs = (m.k == "observation") & (m.set == "leg-pain-scores") & (m.rank == 0)
    now = legs & (m.age_days >= 0) & (m.age_days <= p("score_days"))
    yield when_all(request, c.score << now & (m.value > p("leg_pain"))).conclude("leg-enough")
    yield when_all(request, c.score << now & (m.value <= p("leg_pain"))).conclude("leg-little")
    yield when_all(request, c.score << legs & (m.age_days > p("score_days"))).conclude("leg-unscored")
    unscored = c.unscored << absent("observation", set="leg-pain-scores")
    yield when_all(request, unscored).conclude("leg-unscored")
