"""An ordered percutaneous decompression → whether the patient takes part in a study."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values


def rules(_: Values) -> Iterator[Rule]:
    request = c.request << (m.k == "target") & (m.origin == "order") & (m.procedure == "percutaneous-decompression")
    yield when_all(request, c.study << (m.k == "in-study")).conclude("enrolled")
    yield when_all(request, c.none << absent("in-study")).conclude("not-enrolled")
    yield when_all(request).conclude("leg-score")
