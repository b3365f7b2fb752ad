"""Forms: from the config's schema to widgets, for a run, a race and the user's own pictures.

`train.show` and `race.show` are the forms of the two pages, `fields` draws the settings of a group of the schema, and
`own_pictures` prepares a data set. What is set in a form is kept by `shell/form_state.py`. Start with `fields.py`.
"""
