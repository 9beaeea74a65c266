"""A leaver's case: opened and undone, what was held, who takes over, the handover of each store."""
