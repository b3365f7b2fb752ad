"""Runs on the screen: the live views of a run and of a race, their charts and films, and the diagnosis.

It offers `run.show` and `race.show`, `cards` for lists of runs, and the parts that other rooms show too: `live_plot`
(a Plotly chart that is updated in place), `film` (pictures under a step slider), `curves`, `plots` and `exports`.
Start with `run.py`.
"""
