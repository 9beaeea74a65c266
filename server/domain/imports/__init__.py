"""Imports: from the cells of a list to rows that the book can take, and what is wrong with the others."""
