"""Who may call, what comes in, one service call, what goes out."""
