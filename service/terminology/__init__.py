"""Code systems, value sets and words: recognising what a resource is about, and saying how it was recognised."""
