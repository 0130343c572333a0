"""The zoo against other simulators on the same networks: one file for each of them, and what they share."""
