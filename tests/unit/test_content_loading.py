"""Wrong content stops the start with one line that says which file and what; one wrong file for each message."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.errors import ContentInvalid
from service.rules import load, yaml_file
from service.rules.load import load_content
from tests.support.messages import messages, unseen
from tests.support.rulesets import OUTCOMES, RULE, RULES, folder, plant

SOURCE = "source: {title: s, status: clinic}"
NUMBER = "limit: {title: t, step: 1, values: [{from: 2020-01-01, value: 3, source: {title: s, status: clinic}}]}\n"
POLICY = f"id: payer\ntitle: Payer\nfrom: 2020-01-01\n{SOURCE}\nchecked: 2026-11-22\nnote: Read whole.\n"
SET = (
    "id: pains\ntitle: Pains\nof: condition\nsource: {title: s, status: clinic}\nlicence: none\n"
    "reviewed: 2026-11-22\nconcepts: {sore: {title: soreness}}\n"
)
HELD = "values: [{from: 2020-01-01, value: 4, source: {title: s, status: clinic}}]"
OVERRIDDEN = f"limit: {{title: t, step: 1, {HELD}, policies: {{payer: {HELD.removeprefix('values: ')}}}}}\n"
DOSED = "needs: [{dose: d, of: [], equivalents: equal, reference: a}]\n"
EQUAL = f"equal: {{title: t, unit: mg, rows: {{a: {{{SOURCE}, cells: {{value: {{value: 4}}}}}}}}}}\n"
SAYS = "outcomes:\n  said: {{kind: {kind}, indicator: info, summary: said{more}}}\n"
DERIVES = (
    'from service.rules.authoring import c, m, when_all\n\n\ndef rules(p):\n    yield when_all(c.a << (m.k == "hook"))'
)
MADE = DERIVES + '.derive("made", place="x")\n'


def rule(extra: str) -> dict[str, str]:
    return folder(rule=RULE + extra)


def parameters(text: str, name: str = "picture/tried") -> dict[str, str]:
    return folder(parameters=text, name=name)


WRONG: dict[str, tuple[dict[str, str], str]] = {
    "rule.yaml has an unknown key": (rule(OUTCOMES + "purpos: x\n"), "tried/rule.yaml: purpos: Extra inputs"),
    "rule.yaml lacks its title": (
        folder(rule=RULE.replace("title: Tried\n", "") + OUTCOMES),
        "tried/rule.yaml: title: Field required",
    ),
    "rule.yaml has a key twice": (rule(OUTCOMES + "title: Again\n"), "key 'title' stands twice"),
    "rule.yaml is no YAML": (rule("outcomes: [\n"), "tried/rule.yaml: while parsing"),
    "the id is not the folder's": (
        folder(rule=RULE.replace("picture/tried", "picture/other") + OUTCOMES),
        "its id is 'picture/other'; the folder makes it 'picture/tried'",
    ),
    "an outcome has no summary": (
        rule("outcomes: {said: {kind: care-plan, indicator: info}}\n"),
        "outcomes.said.summary: Field required",
    ),
    "an outcome is of an unknown kind": (rule(SAYS.format(kind="advice", more="")), "outcomes.said.kind: Input should"),
    "a safety alert has no topic": (rule(SAYS.format(kind="safety-alert", more="")), "a safety-alert needs a `topic`"),
    "a suggestion answers a criterion": (
        rule(SAYS.format(kind="suggestion", more=", criterion: {id: diagnosis, status: met}")),
        "only a documentation outcome answers a criterion",
    ),
    "a criterion has an unknown status": (
        rule(SAYS.format(kind="documentation", more=", criterion: {id: diagnosis, status: perhaps}")),
        "criterion.status: Input should be",
    ),
    "a criterion has no place in the checklist": (
        rule(SAYS.format(kind="documentation", more=", criterion: {id: diagnoses, status: met}")),
        "said answers criterion 'diagnoses'; services.yaml does not list it",
    ),
    "an outcome cites a source that is not there": (
        rule(SAYS.format(kind="care-plan", more=", sources: [paper]")),
        "outcome said cites 'paper', which `sources` does not have",
    ),
    "a derived field is of no type": (rule(OUTCOMES + "derives: {made: {place: text}}\n"), "derives.made.place: Input"),
    "a need names nothing": (rule(OUTCOMES + "needs: [{gap: x}]\n"), "needs: a need names exactly one of"),
    "a need names two things": (
        rule(OUTCOMES + "needs: [{condition: a, procedure: b}]\n"),
        "needs: a need names exactly one of",
    ),
    "a need has an unknown member": (rule(OUTCOMES + "needs: [{conditions: a}]\n"), "needs: conditions: Extra inputs"),
    "a need asks for an unknown value set": (
        rule(OUTCOMES + "needs: [{condition: pains}]\n"),
        "needs value set 'pains', which rulesets/_codes does not have",
    ),
    "a rule uses a folder that is not there": (
        rule(OUTCOMES + "uses: [picture/other]\n"),
        "uses 'picture/other', which is no rule folder",
    ),
    "a rule uses a folder of a higher stratum": (
        {**rule(OUTCOMES + "uses: [safety/other]\n"), **parameters(NUMBER, "safety/other")},
        "uses 'safety/other' of a higher stratum; a rule builds on its own and lower ones",
    ),
    "a rule uses a folder with a parameter of the same name": (
        {
            **folder(rule=RULE + OUTCOMES + "uses: [picture/other]\n", parameters=NUMBER),
            **folder(parameters=NUMBER, name="picture/other"),
        },
        "also stands in picture/other, which it uses; name one otherwise",
    ),
    "a rule uses two folders that have a parameter of one name": (
        {
            **rule(OUTCOMES + "uses: [picture/one, picture/two]\n"),
            **parameters(NUMBER, "picture/one"),
            **parameters(NUMBER, "picture/two"),
        },
        "parameter 'limit' also stands in picture/two",
    ),
    "a plan has no outcome": (
        rule(OUTCOMES + "combines: [{outcome: plan, of: [said]}]\n"),
        "combines names 'plan', which `outcomes` does not have",
    ),
    "a plan is made of an outcome that is not there": (
        rule(OUTCOMES + "combines: [{outcome: said, of: [said, told]}]\n"),
        "combines names 'told', which `outcomes` does not have",
    ),
    "a reason for overriding is of no known kind": (
        {"services.yaml": "services: []\nusage: u\noverride_reasons: [{code: a, display: A, kinds: [advice]}]\n"},
        "services.yaml: override_reasons.0.kinds.0: Input should be",
    ),
    "the reference of a dose is not in its table": (
        folder(rule=RULE + OUTCOMES + DOSED, parameters=EQUAL.replace("{a:", "{b:")),
        "dose 'd' needs a table of equal doses with its reference in it",
    ),
    "a dose has no table of equal doses": (
        rule(OUTCOMES + DOSED),
        "dose 'd' needs a table of equal doses with its reference in it",
    ),
    "a rule speaks on an unknown hook": (
        folder(rule=RULE.replace("patient-view", "patient-veiw") + OUTCOMES),
        "speaks on hook 'patient-veiw'",
    ),
    "a kind of the record is derived": (
        folder(MADE.replace("made", "condition"), RULE + "derives: {condition: {place: str}}\n"),
        "derives 'condition', which is a kind of the record's",
    ),
    "a derived field has one of the engine's names": (
        folder(MADE.replace("place", "n"), RULE + "derives: {made: {n: str}}\n"),
        "kind 'made' has a field 'n'; that name is the engine's own",
    ),
    "a kind is declared twice and differently": (
        {
            **folder(MADE, RULE + "derives: {made: {place: str}}\n"),
            **folder(MADE, RULE + "derives: {made: {place: int}}\n", name="picture/other"),
        },
        "kind 'made' is declared elsewhere with other fields",
    ),
    "rule.yaml is missing": ({"picture/tried/rules.py": RULES}, "tried/rule.yaml is missing"),
    "rules.py is missing": ({"picture/tried/rule.yaml": RULE + OUTCOMES}, "picture/tried: rules.py cannot be read"),
    "rules.py is no Python": (folder("def rules(p:\n"), "picture/tried: rules.py cannot be read"),
    "rules.py has no rules": (folder("X = 1\n"), "picture/tried: rules.py has no function rules(p)"),
    "rules.py loses a condition": (
        folder(RULES.replace('"condition")', '"condition") and (m.active == 1)')),
        "picture/tried, line 5: Python's and/or/not",
    ),
    "a number has no step": (parameters(NUMBER.replace("step: 1, ", "")), "a number needs a `step`"),
    "a number has no source": (
        parameters(NUMBER.replace(", source: {title: s, status: clinic}", "")),
        "limit.values.0.source: Field required",
    ),
    "a source has no status": (parameters(NUMBER.replace(", status: clinic", "")), "source.status: Field required"),
    "a source has an unknown status": (parameters(NUMBER.replace("clinic", "sure")), "source.status: Input should be"),
    "a number has no first day": (
        parameters(NUMBER.replace("from: 2020-01-01, ", "")),
        "limit.values.0.from: Field required",
    ),
    "a parameter has neither values nor rows": (
        parameters("limit: {title: t, step: 1}\n"),
        "give either dated `values` or table `rows`",
    ),
    "a parameter has an unknown key": (parameters(NUMBER.replace("step:", "stepp: 1, step:")), "stepp: Extra inputs"),
    "parameters.yaml has a key twice": (parameters(NUMBER * 2), "key 'limit' stands twice"),
    "a number differs by policy outside authorization": (
        {**parameters(OVERRIDDEN), "_policies/payer.yaml": POLICY},
        "picture/tried: limit differs by policy; only authorization rules may",
    ),
    "a number is given for an unknown policy": (
        parameters(OVERRIDDEN, "authorization/tried"),
        "limit has values for policy 'payer', which _policies does not have",
    ),
    "a policy's id is not its file's": ({"_policies/other.yaml": POLICY}, "other.yaml: its id is 'payer'"),
    "a policy has a local text of a contractor that nobody knows": (
        {
            "_policies/payer.yaml": POLICY
            + f"elsewhere: none\nlocal:\n  nobody: {{document: L1, from: 2020-01-01, {SOURCE}}}\n"
        },
        "payer.yaml: local text of 'nobody', which _contractors.yaml does not have",
    ),
    "a policy has no source": ({"_policies/payer.yaml": POLICY.replace(SOURCE + "\n", "")}, "source: Field required"),
    "a value set's id is not its file's": ({"_codes/aches.yaml": SET}, "aches.yaml: its id is 'pains'"),
    "a value set has no licence": (
        {"_codes/pains.yaml": SET.replace("licence: none\n", "")},
        "licence: Field required",
    ),
    "a value set is of nothing": (
        {"_codes/pains.yaml": SET.replace("of: condition", "of: ailment")},
        "_codes/pains.yaml: of: Input should be",
    ),
    "a value set has a concept twice": (
        {"_codes/pains.yaml": SET.replace("sore: {title: soreness}", "sore: {title: a}, sore: {title: b}")},
        "key 'sore' stands twice",
    ),
}
# An import that gives no loader cannot be brought about by a file.
OUT_OF_REACH = r"rules\.py\ cannot\ be\ imported"


def refusal(root: Path, files: dict[str, str]) -> str:
    with pytest.raises(ContentInvalid) as refused:
        _ = load_content(plant(root, files)).kinds
    return str(refused.value)


@pytest.mark.parametrize("case", WRONG)
def test_the_start_is_stopped_when(tmp_path: Path, case: str) -> None:
    files, words = WRONG[case]
    assert words in refusal(tmp_path, files)


def test_every_message_has_a_wrong_file(tmp_path: Path) -> None:
    texts = [refusal(tmp_path / str(number), files) for number, (files, _) in enumerate(WRONG.values())]
    assert len(messages(load)) > 10
    assert unseen(yaml_file, texts) == []
    assert [pattern for pattern in unseen(load, texts) if not pattern.endswith(OUT_OF_REACH)] == []


def test_a_right_tree_loads(tmp_path: Path) -> None:
    files = {**parameters(OVERRIDDEN, "authorization/tried"), "_policies/payer.yaml": POLICY, "_codes/pains.yaml": SET}
    content = load_content(plant(tmp_path, {**files, **rule(OUTCOMES + "needs: [{condition: pains}]\n")}))
    assert sorted(content.rules) == ["authorization/tried", "picture/tried"]
    assert content.sets == {"pains"}


def test_a_folder_lends_its_parameters_to_those_that_use_it_and_to_no_other(tmp_path: Path) -> None:
    lent = parameters(NUMBER, "picture/other") | folder(name="picture/third")
    own = folder(rule=RULE + OUTCOMES + "uses: [picture/other]\n", parameters=NUMBER.replace("limit", "own"))
    content = load_content(plant(tmp_path, {**lent, **own}))
    known = {name: sorted(content.parameters(name)) for name in content.rules}
    assert known == {"picture/other": ["limit"], "picture/third": [], "picture/tried": ["limit", "own"]}
    assert content.parameters("picture/tried")["limit"] is content.rules["picture/other"].parameters["limit"]


def test_a_dose_with_its_reference_in_its_table_loads(tmp_path: Path) -> None:
    files = folder(rule=RULE + OUTCOMES + DOSED, parameters=EQUAL)
    assert [item.dose for item in load_content(plant(tmp_path, files)).needs] == ["d"]


def test_the_version_names_the_exact_content(tmp_path: Path) -> None:
    first = load_content(plant(tmp_path / "a", folder())).version
    assert load_content(plant(tmp_path / "b", folder())).version == first
    assert load_content(plant(tmp_path / "c", rule(OUTCOMES + "mission: [A01]\n"))).version != first
    assert load_content(plant(tmp_path / "d", {**folder(), "picture/tried/cases.yaml": "[]\n"})).version == first
