"""The Compare page: what is chosen, its pictures, its tables, the tournament, and one sample opened.

`selection` chooses runs and models and makes them `ComparedItem`s, which the other modules show: `pictures`, `sample`,
`tables` and `tournament`. Start with `selection.py`.
"""
