"""A payer of our own making, with one policy for each thing that a policy can state."""

from __future__ import annotations

from typing import Any

from service.prior_auth.exports.payer import Payer, PayerPolicy
from tests.support import prior_auth as made

SOURCE = {"title": "Policy of an invented plan", "status": "clinic"}
PROCEDURES = ["epidural-transforaminal", "epidural-interlaminar"]
STATEMENTS: dict[str, dict[str, Any]] = {
    "stated": {
        "covered": "covered",
        "authorization": "auth-needed",
        "documentation": "clinical",
        "purpose": "withpa",
        "reason": "The plan asks for authorization.",
    },
    "no authorization": {"covered": "covered", "authorization": "no-auth", "reason": "No authorization is asked for."},
    "not covered": {"covered": "not-covered", "reason": "The plan does not cover it."},
    "depends": {
        "covered": "covered",
        "authorization": "conditional",
        "depends_on": ["location"],
        "reason": "Only in a hospital.",
    },
    "silent": {"procedures": ["discography"], "covered": "covered", "reason": "Another procedure."},
}


def statement(name: str = "stated", **changes: Any) -> dict[str, Any]:
    """A statement as the policy file has it."""
    return {"procedures": PROCEDURES, "from": "2026-01-01", "source": SOURCE, **STATEMENTS[name], **changes}


def payer(name: str = "stated", **changes: Any) -> Payer:
    """The payer of the records of `prior_auth`, whose policy makes one statement."""
    policy = PayerPolicy.model_validate({"title": "Invented plan", "statements": [statement(name, **changes)]})
    return Payer(*made.PAYER, policy, "v1", made.publisher())
