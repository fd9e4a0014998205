"""The catalogue: what each rule is for, what it says, and which numbers are in force."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from service.errors import UnknownRule
from service.rules.compile import Compiler
from service.rules.load import STRATA, Content, LoadedRule


def listed(content: Content) -> list[dict[str, Any]]:
    """One line a rule, in order of strata."""
    return [
        {
            "id": rule.id,
            "title": rule.file.title,
            "stratum": STRATA[rule.stratum],
            "hooks": list(rule.file.hooks),
            "outcomes": sorted(rule.file.outcomes),
            "review": rule.file.review.state,
        }
        for rule in content.rules.values()
    ]


def as_markdown(content: Content) -> str:
    """rulesets/README.md: one table row a rule, by stratum; `spine-cds rules list --markdown` writes it."""
    lines = [
        "# Rules",
        "",
        "One folder a rule: `rule.yaml` (what it needs and says), `parameters.yaml` (dated, cited numbers), `rules.py`",
        "(conditions in the engine's language), `cases.yaml` (what must come out, around every boundary). A rule of a",
        "higher stratum may build on everything below it; `spine-cds rules show ID` prints it with numbers in force,",
        "`spine-cds rules show STRATUM` all of a stratum. Every text as it is said: [procedures](procedures/TEXTS.md),",
        "[safety](safety/TEXTS.md).",
    ]
    for number, stratum in enumerate(STRATA):
        lines += [
            "",
            f"## {stratum}",
            "",
            "| rule | is about | says | mission rows | review |",
            "|---|---|---|---|---|",
        ]
        for rule in content.rules.values():
            if rule.stratum == number:
                says = ", ".join(sorted({outcome.kind for outcome in rule.file.outcomes.values()})) or "derives facts"
                cells = [
                    f"`{rule.id}`{_pages(rule)}",
                    rule.file.title,
                    says,
                    ", ".join(rule.file.mission),
                    rule.file.review.state,
                ]
                lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _pages(rule: LoadedRule) -> str:
    """A link to the page that lays a rule's tables out, where the folder has one."""
    path = rule.folder / "TABLE.md"
    return f" ([table]({path.parent.parent.name}/{path.parent.name}/{path.name}))" if path.exists() else ""


def shown(content: Content, compiler: Compiler, rule_id: str, day: date) -> dict[str, Any]:
    """One rule with values in force on `day`, citations and what is not modelled; raises UnknownRule."""
    rule = _rule(content, rule_id)
    values = compiler.values(rule_id, day, ())
    body = {
        **rule.file.model_dump(mode="json", by_alias=True, exclude_defaults=True),
        "values_in_force": [
            {
                "name": name,
                "title": parameter.title,
                "value": values(name),
                "unit": parameter.unit,
                "source": values.in_force(name).source.as_json(),
            }
            for name, parameter in rule.parameters.items()
            if parameter.values
        ],
        "policy_values": {
            policy: {name: compiler.values(rule_id, day, (policy,))(name) for name in names}
            for policy, names in _overrides(rule).items()
        },
        "tables": {
            name: {key: {"source": row.source.as_json(), **row.cells} for key, row in parameter.rows.items()}
            for name, parameter in rule.parameters.items()
            if parameter.rows
        },
        "content_version": content.version,
    }
    return {name: value for name, value in body.items() if value not in ([], {}, "", None)}


def source_attributes(content: Content, rule_id: str) -> dict[str, Any]:
    """What 45 CFR 170.315(b)(11) asks an evidence-based intervention to disclose; raises UnknownRule."""
    file = _rule(content, rule_id).file
    return {
        "id": file.id,
        "intervention": file.title,
        "purpose": file.purpose,
        "bibliographic_citations": [source.as_json() for source in file.sources.values()],
        "release": content.version,
        "review": file.review.model_dump(mode="json", exclude_none=True),
        "not_modelled": list(file.not_modelled),
        **file.attributes,
    }


def statuses(content: Content) -> Counter[str]:
    """How many numbers in force are verified, secondary, recalled or the clinic's own; a table's row counts once."""
    found: Counter[str] = Counter()
    for rule in content.rules.values():
        for parameter in rule.parameters.values():
            dated = [*parameter.values, *(value for values in parameter.policies.values() for value in values)]
            found.update(item.source.status for item in dated)
            found.update(row.source.status for row in parameter.rows.values())
    return found


def _rule(content: Content, rule_id: str) -> LoadedRule:
    rule = content.rules.get(rule_id)
    if rule is None:
        raise UnknownRule("no rule has this id; `spine-cds rules list` or GET /rules lists them")
    return rule


def _overrides(rule: LoadedRule) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, parameter in rule.parameters.items():
        for policy in parameter.policies:
            found.setdefault(policy, []).append(name)
    return found
