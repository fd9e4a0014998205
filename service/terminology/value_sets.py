"""Value sets as strict models, and the index that finds a concept by code or, failing that, by words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from service.terminology.systems import other_systems, system_name, written
from service.terminology.words import Phrases, Spellings, words_of

Of = Literal[
    "condition",
    "medication",
    "observation",
    "procedure",
    "imaging",
    "statement",
    "allergy",
    "device",
    "immunization",
    "goal",
    "reaction",
    "coverage",
    "booking",
    "performer",
    "place",
    "any",
]
# The shortest prefix worth a look in each system whose codes are read by their beginnings; an NDC's is its product.
SHORTEST = {"icd10cm": 3, "atc": 4, "ndc": 9}


class CodeEntry(BaseModel):
    """One code or code prefix; further members are attributes that become fields of the fact."""

    model_config = ConfigDict(extra="allow", frozen=True)
    system: str
    code: str = ""
    prefix: str = ""
    uri: str = ""
    status: str = ""
    note: str = ""

    def attributes(self) -> dict[str, Any]:
        """Attributes such as region, side and level."""
        return dict(self.model_extra or {})


class Unit(BaseModel):
    """canonical = value * scale + offset; `plausible`, in the canonical unit, where this unit is narrower."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    scale: float
    offset: float = 0.0
    plausible: tuple[float, float] | None = None


class Answer(BaseModel):
    """A coded or worded result and the number that stands for it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    value: float
    text: tuple[str, ...] = ()
    codes: tuple[CodeEntry, ...] = ()


class InsteadOf(BaseModel):
    """Words that make another concept of the same set this one, wherever they stand (heparin, as a flush)."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    concept: str
    words: tuple[str, ...]


class Concept(BaseModel):
    """One concept of a value set; `bare` is what a result without unit may be, where that is less than `plausible`.

    `certain` says that it does not count where a text says it with doubt ("cannot be excluded"): it carries a needle,
    or it reassures. What alarms or harms counts all the same. `over` names concepts of the set that are not meant where
    this one is named beside them; `both` those that together mean this one. `word` is what findings carry for a
    procedure that the contract has no word of its own for. `away` is done elsewhere than
    where it hurts: an order's reasons and notes do not tell its place.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    title: str
    codes: tuple[CodeEntry, ...] = ()
    text: tuple[str | dict[str, str], ...] = ()
    unit: str = ""
    units: dict[str, Unit] = {}
    plausible: tuple[float, float] | None = None
    bare: tuple[float, float] | None = None
    answers: dict[str, Answer] = {}
    instead_of: InsteadOf | None = None
    certain: bool = False
    over: tuple[str, ...] = ()
    both: tuple[str, ...] = ()
    word: str = ""
    away: bool = False
    status: str = ""
    note: str = ""
    source: dict[str, str] = {}


class ValueSet(BaseModel):
    """One file of rulesets/_codes."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str
    title: str
    of: Of
    source: dict[str, str]
    licence: str
    reviewed: date
    concepts: dict[str, Concept]
    note: str = ""
    sources: dict[str, dict[str, str]] = {}


class Hit(NamedTuple):
    """A concept recognised in a resource: `via` is `code` or `text`, `attributes` what the code itself says."""

    set: str
    concept: str
    attributes: Mapping[str, Any]
    via: str


class CodeIndex:
    """Finds hits for codings and words; built once from all value sets."""

    def __init__(self, sets: Iterable[ValueSet]) -> None:
        self.sets = {value_set.id: value_set for value_set in sets}
        self._exact: dict[tuple[str, str, str], list[Hit]] = {}
        self._prefix: dict[tuple[str, str, str], list[Hit]] = {}
        self._phrases: dict[str, Phrases[Hit]] = {}
        self._spellings: dict[str, Spellings] = {}
        self._instead: dict[tuple[str, str], list[tuple[frozenset[str], str]]] = {}
        for value_set in self.sets.values():
            for name, concept in value_set.concepts.items():
                self._add(value_set, name, concept)

    def _add(self, value_set: ValueSet, name: str, concept: Concept) -> None:
        if concept.instead_of is not None:
            whole = value_set.id, concept.instead_of.concept
            self._instead.setdefault(whole, []).append((frozenset(concept.instead_of.words), name))
        for entry in concept.codes:
            system = entry.system if entry.system != "other" else entry.uri
            table, code = (self._prefix, entry.prefix) if entry.prefix else (self._exact, entry.code)
            hit = Hit(value_set.id, name, entry.attributes(), "code")
            table.setdefault((value_set.of, system, written(system, code)), []).append(hit)
        phrases = self._phrases.setdefault(value_set.of, Phrases(_set_of))
        for item in concept.text:
            text, attributes = (item, {}) if isinstance(item, str) else (item["phrase"], dict(item))
            attributes.pop("phrase", None)
            phrases.add(text, Hit(value_set.id, name, attributes, "text"))

    def concept(self, set_id: str, concept: str) -> Concept:
        """The concept itself (title, units)."""
        return self.sets[set_id].concepts[concept]

    def by_coding(self, of: str, codings: Iterable[Mapping[str, Any]]) -> list[Hit]:
        """Hits for FHIR codings; [] when no code is known."""
        hits: list[Hit] = []
        for coding in codings:
            code, uri = coding.get("code"), coding.get("system")
            if isinstance(code, int) and not isinstance(code, bool):
                code = str(code)  # a code of digits only, sent as a number
            if not isinstance(code, str) or not code:
                continue
            system = system_name(uri) if isinstance(uri, str) else ""
            found = self._find(of, system or (uri if isinstance(uri, str) else ""), code)
            for other in () if found else other_systems(system, code):
                found = found or self._find(of, other, code)
            hits += found
        return hits

    def by_text(self, of: str, text: str) -> list[Hit]:
        """Hits for words, longest phrase first."""
        phrases = self._phrases.get(of)
        return [found.value for found in phrases.find(words_of(text))] if phrases else []

    def phrases(self, of: str) -> Phrases[Hit]:
        """The phrase table itself, for reading running text."""
        return self._phrases.get(of) or Phrases(_set_of)

    def spellings(self, of: str) -> Spellings:
        """The phrases of one word, for reading what was mistyped; made when first asked for."""
        if of not in self._spellings:
            alone = self.phrases(of).single()
            meanings = {word: frozenset((hit.set, hit.concept) for hit in hits) for word, hits in alone.items()}
            self._spellings[of] = Spellings(meanings)
        return self._spellings[of]

    def narrowed(self, hit: Hit, words: Iterable[str]) -> Hit:
        """The hit, or the concept that these words make of it."""
        for markers, concept in self._instead.get((hit.set, hit.concept), ()):
            if not markers.isdisjoint(words):
                return hit._replace(concept=concept)
        return hit

    def meant(self, hits: Iterable[Hit]) -> tuple[Hit, ...]:
        """The hits on one thing that are meant: one concept where two together mean it, none that another outranks.

        What the words said beside the concepts (which carrier) is kept.
        """
        found = list(hits)
        for value_set in {hit.set: self.sets[hit.set] for hit in found}.values():
            ours = {hit.concept: hit for hit in found if hit.set == value_set.id}
            for name, concept in value_set.concepts.items():
                if concept.both and ours.keys() >= set(concept.both) and name not in ours:
                    ours[name] = ours[concept.both[0]]._replace(concept=name)
                if name in ours:
                    said = {key: value for hit in ours.values() for key, value in hit.attributes.items()}
                    ours[name] = ours[name]._replace(attributes={**said, **ours[name].attributes})
                    for other in (*concept.over, *concept.both):
                        ours.pop(other, None)
            found = [hit for hit in found if hit.set != value_set.id] + list(ours.values())
        return tuple(found)

    def codes(self, set_id: str, system: str) -> list[str]:
        """All exact codes of a set in one system, sorted."""
        concepts = self.sets[set_id].concepts.values()
        return sorted({e.code for concept in concepts for e in concept.codes if e.system == system and e.code})

    def plain_codes(self, of: str) -> frozenset[str]:
        """All exact codes of one kind of value set, whatever their system."""
        return frozenset(code for kind, _, code in self._exact if kind == of)

    def _find(self, of: str, system: str, code: str) -> list[Hit]:
        code = written(system, code)
        found = list(self._exact.get((of, system, code), ()))
        if system in SHORTEST:
            # An exact code speaks for its own set only; other sets still see their prefixes.
            for length in range(len(code), SHORTEST[system] - 1, -1):
                known = {hit.set for hit in found}
                prefixed = self._prefix.get((of, system, code[:length]), ())
                found += [hit for hit in prefixed if hit.set not in known]
        return found


def _set_of(hit: Hit) -> str:
    return hit.set
