"""One bad rule for each thing that the linter refuses, and for each check of strata, kinds and fields."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from durable import lang

from service.errors import ContentInvalid
from service.facts.fact import BASE
from service.rules import compile, lint
from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.compile import Compiler
from service.rules.lint import lint_definition, lint_source
from service.rules.load import load_content
from tests.support.messages import messages, unseen
from tests.support.rulesets import OUTCOMES, RULE, folder, plant

SEEN = c.seen << (m.k == "observation")
ILL = c.ill << (m.k == "condition")
UNGUARDED = {"all": [{"a": {"k": "condition"}}, {"b": {"$and": [{"k": "procedure"}, {"region": {"a": "region"}}]}}]}
Make = Callable[[], Any]

SHAPES: dict[str, tuple[Make, str]] = {
    "a group of facts is taken with count": (lambda: when_all(ILL, lang.count(3)), "count is not allowed"),
    "a priority is given": (lambda: when_all(ILL, lang.pri(3)), "pri is not allowed"),
    "a rule has nine patterns": (
        lambda: when_all(*(getattr(c, f"a{n}") << (m.k == "condition") for n in range(9))),
        "1 to 8 patterns, this one 9",
    ),
    "a pattern names no kind": (lambda: when_all(c.a << (m.region == "x")), "names no kind"),
    "a pattern names two kinds": (
        lambda: when_all(c.a << (m.k == "condition") & (m.k == "procedure")),
        "names no kind",
    ),
    "a kind is misspelt": (lambda: when_all(c.a << (m.k == "conditoin")), "which nothing provides; declare it"),
    "an alias is used twice": (lambda: when_all(ILL, ILL), "alias ill is used twice"),
    "none() is used": (lambda: when_all(ILL, lang.none(m.k == "procedure")), "use absent"),
    "any() is used": (lambda: when_all(ILL, c.x << lang.any(m.k == "procedure")), "nested all/any"),
    "Python decided a condition": (
        lambda: when_all(c.a << (m.k == "condition") & (m.region in ("a", "b"))),
        "Python has already decided",
    ),
    "a field's presence is tested": (
        lambda: when_all(c.a << (m.k == "condition") & +m.region),
        "whether a field exists",
    ),
    "a field's absence is tested": (
        lambda: when_all(c.a << (m.k == "condition") & -m.region),
        "whether a field exists",
    ),
    "a rule adds": (
        lambda: when_all(SEEN, c.more << (m.k == "observation") & (m.value > c.seen.value + 1.0)),
        "calculates",
    ),
    "a rule divides": (
        lambda: when_all(SEEN, c.more << (m.k == "observation") & (m.value > c.seen.value / 2.0)),
        "calculates",
    ),
    "a text is matched": (lambda: when_all(c.a << (m.k == "condition") & m.concept.matches("x.*")), "uses matches"),
    "an or stands in a join": (
        lambda: when_all(
            ILL, c.b << (m.k == "procedure") & (m.region == c.ill.region) & ((m.side == "") | (m.side == "left"))
        ),
        "has | in a join",
    ),
    "an and is nested in a join": (
        lambda: when_all(ILL, c.b << (m.k == "procedure") & ((m.region == c.ill.region) & (m.side == ""))),
        "nests & in a join",
    ),
    "a join lacks its guard": (lambda: UNGUARDED, "does not end with the guard"),
    "an id is compared": (lambda: when_all(c.a << (m.k == "condition") & (m.id == "1")), "pattern a compares id"),
    "a field is misspelt": (lambda: when_all(c.a << (m.k == "condition") & (m.regoin == "x")), "tests 'regoin'"),
    "a join names an unknown alias": (
        lambda: when_all(ILL, c.b << (m.k == "procedure") & (m.region == c.il.region)),
        "refers to c.il, which no earlier",
    ),
    "a join takes an id": (
        lambda: when_all(ILL, c.b << (m.k == "procedure") & (m.region == c.ill.sid)),
        "compares with c.ill.sid",
    ),
    "a join takes a field that is not there": (
        lambda: when_all(ILL, c.b << (m.k == "procedure") & (m.region == c.ill.place)),
        "refers to c.ill.place, which that kind",
    ),
    "a join takes a field of another type": (
        lambda: when_all(ILL, c.b << (m.k == "procedure") & (m.region == c.ill.active)),
        "of another type",
    ),
    "a field is compared with True": (
        lambda: when_all(c.a << (m.k == "condition") & (m.active == True)),  # noqa: E712
        "with True; use 0 and 1",
    ),
    "a field is compared with None": (
        lambda: when_all(c.a << (m.k == "condition") & (m.region == None)),  # noqa: E711
        "with None; use 0 and 1",
    ),
    "a float is compared with a whole number": (
        lambda: when_all(c.a << (m.k == "observation") & (m.value > 5)),
        "write it with a decimal point",
    ),
    "a text is compared with a number": (
        lambda: when_all(c.a << (m.k == "condition") & (m.region == 5)),
        r"compares region (str) with 5",
    ),
    "texts are ordered": (lambda: when_all(c.a << (m.k == "condition") & (m.region < "x")), "orders text by $lt"),
    "a constant has an exponent": (
        lambda: when_all(c.a << (m.k == "observation") & (m.value > 1e-7)),
        "cannot read exponents",
    ),
    "a whole number is too large": (
        lambda: when_all(c.a << (m.k == "condition") & (m.onset_days < 2**53 + 1)),
        "beyond 2^53",
    ),
}
SOURCES = {
    "and": "when_all(c.a << (m.k == 'x') and (m.v == 1))",
    "or": "when_all(c.a << (m.k == 'x') or (m.v == 1))",
    "not": "when_all(c.a << (not m.v))",
    "a chained comparison": "when_all(c.a << (1 < m.v < 5))",
    "in": "when_all(c.a << (m.k == 'x') & (m.v in (1, 2)))",
    "is": "when_all(c.a << (m.k == 'x') & (m.v is None))",
}
AUTHORED = "from service.rules.authoring import absent, c, lookup, m, when_all\n\n\ndef rules(p):\n    yield {rule}\n"
DERIVED = {
    **folder(
        AUTHORED.format(rule='when_all(c.a << (m.k == "procedure")).derive("late", place=c.a.region)'),
        RULE + "derives: {late: {place: str}}\n",
        name="safety/late",
    )
}
DERIVES = "derives: {made: {place: str, days: int}}\n"
TABLE = "grades: {title: t, rows: {one: {source: {title: s, status: clinic}, cells: {a: {value: 1}}}}}\n"
ILL_TEXT = 'c.ill << (m.k == "condition")'
CONTENT: dict[str, tuple[str, str, str]] = {
    "an alias has a capital letter": (
        'when_all(c.Ill << (m.k == "condition")).conclude("said")',
        OUTCOMES,
        "alias 'Ill'; use lower-case",
    ),
    "absence of a kind that nothing provides": (
        'when_all(c.no << absent("conditoin")).conclude("said")',
        OUTCOMES,
        "asks for kind 'conditoin', which nothing provides",
    ),
    "absence by a field that is not there": (
        'when_all(c.no << absent("condition", by="place")).conclude("said")',
        OUTCOMES,
        "names field 'place', which that kind does not have",
    ),
    "absence by a number": (
        'when_all(c.no << absent("condition", by="active")).conclude("said")',
        OUTCOMES,
        "groups by 'active'; only a field that holds text",
    ),
    "absence with a fixed field that is not there": (
        'when_all(c.no << absent("condition", place="x")).conclude("said")',
        OUTCOMES,
        "names field 'place', which that kind does not have",
    ),
    "a kind that a higher stratum derives": (
        'when_all(c.late << (m.k == "late")).conclude("said")',
        OUTCOMES,
        "'late' is not complete in picture; it is derived in safety",
    ),
    "absence of a kind derived in the same stratum": (
        f'when_all({ILL_TEXT}, c.no << absent("made")).derive("made", place=c.ill.region, days=1)',
        DERIVES,
        "'made' is not complete in picture; it is derived in picture",
    ),
    "an outcome that rule.yaml does not have": (
        f'when_all({ILL_TEXT}).conclude("sayd")',
        OUTCOMES,
        "concludes 'sayd', which rule.yaml does not have",
    ),
    "an outcome that is never concluded": (
        f'when_all({ILL_TEXT}).derive("made", place=c.ill.region, days=1)',
        OUTCOMES + DERIVES,
        "outcome 'said' is never concluded",
    ),
    "a derived kind that is not declared": (
        f'when_all({ILL_TEXT}).derive("maid", place=c.ill.region)',
        DERIVES,
        "derives 'maid'; declare it under derives",
    ),
    "a derived kind without one of its fields": (
        f'when_all({ILL_TEXT}).derive("made", place=c.ill.region)',
        DERIVES,
        "with other fields than ['days', 'place']",
    ),
    "a derived field of another type": (
        f'when_all({ILL_TEXT}).derive("made", place=c.ill.region, days="1")',
        DERIVES,
        "field needs int, got '1'",
    ),
    "a derived field from a field of another type": (
        f'when_all({ILL_TEXT}).derive("made", place=c.ill.region, days=c.ill.side)',
        DERIVES,
        "field needs int, c.ill.side is str",
    ),
    "a derived field from an alias that is not there": (
        f'when_all({ILL_TEXT}).derive("made", place=c.il.region, days=1)',
        DERIVES,
        "takes c.il.region, which none of its patterns has",
    ),
    "a number from a table": (
        f'when_all({ILL_TEXT}).derive("made", place="x", days=lookup("grades", "one", "a"))',
        DERIVES,
        "derives a number from a table",
    ),
    "a table that is not there": (
        f'when_all({ILL_TEXT}).derive("made", place=lookup("grads", "one", "a"), days=1)',
        DERIVES,
        "looks up table 'grads'",
    ),
    "a table's key from an alias that is not there": (
        f'when_all({ILL_TEXT}).derive("made", place=lookup("grades", c.il.concept, "a"), days=1)',
        DERIVES,
        "takes c.il.concept, which none of its patterns has",
    ),
}


def shape_refusal(make: Make) -> str:
    made = make()
    definition = made if isinstance(made, dict) else made.conclude("said").definition
    with pytest.raises(ContentInvalid) as refused:
        lint_definition("picture/tried#0", definition, BASE)
    return str(refused.value)


def source_refusal(source: str) -> str:
    with pytest.raises(ContentInvalid) as refused:
        lint_source("picture/tried", f"def rules(p):\n    yield {source}\n")
    return str(refused.value)


def content_refusal(root: Path, rule: str, extra: str) -> str:
    files = folder(AUTHORED.format(rule=rule), RULE + extra, TABLE)
    content = load_content(plant(root, {**DERIVED, **files}))
    with pytest.raises(ContentInvalid) as refused:
        Compiler(content).program(date(2026, 11, 22), ())
    return str(refused.value)


@pytest.mark.parametrize("case", SHAPES)
def test_a_shape_is_refused_when(case: str) -> None:
    make, words = SHAPES[case]
    text = shape_refusal(make)
    assert words in text
    assert text.startswith("picture/tried#0: ")


@pytest.mark.parametrize("case", SOURCES)
def test_python_would_swallow_a_condition_under(case: str) -> None:
    assert source_refusal(SOURCES[case]).startswith("picture/tried, line 2: ")


@pytest.mark.parametrize("case", CONTENT)
def test_a_rule_is_refused_that_asks_for(tmp_path: Path, case: str) -> None:
    rule, extra, words = CONTENT[case]
    text = content_refusal(tmp_path, rule, extra)
    assert words in text
    assert text.startswith("picture/tried")


def test_every_message_has_a_bad_rule(tmp_path: Path) -> None:
    texts = [shape_refusal(make) for make, _ in SHAPES.values()] + [source_refusal(text) for text in SOURCES.values()]
    texts += [
        content_refusal(tmp_path / str(number), rule, extra) for number, (rule, extra, _) in enumerate(CONTENT.values())
    ]
    assert len(messages(lint)) > 20
    assert len(messages(compile)) > 10
    assert unseen(lint, texts) == []
    assert unseen(compile, texts) == []


def test_negative_numbers_and_plain_python_are_left_alone() -> None:
    lint_source("picture/tried", "X = 1 < 2 < 3 and not 5\n\n\ndef rules(p):\n    yield when_all(c.a << (m.v == -1))\n")


def test_what_is_allowed_passes() -> None:
    rule: Rule = when_all(
        ILL,
        c.done << (m.k == "procedure") & (m.region == c.ill.region) & (m.age_days < c.ill.onset_days) & (m.side != ""),
        c.said << (m.k == "statement") & ((m.negated == 0) | (m.side == "left") & (m.level != "")),
        c.free << absent("imaging", by="region") & (m.region == c.ill.region),
        c.seen << (m.k == "observation") & (m.value >= 0.5) & (m.age_days != c.ill.onset_days),
    ).conclude("said")
    lint_definition("picture/tried#0", rule.definition, BASE)
