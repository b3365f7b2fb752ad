"""The Compare page: what is chosen, its pictures, tables, the tournament, and one sample opened."""
