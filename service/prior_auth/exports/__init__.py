"""For other systems: questionnaires and answers (DTR), drafts (PAS), attachments (CDex), assertions (CRD)."""
