"""Relief, whatever is sent: a percentage or nothing; order of arrival is nothing, more pain never more relief."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from service.terminology.told_relief import eased
from tests.support.reading import CPT, LOINC, TODAY, coded, read, reader, resource

BOUNDED = settings(derandomize=True, deadline=None, database=None, max_examples=150)
CODES = ("64493", "64490", "64635", "64483", "27096", "20552")
NOTES = ("", "80% relief for 6 hours", "no relief from the block", "pain 8/10 to 2/10", "less than 50% relief", "fine")
PIECES = (
    *("80%", "50 %", "relief", "pain", "of", "no", "less than", "at least", "8/10", "2/10", "to", "from", "for", "6"),
    *("weeks", "before", "after", "previous", "block", "goal", ".", ",", "(", ")", ":", "-", "/", "%", "improvement"),
    *("did not help", "complete relief", "nearly", "in function", "with gabapentin", "→", "≥", "1.5", "percent"),
)
DAYS = st.integers(0, 60).map(lambda days: (TODAY - timedelta(days=days)).isoformat())
TIMES = st.sampled_from(("", "T08:00:00Z", "T12:00:00Z", "T23:30:00-05:00"))


@st.composite
def records(draw: st.DrawFn) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for number in range(draw(st.integers(1, 3))):
        note = draw(st.sampled_from(NOTES))
        code = coded(CPT, draw(st.sampled_from(CODES)))
        on = draw(DAYS) + draw(TIMES)
        item = resource("Procedure", str(number), status="completed", code=code, performedDateTime=on)
        made.append(item | ({"note": [{"text": note}]} if note else {}))
    for number in range(draw(st.integers(0, 6))):
        value = {"value": draw(st.integers(0, 20)) / 2, "unit": "{score}"}
        on = draw(DAYS) + draw(TIMES)
        code = coded(LOINC, draw(st.sampled_from(("72514-3", "38208-5"))))
        item = resource("Observation", str(number), status="final", code=code, effectiveDateTime=on)
        made.append(item | {"valueQuantity": value})
    return made


def facts(record: list[dict[str, Any]]) -> list[Any]:
    return [(fact.fields, fact.sources) for fact in read(*record).facts if fact.kind == "relief"]


@BOUNDED
@given(records(), st.randoms(use_true_random=False))
def test_order_does_not_matter(record: list[dict[str, Any]], random: Any) -> None:
    shuffled = list(record)
    random.shuffle(shuffled)
    assert facts(shuffled) == facts(record)


@BOUNDED
@given(records())
def test_relief_is_a_percentage_of_a_session_that_was_done_and_is_cited(record: list[dict[str, Any]]) -> None:
    found = read(*record)
    done = {(item["concept"], item["region"], item["rank"]): item["age_days"] for item in found.of("procedure")}
    for fact in [fact for fact in found.facts if fact.kind == "relief"]:
        fields = fact.fields
        assert 0.0 <= fields["percent"] <= 100.0
        assert done[fields["concept"], fields["region"], fields["rank"]] == fields["age_days"]
        assert any(source.reference.startswith("Procedure/") for source in fact.sources)
        scores = [source for source in fact.sources if source.reference.startswith("Observation/")]
        assert len(scores) == (2 if fields["how"] == "scores" else 0)
    told = [(item["concept"], item["region"], item["rank"]) for item in (*found.of("relief"), *found.of("unmeasured"))]
    assert sorted(told) == sorted(done)


@BOUNDED
@given(records())
def test_without_scores_and_words_nothing_is_known(record: list[dict[str, Any]]) -> None:
    bare = [{k: v for k, v in item.items() if k != "note"} for item in record if item["resourceType"] == "Procedure"]
    assert facts(bare) == []


@BOUNDED
@given(st.integers(1, 100), st.integers(0, 100), st.integers(0, 100))
def test_more_pain_is_never_more_relief(before: int, after: int, more: int) -> None:
    assert eased(before / 10, max(after, more) / 10) <= eased(before / 10, min(after, more) / 10) <= 100.0


@BOUNDED
@given(st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join) | st.text(max_size=60))
def test_any_text_reads_as_percentages_with_their_words(text: str) -> None:
    for told in reader().relief.told(text, True, True, 50.0):
        assert 0.0 <= told.percent <= 100.0
        assert told.weeks >= -1
        assert told.quote.replace(" … ", "").strip()
