"""Early warning (预警): figures by person and week, a look through them each night, and who may read of it."""
