"""The zoo against other simulators on the same networks: one file for each simulator, and shared files."""
