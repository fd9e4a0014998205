"""A payer's or clinic's policy, and who administers what where, as strict models.

A policy file is a `Policy`; `_policies/_contractors.yaml` holds the `Jurisdictions` that its local texts name.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from service.errors import ContentInvalid
from service.rules.model import Dated, Parameter, Source, Strict, Text


class Local(Strict):
    """The text of one jurisdiction; `document` is its public number."""

    document: Text
    from_: date = Field(alias="from")
    until: date | None = None
    source: Source

    def holds(self, day: date) -> bool:
        """Whether the text is in force on `day`."""
        return self.from_ <= day and (self.until is None or day < self.until)


class Jurisdiction(Strict):
    """Who administers a payer's coverage in some states or territories (two-letter codes)."""

    title: Text
    areas: tuple[str, ...]
    source: Source


class Jurisdictions(Strict):
    """rulesets/_policies/_contractors.yaml; one area has one jurisdiction."""

    jurisdictions: dict[str, Jurisdiction]

    @model_validator(mode="after")
    def _one_each(self) -> Jurisdictions:
        areas = [area for item in self.jurisdictions.values() for area in item.areas]
        twice = sorted({area for area in areas if areas.count(area) > 1})
        if twice:
            raise ValueError(f"area {twice[0]!r} has two jurisdictions")
        return self

    def of(self, area: str) -> str:
        """The jurisdiction of an area, '' where none is known."""
        return next((name for name, item in self.jurisdictions.items() if area in item.areas), "")


class Policy(Strict):
    """How a payer or clinic profile is recognised, for what it speaks, and what it sets.

    `recognised_by` are concepts of coverage value sets; `carriers` narrows them to what these coverages name beside.
    `local` are texts by jurisdiction; `elsewhere` says of the others whether there is none or none is listed here.
    `values` are the policy's own numbers, by rule folder and parameter. `checked` is the day of the last look at the
    evidence, `note` says what was verified against which text.
    """

    id: Text
    title: Text
    payer: str = ""
    procedures: tuple[str, ...] = ()
    recognised_by: tuple[str, ...] = ()
    carriers: tuple[str, ...] = ()
    from_: date = Field(alias="from")
    until: date | None = None
    source: Source
    checked: date
    note: Text
    local: dict[str, Local] = Field(default_factory=dict)
    elsewhere: Literal["", "none", "unlisted"] = ""
    values: dict[str, dict[str, tuple[Dated, ...]]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _says_what_is_elsewhere(self) -> Policy:
        if bool(self.local) != bool(self.elsewhere):
            raise ValueError("`local` texts and what is `elsewhere` go together")
        return self

    def holds(self, day: date) -> bool:
        """Whether the policy is in force on `day`."""
        return self.from_ <= day and (self.until is None or day < self.until)


Parameters = Mapping[str, Parameter]


def overridden(rules: Mapping[str, Parameters], policies: Mapping[str, Policy]) -> dict[str, Parameters]:
    """The parameters of the authorization rules with what policies set; raises ContentInvalid."""
    known = dict(rules)
    for policy in policies.values():
        for rule, values in policy.values.items():
            if rule not in known:
                raise ContentInvalid(f"{policy.id}.yaml: sets values of {rule!r}, which is no authorization rule")
            known[rule] = _with(known[rule], values, policy.id, rule)
    return known


def _with(parameters: Parameters, values: Mapping[str, tuple[Dated, ...]], policy: str, rule: str) -> Parameters:
    made = dict(parameters)
    for name, dated in values.items():
        parameter = made.get(name)
        if parameter is None or not parameter.values:
            raise ContentInvalid(f"{policy}.yaml: sets {name!r} of {rule}, which has no such dated parameter")
        if policy in parameter.policies:
            raise ContentInvalid(f"{policy}.yaml: {name!r} of {rule} already has values in that folder; keep one")
        if not all(_fits(item, parameter) for item in dated):
            raise ContentInvalid(f"{policy}.yaml: {name!r} of {rule} has values of another type")
        made[name] = parameter.model_copy(update={"policies": {**parameter.policies, policy: dated}})
    return made


def _fits(dated: Dated, parameter: Parameter) -> bool:
    """A number where the folder has one; a word where its own value is one, or one that it holds for some policy."""
    if not isinstance(dated.value, str):
        return not isinstance(parameter.values[0].value, str)
    words = {item.value for values in parameter.policies.values() for item in values}
    return isinstance(parameter.values[0].value, str) or dated.value in words
