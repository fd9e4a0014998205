"""Loads all content, or stops the start with one line that says which file, what, and what to do."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from service.errors import ContentInvalid
from service.facts.fact import BASE
from service.facts.needs import Need, need, templates
from service.rules.authoring import ABSENT, Rule
from service.rules.known import known_names, used
from service.rules.lint import lint_source
from service.rules.model import Parameter, RuleFile, Services
from service.rules.parameters import Values
from service.rules.policy import Jurisdictions, Policy, overridden
from service.rules.yaml_file import read_yaml as read_yaml
from service.terminology.anatomy import Anatomy, AnatomyFile
from service.terminology.reading import ReadingFile, TextReader
from service.terminology.value_sets import CodeIndex, ValueSet

STRATA = ("picture", "procedures", "safety", "authorization")
# What every fact has beside its own fields.
KEPT = frozenset({"k", "t", "n", "id", "sid"})
RULESETS = Path(__file__).resolve().parents[2] / "rulesets"
Model = TypeVar("Model", bound=BaseModel)
_PARAMETERS = TypeAdapter(dict[str, Parameter])


@dataclass(frozen=True, slots=True)
class LoadedRule:
    """One rule folder."""

    file: RuleFile
    stratum: int
    parameters: Mapping[str, Parameter]
    define: Callable[[Values], Iterable[Rule]]
    needs: tuple[Need, ...]
    folder: Path

    @property
    def id(self) -> str:
        """`stratum/folder` with hyphens."""
        return self.file.id

    @property
    def authorizes(self) -> bool:
        """Whether the rule is of the one stratum in which payers may differ."""
        return STRATA[self.stratum] == "authorization"


@dataclass(frozen=True)
class Content:
    """Everything under rulesets/, checked; `version` names the exact bytes."""

    rules: Mapping[str, LoadedRule]
    policies: Mapping[str, Policy]
    jurisdictions: Jurisdictions
    index: CodeIndex
    anatomy: Anatomy
    reader: TextReader
    version: str
    extraction: Mapping[str, Parameter]
    services: Services

    def reading(self, day: date) -> Values:
        """The numbers that reading a record itself needs (rulesets/_codes/_extraction.yaml)."""
        return Values("_codes/_extraction", self.extraction, day, ())

    def parameters(self, rule: str) -> dict[str, Parameter]:
        """The parameters a rule may read: its own, and those of the folders it uses."""
        borrowed = [self.rules[name].parameters for name in self.rules[rule].file.uses]
        return {
            name: item for parameters in (*borrowed, self.rules[rule].parameters) for name, item in parameters.items()
        }

    @cached_property
    def needs(self) -> tuple[Need, ...]:
        """All needs, each once."""
        return tuple(dict.fromkeys(item for rule in self.rules.values() for item in rule.needs))

    @cached_property
    def aside(self) -> frozenset[str]:
        """Derived kinds that qualify what follows from them, and are reasons only where a folder cites them."""
        return frozenset(kind for rule in self.rules.values() for kind in rule.file.aside)

    @cached_property
    def hooks(self) -> frozenset[str]:
        """Hooks that some rule speaks on."""
        return frozenset(hook for rule in self.rules.values() for hook in rule.file.hooks)

    @cached_property
    def sets_of(self) -> dict[str, frozenset[str]]:
        """Value sets by the extractor that looks for them."""
        found: dict[str, set[str]] = {}
        for item in self.needs:
            found.setdefault(item.extractor, set()).update(item.sets)
        return {extractor: frozenset(names) for extractor, names in found.items()}

    @cached_property
    def sets(self) -> frozenset[str]:
        """Value sets that some need looks for."""
        return frozenset(name for item in self.needs for name in item.sets)

    @cached_property
    def kinds(self) -> dict[str, tuple[int, dict[str, type]]]:
        """Derived kinds with the stratum that derives them and their fields."""
        types = {"str": str, "int": int, "float": float}
        found: dict[str, tuple[int, dict[str, type]]] = {}
        for rule in self.rules.values():
            for kind, fields in rule.file.derives.items():
                if kind in BASE or kind.startswith(ABSENT):
                    raise ContentInvalid(
                        f"{rule.id}: derives {kind!r}, which is a kind of the record's; name it otherwise"
                    )
                for name in sorted(fields.keys() & KEPT):
                    raise ContentInvalid(
                        f"{rule.id}: kind {kind!r} has a field {name!r}; that name is the engine's own"
                    )
                schema = {name: types[type_name] for name, type_name in fields.items()}
                known = found.setdefault(kind, (rule.stratum, schema))
                if known[1] != schema:
                    raise ContentInvalid(f"{rule.id}: kind {kind!r} is declared elsewhere with other fields")
                found[kind] = (max(known[0], rule.stratum), schema)
        return found

    def templates(self, hook: str) -> dict[str, str]:
        """Prefetch templates for the rules of a hook."""
        rules = [rule for rule in self.rules.values() if hook in rule.file.hooks]
        loinc = sorted(
            {
                code
                for item in self.needs
                for name in item.sets
                if self.index.sets[name].of == "observation"
                for code in self.index.codes(name, "loinc")
            }
        )
        return templates([item for rule in rules for item in rule.needs], {"loinc": loinc}, hook)


def load_content(root: Path = RULESETS) -> Content:
    """Load and check all content under `root`; raises ContentInvalid."""
    index = CodeIndex(_value_sets(root))
    rules = [_rule(folder, number) for number, name in enumerate(STRATA) for folder in _folders(root / name)]
    for rule in rules:
        for item in rule.needs:
            for name in item.sets:
                if name not in index.sets:
                    raise ContentInvalid(f"{rule.id}: needs value set {name!r}, which rulesets/_codes does not have")
    services = _model(Services, root / "services.yaml")
    jurisdictions = _model(Jurisdictions, root / "_policies" / "_contractors.yaml")
    policies = {policy.id: policy for policy in _policies(root, jurisdictions)}
    set_by_policies = overridden({rule.id: rule.parameters for rule in rules if rule.authorizes}, policies)
    rules = [replace(rule, parameters=set_by_policies.get(rule.id, rule.parameters)) for rule in rules]
    for rule in rules:
        used(rule, {item.id: item for item in rules})
        known_names(rule, policies, services)
    anatomy = Anatomy(_model(AnatomyFile, root / "_codes" / "_anatomy.yaml"))
    reading = _model(ReadingFile, root / "_codes" / "_reading.yaml")
    return Content(
        rules={rule.id: rule for rule in rules},
        policies=policies,
        jurisdictions=jurisdictions,
        index=index,
        anatomy=anatomy,
        reader=TextReader(reading, anatomy.level_words, anatomy.side_words),
        version=_version(root),
        extraction=_parameters(root / "_codes" / "_extraction.yaml"),
        services=services,
    )


def _folders(stratum: Path) -> list[Path]:
    """Rule folders of a stratum; one without rule.yaml would otherwise be passed over in silence."""
    return sorted(path for path in stratum.glob("[!_.]*") if path.is_dir())


def _value_sets(root: Path) -> list[ValueSet]:
    sets = [_model(ValueSet, path) for path in sorted((root / "_codes").glob("[!_]*.yaml"))]
    for value_set, path in zip(sets, sorted((root / "_codes").glob("[!_]*.yaml")), strict=True):
        if value_set.id != path.stem:
            raise ContentInvalid(f"{path.name}: its id is {value_set.id!r}; make file name and id equal")
    return sets


def _policies(root: Path, jurisdictions: Jurisdictions) -> list[Policy]:
    paths = sorted((root / "_policies").glob("[!_]*.yaml"))
    policies = [_model(Policy, path) for path in paths]
    for policy, path in zip(policies, paths, strict=True):
        if policy.id != path.stem:
            raise ContentInvalid(f"{path.name}: its id is {policy.id!r}; make file name and id equal")
        for name in sorted(policy.local.keys() - jurisdictions.jurisdictions.keys()):
            raise ContentInvalid(f"{path.name}: local text of {name!r}, which _contractors.yaml does not have")
    return policies


def _rule(folder: Path, stratum: int) -> LoadedRule:
    file = _model(RuleFile, folder / "rule.yaml")
    wanted = f"{STRATA[stratum]}/{folder.name.replace('_', '-')}"
    if file.id != wanted:
        raise ContentInvalid(f"{folder.name}/rule.yaml: its id is {file.id!r}; the folder makes it {wanted!r}")
    try:
        needs = tuple(need(dict(item)) for item in file.needs)
    except ValueError as error:
        raise ContentInvalid(f"{file.id}: needs: {_first(error)}") from error
    parameters = _parameters(folder / "parameters.yaml")
    for item in needs:
        if item.dose and (
            item.equivalents not in parameters or item.reference not in parameters[item.equivalents].rows
        ):
            raise ContentInvalid(f"{file.id}: dose {item.dose!r} needs a table of equal doses with its reference in it")
    overriding = sorted(name for name, parameter in parameters.items() if parameter.policies)
    if overriding and STRATA[stratum] != "authorization":
        raise ContentInvalid(f"{file.id}: {overriding[0]} differs by policy; only authorization rules may")
    return LoadedRule(file, stratum, parameters, _definer(folder / "rules.py", file.id), needs, folder)


def _definer(path: Path, rule: str) -> Callable[[Values], Iterable[Rule]]:
    try:
        lint_source(rule, path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError) as error:
        raise ContentInvalid(f"{rule}: rules.py cannot be read: {error}") from error
    spec = importlib.util.spec_from_file_location(f"rulesets.{rule.replace('/', '.').replace('-', '_')}.rules", path)
    if spec is None or spec.loader is None:
        raise ContentInvalid(f"{rule}: rules.py cannot be imported")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    define: Callable[[Values], Iterable[Rule]] | None = getattr(module, "rules", None)
    if define is None:
        raise ContentInvalid(f"{rule}: rules.py has no function rules(p)")
    return define


def _parameters(path: Path) -> dict[str, Parameter]:
    if not path.exists():
        return {}
    try:
        return _PARAMETERS.validate_python(read_yaml(path) or {})
    except ValidationError as error:
        raise ContentInvalid(f"{path.parent.name}/{path.name}: {_first(error)}") from error


def _model(model: type[Model], path: Path) -> Model:
    try:
        return model.model_validate(read_yaml(path))
    except ValidationError as error:
        raise ContentInvalid(f"{path.parent.name}/{path.name}: {_first(error)}") from error


def _first(error: ValueError) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    item = error.errors(include_url=False)[0]
    return f"{'.'.join(str(step) for step in item['loc'])}: {item['msg']}"


def _version(root: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.suffix in (".yaml", ".py") and path.name != "cases.yaml":
            digest.update(str(path.relative_to(root)).encode())
            digest.update(path.read_bytes())
    return f"{(root / 'VERSION').read_text().strip()}+{digest.hexdigest()[:8]}"
