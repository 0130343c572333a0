"""Networks that learn images without labels: what is shown to them, what is kept, how they are read."""
