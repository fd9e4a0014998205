"""Policies as a person reads them: for whom, for what, where, since when, every number, and what was verified."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from service.errors import UnknownRule
from service.rules.load import Content
from service.rules.model import Dated, Source
from service.rules.policy import Policy

PREFIX = "policy/"
OPENING = """\
# Policies

By which a request for authorization is judged, one file each. A policy is chosen from the coverage on record (type,
class, payor), the patient's state and the day of the service, or by argument; a payer without one gets the clinic's own
checklist, and that is said.

This page lists what each file and each rule folder holds. It is no copy of a payer's text and no certification: every
number says how sure it is (`verified`: seen in the text itself; `secondary`: in a mirror, digest or news; `recalled`:
from memory, not found; `clinic`: the clinic's own), and every policy says what was looked at and when. Check against
the payer's own text before relying on it.
"""
NO_NUMBER = "Sets no number of its own: those of the rule folders stand, which are the clinic's or cited there."


def page(content: Content) -> str:
    """rulesets/_policies/README.md; `spine-cds rules list --policies` writes it."""
    lines = [OPENING, "| policy | payer | procedures | from | until | checked |", "|---|---|---|---|---|---|"]
    for policy in content.policies.values():
        cells = [f"[`{policy.id}`](#{policy.id})", policy.payer, str(len(policy.procedures) or "all")]
        cells += [policy.from_.isoformat(), _until(policy.until), policy.checked.isoformat()]
        lines.append(f"| {' | '.join(cells)} |")
    for policy in content.policies.values():
        lines += ["", *_section(content, policy)]
    return "\n".join([*lines, "", *_jurisdictions(content)]) + "\n"


def shown(content: Content, name: str) -> str:
    """One policy by `policy/ID`, as its section of the page; raises UnknownRule."""
    policy = content.policies.get(name.removeprefix(PREFIX))
    if policy is None:
        raise UnknownRule(f"no policy has this id; known are {', '.join(sorted(content.policies))}")
    return "\n".join(_section(content, policy)) + "\n"


def values_of(content: Content, policy: str) -> Iterator[tuple[str, str, str, Dated]]:
    """Every number that a policy sets: rule folder, parameter, unit, and the dated value."""
    for rule in content.rules.values():
        for name, parameter in rule.parameters.items():
            for dated in parameter.policies.get(policy, ()):
                yield rule.id, name, parameter.unit, dated


def _section(content: Content, policy: Policy) -> list[str]:
    lines = [f"## {policy.id}", "", f"**{policy.title}**. {policy.note}", ""]
    named = ", ".join([*policy.recognised_by, *(f"carrier {name}" for name in policy.carriers)])
    unnamed = "nothing; judged where it is named" if policy.procedures else "nothing; it stands in where no other fits"
    lines += [
        f"- Recognised by: {named or unnamed}",
        f"- Procedures: {', '.join(policy.procedures) or 'all'}",
        f"- In force: from {policy.from_.isoformat()}{f', until {policy.until.isoformat()}' if policy.until else ''}",
        f"- Source: {_source(policy.source)}",
        f"- Looked at: {policy.checked.isoformat()}",
    ]
    values = [
        [
            f"`{rule}`",
            f"{name.replace('_', ' ')}",
            f"{dated.value} {unit}".strip(),
            dated.from_.isoformat(),
            *_cells(dated),
        ]
        for rule, name, unit, dated in values_of(content, policy.id)
    ]
    if values:
        heads = ["rule", "number", "value", "from", "until", "status", "source"]
        lines += ["", *_table(heads, values)]
    else:
        lines += ["", NO_NUMBER]
    if values and (policy.carriers or not policy.recognised_by):
        lines += ["", _otherwise(content, policy)]
    return lines + list(_local(content, policy))


def _otherwise(content: Content, policy: Policy) -> str:
    """Where the numbers come from that a named payer's policy does not set."""
    wider = [
        f"[`{other.id}`](#{other.id})"
        for other in content.policies.values()
        if not other.carriers and set(other.recognised_by) & set(policy.recognised_by)
    ]
    general = f"the numbers of {' and '.join(wider)} stand in, and then those" if wider else "there stand those"
    return f"What it does not set here was not seen; {general} of the rule folders."


def _local(content: Content, policy: Policy) -> Iterator[str]:
    if not policy.local:
        return
    elsewhere = "has none, and the policy does not apply" if policy.elsewhere == "none" else "is not listed here"
    yield from ("", f"Local texts; any other jurisdiction {elsewhere}:", "")
    rows = []
    for name, text in policy.local.items():
        place = content.jurisdictions.jurisdictions[name]
        cells = [place.title, ", ".join(place.areas), text.document, text.from_.isoformat(), _until(text.until)]
        rows.append([*cells, text.source.status, _source(text.source)])
    yield from _table(["jurisdiction", "states", "text", "from", "until", "status", "source"], rows)


def _jurisdictions(content: Content) -> list[str]:
    rows = [
        [item.title, ", ".join(item.areas), item.source.status, _source(item.source)]
        for item in content.jurisdictions.jurisdictions.values()
    ]
    return ["## Jurisdictions", "", *_table(["contractor", "states", "status", "source"], rows)]


def _cells(dated: Dated) -> list[str]:
    return [_until(dated.until), dated.source.status, _source(dated.source)]


def _until(day: Any) -> str:
    return day.isoformat() if day else ""


def _source(source: Source) -> str:
    title = f"[{source.title}]({source.href})" if source.href else source.title
    return f"{title}{f': {source.section}' if source.section else ''}"


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    heads = list(heads)
    return [_row(heads), "|" + "---|" * len(heads), *(_row(row) for row in rows)]


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
