"""Prior authorization: what a payer's policy asks, criterion by criterion, and what the record has."""
