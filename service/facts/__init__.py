"""Typed flat facts with their sources; durations, counts and units are settled here, never in rules."""
