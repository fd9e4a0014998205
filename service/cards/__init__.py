"""Findings → cards: merged, ranked, capped and rendered as CDS Hooks wants them."""
