"""What every room may use: errors, files, quantities, the terminal. It imports no other room."""
