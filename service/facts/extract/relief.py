"""Procedure → `relief` facts: how much each past session relieved; `unmeasured` where the record does not tell it.

Pain scores nearest before and after come first, then what outcome and notes say, then the answers of forms. Nothing
told is no fact. Which days count is content (`relief_days` of rulesets/_codes/_extraction.yaml). Of one day's scores
without a time the higher is taken as before. A lone one may be either, and a late one without relief may have come
when the drug was over: such scores tell no absence of relief, and give way to words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from service.facts.dates import UNKNOWN, age_at_least, said
from service.facts.extract.context import Context, texts
from service.facts.extract.observations import Result, clock, form_results, results
from service.facts.extract.procedures import Done, sessions
from service.facts.fact import FactSource
from service.terminology.anatomy import join_sides
from service.terminology.told_relief import Told, eased

DEFAULT = "default"
WEEK = 7


class Window(NamedTuple):
    """Days around a procedure in which a score counts; after `sure` days a score without relief tells nothing."""

    before: int
    start: int
    until: int
    sure: int


class _Session(NamedTuple):
    """One day of a procedure; `clock` is '' where its time is not known."""

    day: date
    clock: str
    window: Window


class _Measured(NamedTuple):
    percent: float
    weeks: int
    weak: bool
    sources: tuple[FactSource, ...]


def relief(context: Context) -> None:
    """The best documented relief of each session, or that nothing tells it."""
    wanted = context.sets("relief")
    scales = _scales((score.named, score) for score in results(context, wanted))
    # A form names a scale in its own words: what is one concept is one scale there.
    forms = _scales((score.hit.concept, score) for score in form_results(context, wanted))
    # What relieves nothing by itself (therapy, a consultation) is no session, and ends nobody else's window.
    treated = sessions(context, wanted).items()
    groups = {key: by_rank for key, by_rank in treated if window_of(context, key[1]).until}
    known = [one for (_, concept, _), by_rank in groups.items() for one in _dated(context, concept, by_rank)]
    for (set_id, concept, region), by_rank in groups.items():
        for rank, items in enumerate(by_rank):
            fields: dict[str, Any] = {
                "set": set_id,
                "concept": concept,
                "region": region,
                "side": join_sides(item.site.side for item in items),
                "age_days": age_at_least(items[0].days, context.question.today),
                "rank": rank,
            }
            told = [pair for item in items for pair in _told(context, item, rank == len(by_rank) - 1)]
            found = _chosen(told, _measured(context, concept, items, scales.values(), known), context.half_relief)
            # Forms are the last resort.
            found = found or _chosen((), _measured(context, concept, items, forms.values(), known), context.half_relief)
            if found is None:
                context.add("unmeasured", fields, [item.source for item in items])
            else:
                _add(context, fields, items, *found)


def _scales(named: Iterable[tuple[str, Result]]) -> dict[str, list[Result]]:
    """Scores of a known day by their scale."""
    scales: dict[str, list[Result]] = defaultdict(list)
    for name, score in named:
        if score.days.exact:
            scales[name].append(score)
    return scales


def _add(
    context: Context,
    fields: dict[str, Any],
    items: Sequence[Done],
    percent: float,
    weeks: int,
    how: str,
    sources: tuple[FactSource, ...],
) -> None:
    if how == "scores":
        label = context.label(items[0].hit, said(items[0].days), f"{percent:g} % relief by pain scores")
        sources = (*sources, *(FactSource(item.source.reference, label) for item in items))
    context.add("relief", {**fields, "percent": percent, "weeks": weeks, "how": how}, sources)


def _chosen(
    told: Sequence[tuple[Told, FactSource]], measured: _Measured | None, half: float
) -> tuple[float, int, str, tuple[FactSource, ...]] | None:
    """Scores, unless they are weak and words tell it; weeks are the longest that either tells of half or more."""
    weeks = max((item.weeks for item, _ in told if item.percent >= half), default=UNKNOWN)
    if measured is not None and not (measured.weak and (told or measured.percent < half)):
        return measured.percent, max(weeks, measured.weeks), "scores", measured.sources
    if not told:
        return None
    best = max(item.percent for item, _ in told)
    return best, weeks, "told", tuple(source for item, source in told if item.percent == best)


def _told(context: Context, item: Done, earliest: bool) -> Iterator[tuple[Told, FactSource]]:
    """What outcome and notes of one resource tell, each with its words."""
    model: Any = item.resource.model
    written = [(text, True) for text in texts(getattr(model, "outcome", None))]
    written += [(str(note.text or ""), False) for note in getattr(model, "note", None) or ()]
    for text, is_outcome in written:
        for told in context.reader.relief.told(text, is_outcome, earliest, context.half_relief):
            label = context.label(item.hit, f"“{told.quote}” ({said(item.days)})")
            yield told, FactSource(item.source.reference, label)


def _dated(context: Context, concept: str, by_rank: Iterable[Sequence[Done]]) -> Iterator[_Session]:
    for items in by_rank:
        days = items[0].days
        if days is not None and days.exact:
            times = [time for item in items if (time := clock(context, item.resource.model))]
            yield _Session(days.first, min(times, default=""), window_of(context, concept))


def window_of(context: Context, concept: str) -> Window:
    """The days that count for a concept."""
    cells = context.relief_days.get(concept) or context.relief_days[DEFAULT]
    return Window(cells["before"], cells["from"], cells["until"], cells["sure"])


def _measured(
    context: Context,
    concept: str,
    items: Sequence[Done],
    scales: Iterable[Sequence[Result]],
    known: Sequence[_Session],
) -> _Measured | None:
    """The most relief that scores of one scale tell; None where none stand on both sides of the session."""
    session = next(_dated(context, concept, [items]), None)
    if session is None:
        return None
    found = [item for scores in scales for item in _of_scale(session, scores, known, context)]
    return max(found, key=lambda item: (not item.weak, item.percent, item.weeks, item.sources), default=None)


def _of_scale(
    session: _Session, scores: Sequence[Result], known: Sequence[_Session], context: Context
) -> Iterator[_Measured]:
    day, window = session.day, session.window
    stops = min((other.day for other in known if other.day > day), default=date.max)
    before = [s for s in scores if _days(s, session) <= 0 and _is_baseline(s, session, known)]
    after = [s for s in scores if _side(s, session) != "before" and s.days.first < stops]
    after = [s for s in after if window.start <= _days(s, session) <= window.until]
    for first, second, may_be_other in _couples(session, before, after):
        if first.value <= 0:
            continue
        percent = eased(first.value, second.value)
        late = _days(second, session) > window.sure
        # Where nothing is sure but the day itself, what is measured later may be anything's effect.
        weak = may_be_other or (late and (percent < context.half_relief or not window.sure))
        sources = (_as(first, "before"), _as(second, "after"))
        yield _Measured(percent, _weeks(session, first, after, context.half_relief), weak, sources)


def _couples(
    session: _Session, before: Sequence[Result], after: Sequence[Result]
) -> Iterator[tuple[Result, Result, bool]]:
    """The scores nearest before and after, and whether one may be the other: of the day itself, without a time."""
    either = [s for s in before if _side(s, session) == ""]
    sure = [s for s in before if _side(s, session) == "before"]
    later = [s for s in after if _side(s, session) == "after"]
    high, low = max(either, key=_value, default=None), min(either, key=_value, default=None)
    at_once = session.window.start == 0
    if high is not None and low is not None and low.value < high.value and at_once:
        yield high, low, False
        return
    last = _nearest(sure) if sure else None
    if last is not None and low is not None and at_once and low.value < last.value:
        yield last, low, True
    # A lower score of the day itself may be the first effect; it is no baseline where the effect is judged later.
    first = high if last is None or (high is not None and (at_once or high.value >= last.value)) else last
    if first is not None and later:
        soonest = min(s.days.first for s in later)
        nearest = min((s for s in later if s.days.first == soonest), key=_value)
        yield first, nearest, at_once and high is not None and last is not None


def _nearest(before: Sequence[Result]) -> Result:
    """The last before; of several that nothing puts in order the lowest."""
    last = max((s.days.first, s.clock) for s in before)
    return min((s for s in before if (s.days.first, s.clock) == last), key=_value)


def _value(score: Result) -> tuple[float, FactSource]:
    return score.value, score.source


def _is_baseline(score: Result, session: _Session, known: Sequence[_Session]) -> bool:
    """Whether a score may be what the pain was before: recent, and not the effect of an earlier procedure."""
    if -_days(score, session) > session.window.before or _side(score, session) == "after":
        return False
    earlier = [other for other in known if other.day < session.day]
    return not any(0 <= _days(score, e) <= e.window.start and _side(score, e) != "before" for e in earlier)


def _days(score: Result, session: _Session) -> int:
    return (score.days.first - session.day).days


def _side(score: Result, session: _Session) -> str:
    """`before` or `after` the session, '' where the day is the same and a time is missing."""
    days = _days(score, session)
    if days:
        return "after" if days > 0 else "before"
    if not (score.clock and session.clock):
        return ""
    return "after" if score.clock > session.clock else "before"


def _weeks(session: _Session, first: Result, after: Sequence[Result], half: float) -> int:
    """Whole weeks until the last score of an unbroken row with at least half of the pain gone."""
    by_day: dict[date, float] = {}
    for score in after:
        by_day[score.days.first] = max(score.value, by_day.get(score.days.first, 0.0))
    last = UNKNOWN
    for day in sorted(by_day):
        if eased(first.value, by_day[day]) < half:
            break
        last = (day - session.day) // timedelta(days=WEEK)
    return last


def _as(score: Result, side: str) -> FactSource:
    return score.source._replace(label=f"{score.source.label}, {side}")
