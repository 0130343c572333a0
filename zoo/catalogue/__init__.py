"""What there is to run, its options and its card."""
