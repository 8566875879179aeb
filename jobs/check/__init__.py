"""What stands in the way of a run, and what it will find, part by part."""
