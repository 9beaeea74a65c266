"""The figures: counted into roll-ups, asked for by the desk, with the visits behind them."""
