"""Brian2's device for each backend: its set-up, guards, values of a run, and removal."""
