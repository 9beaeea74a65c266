"""Units to owners under capacities and contiguity: what territory design and reassignment have in common."""
