"""From a checked call to the question that it asks."""

from __future__ import annotations

from datetime import date

from service.hooks import contexts, in_hand
from service.hooks.request import CdsRequest
from service.question import Question

VISITS = frozenset({"encounter-start", "encounter-discharge"})


def question(asked: CdsRequest, today: date) -> Question:
    """What a call asks; raises MalformedRequest naming what its context lacks."""
    hook, context = asked.hook, asked.context
    contexts.check(hook, context)
    return Question(
        hook=hook,
        patient_id=contexts.patient_id(context),
        today=today,
        orders=in_hand.orders(hook, context),
        dispatched=in_hand.dispatched(hook, context),
        performer=str(context["performer"]).strip() if hook == "order-dispatch" else "",
        beside=in_hand.beside(hook, context),
        encounter=str(context["encounterId"]).strip().removeprefix("Encounter/") if hook in VISITS else None,
    )
