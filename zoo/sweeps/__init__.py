"""An experiment at many points: axes, processes, journal, table."""
