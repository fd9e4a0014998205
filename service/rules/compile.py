"""Rule folders and the numbers in force → one program for the engine, linted."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property, lru_cache
from typing import Any

from service.errors import ContentInvalid
from service.facts.fact import BASE
from service.rules.authoring import ABSENT, Action, Rule, parse_absence
from service.rules.lint import lint_definition, schema_of
from service.rules.load import STRATA, Content, LoadedRule
from service.rules.parameters import Values
from service.rules.program import Numbered, Program, Schema, kinds_of

ALIAS = re.compile(r"^[a-z][a-z_0-9]*$")
DEFAULTS: dict[type, Any] = {str: "", int: -1, float: -1.0}


class Compiler:
    """Programs of one content, compiled once for each set of numbers in force; `schemas`: the fields of each kind."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._programs: dict[str, Program] = {}
        self.schemas = {**BASE, **{kind: schema for kind, (_, schema) in content.kinds.items()}}
        self.program = lru_cache(maxsize=64)(self._program)
        self.values = lru_cache(maxsize=1024)(self._values)

    def _values(self, rule: str, day: date, policies: tuple[str, ...]) -> Values:
        return Values(rule, self._content.parameters(rule), day, policies)

    def day_for(self, rule: str, day: date, served: date | None) -> date:
        """The day whose numbers a rule goes by: a payer's are those of the service, all others those of today."""
        return served if served is not None and self._content.rules[rule].authorizes else day

    def turning(self, day: date, served: date) -> date:
        """The last day up to `served` on which some payer's number changes; `day` itself where none does."""
        return max((turn for turn in self._turns if day < turn <= served), default=day)

    @cached_property
    def _turns(self) -> frozenset[date]:
        dated = [
            item
            for rule in self._content.rules.values()
            if rule.authorizes
            for parameter in rule.parameters.values()
            for values in (parameter.values, *parameter.policies.values())
            for item in values
        ]
        return frozenset(day for item in dated for day in (item.from_, item.until) if day is not None)

    def _program(self, day: date, policies: tuple[str, ...], served: date | None = None) -> Program:
        """The program in force on `day` under `policies` for what is done on `served`; raises ContentInvalid."""
        days = {rule: self.day_for(rule, day, served) for rule in self._content.rules}
        epochs = [(rule, self.values(rule, days[rule], policies).epoch()) for rule in self._content.rules]
        signature = hashlib.sha256(repr((self._content.version, epochs)).encode()).hexdigest()[:16]
        if signature not in self._programs:
            self._programs[signature] = self._compile(signature, days, policies)
        return self._programs[signature]

    def _compile(self, signature: str, days: Mapping[str, date], policies: tuple[str, ...]) -> Program:
        numbered: list[Numbered] = []
        tables: dict[str, Mapping[str, Any]] = {}
        for rule in self._content.rules.values():
            values = self.values(rule.id, days[rule.id], policies)
            tables |= {f"{rule.id}:{name}": table for name, table in values.tables().items()}
            for place, item in enumerate(rule.define(values)):
                numbered.append(self._number(rule, place, item))
        # A policy may leave out what the clinic asks; what nobody ever asks is a mistake.
        if not policies:
            self._used_outcomes(numbered)
        return Program(signature, tuple(numbered), tables, len(STRATA))

    def _number(self, rule: LoadedRule, place: int, item: Rule) -> Numbered:
        name = f"{rule.id}#{place}"
        lint_definition(name, item.definition, self.schemas)
        for alias in (next(iter(pattern)) for pattern in item.definition["all"]):
            if not ALIAS.match(alias):
                raise ContentInvalid(f"{name}: alias {alias!r}; use lower-case letters, digits and _")
        for complaint in self._strata(rule, item):
            raise ContentInvalid(f"{name}: {complaint}")
        aliases = (next(iter(pattern)) for pattern in item.definition["all"])
        bound = {
            alias: schema_of(kind, self.schemas) or {}
            for alias, kind in zip(aliases, kinds_of(item.definition), strict=True)
        }
        return Numbered(name, rule.id, rule.stratum, item.definition, self._action(rule, name, item.action, bound))

    def _strata(self, rule: LoadedRule, item: Rule) -> Iterator[str]:
        """Absence is sound only for kinds that are complete: of the record, or derived in a lower stratum."""
        for kind in kinds_of(item.definition):
            negated = kind.startswith(ABSENT)
            name, by, fixed = parse_absence(kind) if negated else (kind, "", {})
            schema = self.schemas.get(name)
            if schema is None:
                yield f"asks for kind {name!r}, which nothing provides"
                return
            unknown = [field for field in (by, *fixed) if field and field not in schema]
            if unknown:
                yield f"absent({name!r}) names field {unknown[0]!r}, which that kind does not have"
            elif by and schema[by] is not str:
                yield f"absent({name!r}) groups by {by!r}; only a field that holds text can group"
            derived_in = self._content.kinds[name][0] if name in self._content.kinds else -1
            if derived_in > rule.stratum or (negated and derived_in >= rule.stratum):
                yield f"{name!r} is not complete in {STRATA[rule.stratum]}; it is derived in {STRATA[derived_in]}"

    def _action(self, rule: LoadedRule, name: str, action: Action, bound: Mapping[str, Schema]) -> dict[str, Any]:
        if action.outcome:
            if action.outcome not in rule.file.outcomes:
                raise ContentInvalid(f"{name}: concludes {action.outcome!r}, which rule.yaml does not have")
            return {"outcome": action.outcome}
        declared = rule.file.derives.get(action.kind)
        if declared is None:
            raise ContentInvalid(f"{name}: derives {action.kind!r}; declare it under derives in rule.yaml")
        schema, given = self.schemas[action.kind], dict(action.fields)
        if given.keys() != schema.keys():
            raise ContentInvalid(f"{name}: derives {action.kind!r} with other fields than {sorted(schema)}")
        return {
            "outcome": "",
            "kind": action.kind,
            # In the schema's order: the engine process knows a derived fact again by its values in this order.
            "fields": [(field, self._field(rule, name, schema[field], given[field], bound)) for field in schema],
        }

    def _field(
        self, rule: LoadedRule, name: str, wanted: type, source: Sequence[Any], bound: Mapping[str, Schema]
    ) -> tuple[Any, ...]:
        if source[0] == "lit" and type(source[1]) is not wanted:
            raise ContentInvalid(f"{name}: field needs {wanted.__name__}, got {source[1]!r}")
        if source[0] == "ref":
            found = bound.get(source[1], {}).get(source[2])
            if found is None:
                raise ContentInvalid(f"{name}: takes c.{source[1]}.{source[2]}, which none of its patterns has")
            if found is not wanted:
                raise ContentInvalid(
                    f"{name}: field needs {wanted.__name__}, c.{source[1]}.{source[2]} is {found.__name__}"
                )
        if source[0] == "sum":
            return ("sum", *(self._field(rule, name, int, part, bound) for part in source[1:]))
        if source[0] == "table":
            if wanted is not str:
                raise ContentInvalid(
                    f"{name}: derives a number from a table; name it under the outcome's values instead"
                )
            known = self._content.parameters(rule.id)
            if source[1] not in known or not known[source[1]].rows:
                raise ContentInvalid(f"{name}: looks up table {source[1]!r}, which parameters.yaml does not have")
            for key in source[2]:
                if key[0] == "ref":
                    self._field(rule, name, bound.get(key[1], {}).get(key[2], str), key, bound)
            return ("table", f"{rule.id}:{source[1]}", source[2], source[3], DEFAULTS[wanted])
        return tuple(source)

    def _used_outcomes(self, numbered: Sequence[Numbered]) -> None:
        for rule in self._content.rules.values():
            concluded = {item.action["outcome"] for item in numbered if item.folder == rule.id}
            concluded |= {combine.outcome for combine in rule.file.combines}
            for outcome in rule.file.outcomes:
                if outcome not in concluded:
                    raise ContentInvalid(f"{rule.id}: outcome {outcome!r} is never concluded")
