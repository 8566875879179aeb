"""The mirror of the CRM and our own state, on SQLite or PostgreSQL."""
