"""The numbers in force on a day under a policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from service.errors import ContentInvalid
from service.rules.model import Dated, Parameter, Source

DEFAULT_POLICY = "clinic-default"


@dataclass(frozen=True, slots=True)
class InForce:
    """A number with its unit and source."""

    name: str
    value: int | float | str
    unit: str
    source: Source


class Values:
    """One rule folder's numbers in force; call it with a name to get the bare number."""

    def __init__(self, rule: str, parameters: Mapping[str, Parameter], day: date, policies: Sequence[str]) -> None:
        self._rule = rule
        self._parameters = parameters
        self._day = day
        self._policies = policies

    def __call__(self, name: str) -> Any:
        """The bare value of a dated parameter; raises ContentInvalid when there is none in force."""
        return self.in_force(name).value

    def in_force(self, name: str) -> InForce:
        """A dated parameter with unit and source; the policy's value where it sets one, else the clinic's."""
        parameter = self.parameter(name)
        dated = self._holding(parameter)
        if dated is not None:
            return InForce(name, dated.value, parameter.unit, dated.source)
        raise ContentInvalid(f"{self._rule}: parameter {name!r} has no value in force on {self._day.isoformat()}")

    def parameter(self, name: str) -> Parameter:
        """The parameter itself, tables included."""
        try:
            return self._parameters[name]
        except KeyError:
            raise ContentInvalid(f"{self._rule}: there is no parameter {name!r} in parameters.yaml") from None

    def has(self, name: str) -> bool:
        """Whether there is a parameter of that very name."""
        return name in self._parameters

    def each(self, name: str) -> dict[str, Any]:
        """Bare values of the dated parameters `name.<key>`, by key: one number for each of several subjects."""
        start = f"{name}."
        return {key.removeprefix(start): self(key) for key in self._parameters if key.startswith(start)}

    def rows(self, name: str) -> list[str]:
        """The row keys of a table."""
        return list(self.parameter(name).rows)

    def cell(self, name: str, row: str, column: str) -> dict[str, int | float | str]:
        """A table's cell, {} when the table has none."""
        found = self.parameter(name).rows.get(row)
        return dict(found.cells.get(column, {})) if found else {}

    def tables(self) -> dict[str, dict[str, Any]]:
        """All tables in the form that the engine process looks cells up in."""
        return {
            name: {key: dict(row.cells) for key, row in parameter.rows.items()}
            for name, parameter in self._parameters.items()
            if parameter.rows
        }

    def epoch(self) -> tuple[Dated, ...]:
        """The dated values in force; equal epochs compile to equal programs."""
        chosen = (self._holding(parameter) for parameter in self._parameters.values())
        return tuple(dated for dated in chosen if dated is not None)

    def _holding(self, parameter: Parameter) -> Dated | None:
        of_policies = [dated for policy in self._policies for dated in parameter.policies.get(policy, ())]
        return next((dated for dated in (*of_policies, *parameter.values) if dated.holds(self._day)), None)
