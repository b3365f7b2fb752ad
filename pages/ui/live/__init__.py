"""Runs on the screen: charts, films, the live views of a run and of a race, and what ails them."""
