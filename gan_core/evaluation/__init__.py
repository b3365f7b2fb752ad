"""How good a generator is: scores by a stated protocol, comparisons, and the nearest training pictures.

Offers `evaluate` (the scores of a model), `metrics/` (one file each), `extractors/` (what turns pictures into
features), `reference` (the real side), `tournament` and `nearest`. Start with `evaluate`.
"""
