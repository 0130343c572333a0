"""Brian2's device for each backend: set up, guarded, given the values of a run, and undone."""
