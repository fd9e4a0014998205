"""What is kept: one record an evaluation, the feedback on its cards, and tokens seen; see README.md here."""
