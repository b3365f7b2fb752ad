"""How good a generator is: scores by a stated protocol, comparisons of runs, and the nearest training pictures.

Offers `evaluate` (all scores of a model), `training_score` (scores while it trains), `score_process` (scores in child
processes), `reference` (the real pictures), `comparison` (tables), `tournament` (every D against every G) and
`nearest`. A metric is one file in `metrics/`; `extractors/` turn pictures into features. Start with `evaluate`.
"""
