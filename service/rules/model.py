"""What a rule folder may say, as strict models: an unknown key or a missing source stops the start.

rule.yaml is a `RuleFile`, parameters.yaml a mapping of `Parameter` by name, a policy file a `Policy`.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Status = Literal["verified", "secondary", "recalled", "clinic"]
Kind = Literal[
    "red-flag",
    "safety-alert",
    "suggestion",
    "advise-against",
    "documentation",
    "coverage",
    "care-plan",
    "could-not-check",
]
CriterionStatus = Literal["met", "not-met", "not-documented", "not-applicable"]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class Strict(BaseModel):
    """Nothing unknown, nothing changed after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(Strict):
    """Where a number or a statement comes from, and how sure it is; one `aside` carries a detail and names no card."""

    title: Text
    href: str = ""
    section: str = ""
    status: Status
    aside: bool = False

    def as_json(self) -> dict[str, str]:
        """The contract's form, without empty members."""
        return {name: value for name, value in self.model_dump(exclude={"aside"}).items() if value}


class Dated(Strict):
    """One value and the days on which it holds (`until` exclusive)."""

    from_: date = Field(alias="from")
    until: date | None = None
    value: int | float | str
    source: Source

    def holds(self, day: date) -> bool:
        """Whether the value is in force on `day`."""
        return self.from_ <= day and (self.until is None or day < self.until)


class Row(Strict):
    """One row of a parameter table: cells by second key, with the row's source."""

    source: Source
    cells: dict[str, dict[str, int | float | str]]


class Parameter(Strict):
    """Dated values (overridden per policy) or a table; `step` is the smallest change that some case must notice."""

    title: Text
    unit: str = ""
    step: int | float | None = None
    values: tuple[Dated, ...] = ()
    policies: dict[str, tuple[Dated, ...]] = {}
    rows: dict[str, Row] = {}

    @model_validator(mode="after")
    def _one_form(self) -> Parameter:
        if bool(self.values) == bool(self.rows):
            raise ValueError("give either dated `values` or table `rows`")
        if self.values and not isinstance(self.values[0].value, str) and self.step is None:
            raise ValueError("a number needs a `step`: the smallest change that some case must notice")
        return self


class Criterion(Strict):
    """The authorization criterion that an outcome answers; `needed` and `found` are templates."""

    id: Text
    status: CriterionStatus
    needed: str = ""
    found: str = ""
    supplier: str = ""


class Missing(Strict):
    """What would change the advice if it were known."""

    what: Text
    from_: Text = Field(alias="from")
    why: Text


class Suggested(Strict):
    """The order that a suggestion offers to draft; a `placeless` one has no place, `level` is a template."""

    procedure: Text
    label: Text
    note: str = ""
    level: str = ""
    recommended: bool = False
    placeless: bool = False


class Outcome(Strict):
    """One thing a rule can conclude; texts are Jinja templates over the matched facts and the values in force."""

    kind: Kind
    topic: str = ""
    indicator: Text
    summary: Text
    detail: str = ""
    procedure: str = ""
    region: str = ""
    laterality: str = ""
    because: tuple[str, ...] | None = None
    values: dict[str, str] = {}
    missing: tuple[Missing, ...] = ()
    criterion: Criterion | None = None
    suggest: Suggested | None = None
    critical_by_fact: bool = False
    leads: bool = False
    # What it asks for comes before any procedure: a suggestion beside it is an option, and not recommended.
    comes_first: bool = False
    sources: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _complete(self) -> Outcome:
        if self.kind == "safety-alert" and not self.topic:
            raise ValueError("a safety-alert needs a `topic`")
        if self.criterion is not None and self.kind != "documentation":
            raise ValueError("only a documentation outcome answers a criterion")
        return self


class Combine(Strict):
    """Several conclusions about one procedure that become one plan; see `service.rules.combine`.

    `apart` (alias.field) is what makes two members two; of those that agree in it the first, longest one counts.
    """

    outcome: Text
    of: tuple[Text, ...]
    longest: tuple[Text, ...] = ()
    apart: str = ""


class Review(Strict):
    """Whether a clinician has read the rule."""

    state: Literal["draft", "reviewed"]
    by: str = ""
    on: date | None = None


class RuleFile(Strict):
    """rule.yaml; `uses` names other folders whose parameters this one may read as well.

    `aside` names derived kinds that only qualify what follows from them (they raise a class): they are reasons for the
    outcomes of folders that name them in `cites`, and for no others.
    """

    id: Text
    title: Text
    purpose: Text
    hooks: tuple[str, ...]
    needs: tuple[dict[str, Any], ...] = ()
    uses: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()
    derives: dict[str, dict[str, Literal["str", "int", "float"]]] = {}
    outcomes: dict[str, Outcome] = {}
    combines: tuple[Combine, ...] = ()
    sources: dict[str, Source] = {}
    not_modelled: tuple[str, ...] = ()
    mission: tuple[str, ...] = ()
    review: Review
    attributes: dict[str, str] = {}

    @model_validator(mode="after")
    def _cites_known(self) -> RuleFile:
        for name, outcome in self.outcomes.items():
            for key in outcome.sources:
                if key not in self.sources:
                    raise ValueError(f"outcome {name} cites {key!r}, which `sources` does not have")
        for combine in self.combines:
            for name in (combine.outcome, *combine.of):
                if name not in self.outcomes:
                    raise ValueError(f"combines names {name!r}, which `outcomes` does not have")
        return self


class PublishedService(Strict):
    """One CDS service as discovery names it."""

    id: Text
    hooks: tuple[str, ...]
    title: Text
    description: Text


class Override(Strict):
    """A reason for not following a card of these kinds (of one of these topics, where any are named)."""

    code: Text
    display: Text
    kinds: tuple[Kind, ...]
    topics: tuple[str, ...] = ()


class Services(Strict):
    """rulesets/services.yaml; `criteria` are the criterion ids in the order in which a reviewer reads them."""

    services: tuple[PublishedService, ...]
    criteria: tuple[str, ...] = ()
    usage: Text
    override_reasons: tuple[Override, ...] = ()
