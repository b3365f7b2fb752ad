"""What every page stands in: the frame with the navigation, the session and the URL, visitors, messages, caches.

`frame.frame` begins each page and `frame.link` leads to another. `session` and `form_state` hold what belongs to one
visitor, `resources` and `shared_run` what all visitors share, `visitor` says who may do what on a shared instance, and
`component` packs data for the browser components. Start with `frame.py`, then `session.py`.
"""
