"""Pages on which a model runs: in the browser alone, or with its native program behind them."""
