"""The catalogue: what each rule is for, what it says, and which numbers are in force."""

from __future__ import annotations

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
