"""The Checkpoints page and the bundled models: what is on this machine, what is on the Hub, and what is published.

`local`, `hub` and `publish` are the page's three views, `jobs` shows running pulls and pushes, `tile` draws a model as
a card. `bundled` shows what the bundled models achieve, on Home and beside the Train form. Start with `local.py`.
"""
