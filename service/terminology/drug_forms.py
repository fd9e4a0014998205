"""Whether a drug goes to skin, eye, ear, nose or lung only, by the words of its name, form and use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pydantic import BaseModel, ConfigDict

from service.terminology.words import Phrases, words_of

PERCENT = "%"
Tables = tuple[Phrases[str], Phrases[str], Phrases[str]]


class Pair(BaseModel):
    """Words of forms and of drugs that say something only together, and without any of `unless`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    forms: tuple[str, ...]
    drugs: tuple[str, ...]
    unless: tuple[str, ...] = ()


class FormWords(BaseModel):
    """`medication.forms` of rulesets/_codes/_reading.yaml; each list is explained there."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    local: tuple[str, ...] = ()
    local_first: tuple[str, ...] = ()
    local_with: tuple[Pair, ...] = ()
    local_if: tuple[Pair, ...] = ()
    systemic: tuple[str, ...] = ()
    systemic_always: tuple[str, ...] = ()
    systemic_with: tuple[Pair, ...] = ()


class DrugForms:
    """Tells local forms from those that reach the whole body."""

    def __init__(self, file: FormWords) -> None:
        self._local, self._systemic = _phrases(file.local), _phrases(file.systemic)
        self._always = _phrases(file.systemic_always)
        self._local_first = _phrases(file.local_first)
        self._local_with, self._local_if = _pairs(file.local_with), _pairs(file.local_if)
        self._systemic_with = _pairs(file.systemic_with)
        forms = [form for pair in (*file.local_with, *file.local_if) for form in pair.forms]
        self._hints = frozenset(words_of(text)[-1] for text in (*file.local, *file.local_first, *forms))

    def is_local(self, words: Sequence[str]) -> bool:
        """Whether these words say that the drug acts where it is put; the drug's name belongs among them.

        A patch of diclofenac is local, one of fentanyl is not. Where words of both kinds stand, it is not local.
        """
        words = _with_percent(words)
        if self._hints.isdisjoint(words):
            return False  # most drugs are swallowed
        if self._always.find(words) or _together(self._systemic_with, words):
            return False
        if self._local_first.find(words) or _together(self._local_with, words):
            return True
        return (bool(self._local.find(words)) or _together(self._local_if, words)) and not self.is_systemic(words)

    def is_systemic(self, words: Sequence[str]) -> bool:
        """Whether these words say that the drug goes to the whole body (tablet, by mouth, injection)."""
        return bool(self._systemic.find(words))


def _with_percent(words: Iterable[str]) -> list[str]:
    """A strength in percent counts as the word "%" too."""
    return [part for word in words for part in ((word, PERCENT) if word.endswith(PERCENT) else (word,))]


def _phrases(texts: Iterable[str]) -> Phrases[str]:
    table: Phrases[str] = Phrases()
    for text in texts:
        table.add(text, text)
    return table


def _pairs(pairs: Iterable[Pair]) -> list[Tables]:
    return [(_phrases(pair.forms), _phrases(pair.drugs), _phrases(pair.unless)) for pair in pairs]


def _together(pairs: Iterable[Tables], words: Sequence[str]) -> bool:
    return any(drugs.find(words) and forms.find(words) and not unless.find(words) for forms, drugs, unless in pairs)
