"""Plans for a territory: facts, pricing, the planner's proposals, the board, publication."""
