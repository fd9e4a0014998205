"""The HTTP surface: one module a surface; it reads, hands over and writes, and knows nothing clinical."""
