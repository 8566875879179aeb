"""Changes of the tables over time, run by `store.migration` when a store is opened."""
