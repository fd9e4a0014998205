"""Rules as content: loading, dated parameters, the durable-rules engine behind one adapter, findings."""
