"""The method: pure functions from records to KPIs. No clock, file, network or other room."""
