"""One module per change of the tables; what has been released never changes again."""
