"""Networks that learn images without labels: plans, sessions, checkpoints and readouts."""
