"""The forms as content: what is asked for each criterion, and which criteria each family of procedures has."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import ValidationError, model_validator

from service.errors import ContentInvalid
from service.rules.load import RULESETS, read_yaml
from service.rules.model import Strict, Text

FILE = "_questionnaires/forms.yaml"


class Detail(Strict):
    """One further question; `value` names the number of a finding that answers it, `unit` is its UCUM code.

    `read` names elements (`Type.element`) of cited resources that answer it, for questions of type date.
    """

    id: Text
    type: Literal["decimal", "integer", "date", "string", "text"]
    text: Text
    value: str = ""
    unit: str = ""
    read: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _one_way_to_answer(self) -> Self:
        if self.value and self.type not in ("decimal", "integer"):
            raise ValueError("only a number is answered by a `value`")
        if self.read and self.type != "date":
            raise ValueError("only a date is answered by what is `read`")
        return self


class AskedCriterion(Strict):
    """One criterion as a question to a person."""

    text: Text
    details: tuple[Detail, ...] = ()


class Family(Strict):
    """Procedures that are asked the same; `criteria` in the order in which they are asked."""

    title: Text
    procedures: tuple[Text, ...]
    criteria: tuple[Text, ...]


class Forms(Strict):
    """All forms of the content."""

    criteria: dict[str, AskedCriterion]
    families: dict[str, Family]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for name, family in self.families.items():
            unknown = [criterion for criterion in family.criteria if criterion not in self.criteria]
            if unknown:
                raise ValueError(f"family {name} asks for {', '.join(unknown)}, which `criteria` does not have")
            if len(set(family.criteria)) < len(family.criteria):
                raise ValueError(f"family {name} asks for one criterion twice")
        named = [procedure for family in self.families.values() for procedure in family.procedures]
        if len(set(named)) < len(named):
            raise ValueError("a procedure belongs to one family only")
        return self

    def family_of(self, procedure: str) -> str:
        """The family of a procedure, '' where nobody asks for its authorization."""
        return next((name for name, family in self.families.items() if procedure in family.procedures), "")


def load_forms(root: Path = RULESETS) -> Forms:
    """The forms under `root`; raises ContentInvalid naming file and fault."""
    try:
        return Forms.model_validate(read_yaml(root / FILE))
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        raise ContentInvalid(f"{FILE}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}") from error
