"""Recognises what a raw resource is about, by code first and by words as the last resort."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from service.fhir.intake import codings_of
from service.fhir.references import Index
from service.fhir.sent import Resource
from service.terminology.anatomy import Anatomy
from service.terminology.reading import TextReader
from service.terminology.value_sets import CodeIndex, Hit

Hits = tuple[Hit, ...]


class Recogniser:
    """Hits of a resource in the sets that some need asks for."""

    def __init__(self, index: CodeIndex, anatomy: Anatomy, reader: TextReader, sets: Iterable[str]) -> None:
        self.index = index
        self.anatomy = anatomy
        self.reader = reader
        self._sets = frozenset(sets)
        self._by_type: dict[str, Callable[[Resource, Index], Hits | None]] = {
            "Condition": lambda raw, _: self._stated("condition", raw.get("code")),
            "MedicationStatement": self._medication,
            "MedicationRequest": self._medication,
            "MedicationAdministration": self._medication,
            "Observation": lambda raw, _: self._coded("observation", raw.get("code")),
            "Procedure": lambda raw, _: self._coded("procedure", raw.get("code"), words=True),
            "ServiceRequest": lambda raw, _: self._coded("procedure", raw.get("code"), words=True),
            "Encounter": self._encounter,
            "ImagingStudy": self._study,
            "DiagnosticReport": self._report,
            "Coverage": self._coverage,
        }

    def __call__(self, raw: Resource, index: Index) -> Hits | None:
        """See `service.fhir.intake.Recognise`."""
        of = self._by_type.get(raw["resourceType"])
        return of(raw, index) if of else ()

    def _wanted(self, hits: Iterable[Hit]) -> Hits:
        return tuple(hit for hit in hits if hit.set in self._sets)

    def _coded(self, of: str, concept: Any, words: bool = False) -> Hits | None:
        codings = codings_of(concept)
        hits = self._wanted(self.index.by_coding(of, codings))
        if hits:
            # One code can serve two procedures; then the words decide between them.
            also = {hit.attributes["also"] for hit in hits if "also" in hit.attributes}
            texts = texts_of(concept) if also else ()
            return hits + tuple(hit for text in texts for hit in self.index.by_text(of, text) if hit.concept in also)
        # A laboratory result with a LOINC code of no interest need not be read word by word.
        if not words and any(coding.get("system") == "http://loinc.org" for coding in codings):
            return ()
        texts = texts_of(concept)
        if not texts:
            return None if not any(coding.get("code") for coding in codings) else ()
        return self._wanted(hit for text in texts for hit in self.index.by_text(of, text))

    def _stated(self, of: str, concept: Any) -> Hits | None:
        """Codes, and what the words state beyond them (a coded radiculopathy whose text adds a foot drop)."""
        codings = codings_of(concept)
        hits = list(self._wanted(self.index.by_coding(of, codings)))
        texts = texts_of(concept)
        if not texts and not any(coding.get("code") for coding in codings):
            return None
        sets = {hit.set for hit in hits}
        phrases = self.index.phrases(of)
        for text in texts:
            for statement in self.reader.statements(text, phrases):
                if not statement.negated and statement.value.set not in sets:
                    hits.append(statement.value)
        return self._wanted(_unique(hits))

    def _medication(self, raw: Resource, index: Index) -> Hits | None:
        concepts = [raw.get("medicationCodeableConcept")]
        reference = raw.get("medicationReference")
        if isinstance(reference, Mapping):
            target = index.find(str(reference.get("reference", "")), raw)
            if target is None:
                # A drug that cannot be looked up is known by its display alone, or not at all.
                concepts.append({"text": reference.get("display")})
            else:
                concepts.append(target.get("code"))
                concepts += _ingredients(target)
        results = [self._coded("medication", concept, words=True) for concept in concepts if concept is not None]
        if all(result is None for result in results):
            return None
        return _unique([hit for result in results for hit in result or ()])

    def _encounter(self, raw: Resource, _: Index) -> Hits:
        found: list[Hit] = []
        for element in ("type", "reasonCode"):
            for concept in raw.get(element) or ():
                found += self._coded("procedure", concept, words=True) or ()
        return _unique(found)

    def _study(self, raw: Resource, _: Index) -> Hits:
        """A study counts when it is of a region that the anatomy file knows, or of none that is named."""
        codings = [item for item in _list(raw.get("modality")) if isinstance(item, Mapping)]
        sites: list[Mapping[str, Any]] = []
        for series in _list(raw.get("series")):
            if isinstance(series, Mapping):
                codings += [series["modality"]] if isinstance(series.get("modality"), Mapping) else []
                sites += [series["bodySite"]] if isinstance(series.get("bodySite"), Mapping) else []
        concepts = _list(raw.get("procedureCode"))
        texts = [str(raw.get("description") or ""), *(text for concept in concepts for text in texts_of(concept))]
        codings += [coding for concept in concepts for coding in codings_of(concept)]
        site = self.anatomy.of_words(" . ".join(texts)).region or self.anatomy.of_codings(sites).region
        if not site and (sites or any(texts)):
            return ()
        hits = self.index.by_coding("imaging", codings)
        return self._wanted(_unique(hits or [hit for text in texts for hit in self.index.by_text("imaging", text)]))

    def _report(self, raw: Resource, _: Index) -> Hits:
        hits = self._wanted(self.index.by_coding("imaging", codings_of(raw.get("code"))))
        texts = texts_of(raw.get("code"))
        conclusion = raw.get("conclusion") if isinstance(raw.get("conclusion"), str) else ""
        if hits or not any(self.anatomy.of_words(text).region for text in [*texts, str(conclusion)]):
            return _unique(hits)
        hits = self._wanted(hit for text in texts for hit in self.index.by_text("imaging", text))
        if not hits and conclusion:
            found = self.reader.statements(str(conclusion), self.index.phrases("statement"))
            hits = self._wanted(item.value for item in found)
        return _unique(hits)

    def _coverage(self, raw: Resource, _: Index) -> Hits | None:
        concepts = [raw.get("type"), *(c.get("type") for c in _list(raw.get("class")) if isinstance(c, Mapping))]
        found = self.index.by_coding("coverage", [c for concept in concepts for c in codings_of(concept)])
        words = [text for concept in concepts for text in texts_of(concept)]
        words += [str(c.get("name") or "") for c in _list(raw.get("class")) if isinstance(c, Mapping)]
        words += [str(p.get("display") or "") for p in _list(raw.get("payor")) if isinstance(p, Mapping)]
        found += [hit for text in words for hit in self.index.by_text("coverage", text)]
        return self._wanted(_unique(found))


def texts_of(concept: Any) -> list[str]:
    """The text and displays of a raw CodeableConcept, each once."""
    if not isinstance(concept, Mapping):
        return [concept] if isinstance(concept, str) and concept else []
    texts = [concept.get("text"), *(coding.get("display") for coding in codings_of(concept))]
    return list(dict.fromkeys(text for text in texts if isinstance(text, str) and text))


def _unique(hits: Iterable[Hit]) -> Hits:
    """One hit a concept; what any of its codes says about side or region is kept."""
    merged: dict[tuple[str, str], Hit] = {}
    for hit in hits:
        known = merged.get((hit.set, hit.concept))
        merged[hit.set, hit.concept] = (
            hit if known is None else known._replace(attributes={**hit.attributes, **known.attributes})
        )
    return tuple(merged.values())


def _ingredients(medication: Resource) -> list[Any]:
    items = _list(medication.get("ingredient"))
    return [item.get("itemCodeableConcept") for item in items if isinstance(item, Mapping)]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
