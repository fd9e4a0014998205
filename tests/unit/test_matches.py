"""Groups are asked when each of their patterns is met, and again when something new meets one."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from service.rules.matches import Matches, Network, Pattern

ONE: Pattern = ("pain", (("region", "lumbar"),))
SIDED: Pattern = ("pain", (("region", "lumbar"), ("side", "left")))
ANY: Pattern = ("hook", ())
NO: Pattern = ("no:red-flag", ())


def pain(region: str = "lumbar", side: str = "") -> tuple[str, dict[str, Any]]:
    return "pain", {"region": region, "side": side}


def asked(matches: Matches, *facts: tuple[str, dict[str, Any]], start: int = 0) -> list[set[int]]:
    """The groups that each fact made worth asking, in the first stratum."""
    found = []
    for place, (kind, fields) in enumerate(facts, start=start):
        matches.fresh[0] = set()
        matches.add(place, kind, fields)
        found.append(matches.fresh[0])
    return found


def test_a_group_is_asked_when_its_last_pattern_is_met() -> None:
    matches = Matches(Network([[[ONE, ANY], [ANY]]]))
    assert asked(matches, pain(), ("hook", {"is": "patient-view"})) == [set(), {0, 1}]
    assert matches.places(0) == {0, 1}


def test_a_group_is_asked_again_for_each_further_fact_that_meets_a_pattern() -> None:
    matches = Matches(Network([[[ONE]]]))
    assert asked(matches, pain(), pain("cervical"), pain(side="left")) == [{0}, set(), {0}]
    assert matches.places(0) == {0, 2}


def test_every_constant_counts() -> None:
    matches = Matches(Network([[[SIDED], [ONE]]]))
    assert asked(matches, pain(side="right"), pain("cervical", "left"), pain(side="left")) == [{1}, set(), {0, 1}]


def test_a_group_of_absences_alone_is_asked_when_its_stratum_begins() -> None:
    matches = Matches(Network([[[NO]], [[NO], [ONE, NO]]]))
    assert matches.fresh == [{0}, {1}]


def test_two_patients_do_not_meet() -> None:
    network = Network([[[ONE, ANY]]])
    asked(Matches(network), pain())
    other = Matches(network)
    assert asked(other, ("hook", {"is": "patient-view"})) == [set()]


WORLD = st.tuples(st.sampled_from(["a", "b"]), st.fixed_dictionaries({"x": st.integers(0, 1), "y": st.integers(0, 1)}))
CONSTANTS = st.sampled_from([(), (("x", 0),), (("y", 1),), (("x", 1), ("y", 0))])
WANT = st.lists(st.tuples(st.sampled_from(["a", "b"]), CONSTANTS), min_size=1, max_size=3, unique=True)


@given(wants=st.lists(WANT, min_size=1, max_size=6), facts=st.lists(WORLD, max_size=8))
def test_a_group_is_ready_exactly_when_a_plain_reading_says_so(wants: list[Any], facts: list[Any]) -> None:
    matches = Matches(Network([wants]))
    for place, (kind, fields) in enumerate(facts):
        matches.add(place, kind, fields)
    for group, want in enumerate(wants):
        meets = [
            {place for place, (k, f) in enumerate(facts) if k == kind and all(f[n] == v for n, v in constants)}
            for kind, constants in want
        ]
        assert (group in matches.fresh[0]) == all(meets)
        if all(meets):
            assert matches.places(group) == set().union(*meets)
