"""Names in one file that another must have: a misspelt one would leave a number or a rule unused in silence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from service.errors import ContentInvalid
from service.rules.model import Services
from service.rules.policy import Policy

if TYPE_CHECKING:
    from service.rules.load import LoadedRule


def known_names(rule: LoadedRule, policies: Mapping[str, Policy], services: Services) -> None:
    """Policies with numbers, hooks, and criteria with their place in the checklist; raises ContentInvalid."""
    for name, parameter in rule.parameters.items():
        for policy in sorted(parameter.policies.keys() - policies.keys()):
            raise ContentInvalid(f"{rule.id}: {name} has values for policy {policy!r}, which _policies does not have")
    hooks = {hook for service in services.services for hook in service.hooks}
    for hook in sorted(set(rule.file.hooks) - hooks):
        raise ContentInvalid(f"{rule.id}: speaks on hook {hook!r}, which no service in services.yaml has")
    for name, outcome in rule.file.outcomes.items():
        if outcome.criterion is not None and outcome.criterion.id not in services.criteria:
            raise ContentInvalid(
                f"{rule.id}: {name} answers criterion {outcome.criterion.id!r}; "
                "services.yaml does not list it in `criteria`"
            )


def used(rule: LoadedRule, rules: Mapping[str, LoadedRule]) -> None:
    """One name, one number: a folder that is used must exist and have no parameter of the same name."""
    names = set(rule.parameters)
    for used in rule.file.uses:
        if used not in rules:
            raise ContentInvalid(f"{rule.id}: uses {used!r}, which is no rule folder")
        if rules[used].stratum > rule.stratum:
            raise ContentInvalid(
                f"{rule.id}: uses {used!r} of a higher stratum; a rule builds on its own and lower ones"
            )
        for name in sorted(names & rules[used].parameters.keys()):
            raise ContentInvalid(
                f"{rule.id}: parameter {name!r} also stands in {used}, which it uses; name one otherwise"
            )
        names |= rules[used].parameters.keys()
