"""What a network declares, means and needs; it knows no device and no backend."""
