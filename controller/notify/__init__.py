"""News of hosts and jobs, brought to people: kept in an outbox, gathered, delivered by channels."""
