"""Cards, rules and chains as a person reads them in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.markdown import Markdown
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Column, Table
from rich.text import Text
from rich.tree import Tree

from service.cards.extension import NAME
from service.evaluate import Evaluation

COLOURS = {"critical": "red", "warning": "yellow", "info": "cyan"}


def cards(console: Console, response: Mapping[str, Any]) -> None:
    """All cards of a response, in order."""
    if not response["cards"]:
        console.print("No cards: everything needed was there, and nothing applies.")
    for card in response["cards"]:
        extension = card["extension"][NAME]
        colour = COLOURS[card["indicator"]]
        title = Text(f"{card['indicator'].upper()} · {extension['kind']}", style=f"bold {colour}")
        body = f"**{card['summary']}**\n\n{card.get('detail', '')}"
        for suggestion in card.get("suggestions", ()):
            mark = " (recommended)" if suggestion.get("isRecommended") else ""
            body += f"\n\n→ {suggestion['label']}{mark}"
        console.print(
            Panel(Markdown(body), title=title, title_align="left", subtitle=extension["rule"], border_style=colour)
        )


def catalogue(console: Console, rules: Iterable[Mapping[str, Any]]) -> None:
    """One row a rule."""
    table = Table(Column("rule", no_wrap=True), "title", "outcomes", "review")
    for rule in rules:
        table.add_row(rule["id"], rule["title"], ", ".join(rule["outcomes"]) or "derives facts", rule["review"])
    console.print(table)


def rule(console: Console, shown: Mapping[str, Any]) -> None:
    """One rule: purpose, outcomes, numbers in force with their sources, what is not modelled."""
    console.print(Panel(f"{shown['purpose']}", title=f"{shown['id']} · {shown['title']}", title_align="left"))
    for name, outcome in shown.get("outcomes", {}).items():
        console.print(f"[bold]{name}[/bold] ({outcome['kind']}, {outcome['indicator']}): ", end="")
        console.print(outcome["summary"], markup=False)
        if outcome.get("detail"):
            console.print(Padding(Text(outcome["detail"]), (0, 0, 1, 4)))
    numbers = Table("number", "value", "source", "status")
    for item in shown.get("values_in_force", ()):
        numbers.add_row(
            item["title"], f"{item['value']} {item['unit']}", item["source"]["title"], item["source"]["status"]
        )
    for policy, values in shown.get("policy_values", {}).items():
        for name, value in values.items():
            numbers.add_row(f"{name} under {policy}", str(value), "", "")
    for name, rows in shown.get("tables", {}).items():
        for key, row in rows.items():
            cells = "; ".join(
                f"{column}: {', '.join(str(part) for part in cell.values())}"
                for column, cell in row.items()
                if column != "source"
            )
            numbers.add_row(f"{name} · {key}", cells, row["source"]["title"], row["source"]["status"])
    if numbers.row_count:
        console.print(numbers)
    for line in shown.get("not_modelled", ()):
        console.print(f"Not modelled: {line}", markup=False)


def chains(console: Console, evaluation: Evaluation) -> None:
    """For each finding the tree of facts back to the resources."""
    for finding in evaluation.findings:
        tree = Tree(Text(f"{finding.kind}: {finding.summary}  [{finding.rule}/{finding.outcome}]", style="bold"))
        for number in finding.facts:
            _grow(tree, evaluation, number)
        console.print(tree)
    if not evaluation.findings:
        console.print("No findings.")


def _grow(tree: Tree, evaluation: Evaluation, number: int) -> None:
    fact = evaluation.reasoning.facts[number]
    fields = ", ".join(f"{name}={value}" for name, value in fact.fields.items() if value not in ("", -1))
    branch = tree.add(Text(f"{fact.kind}({fields})" + (f"  by {fact.rule}" if fact.rule else "")))
    for source in fact.sources:
        branch.add(Text(f"{source.reference}: {source.label}", style="dim"))
    for parent in fact.parents:
        _grow(branch, evaluation, parent)
