"""The process around a trainer: it waits for a place, obeys requests, and writes the run directory.

Offers `worker.Worker`, which trains one run to its end, and `follower`, the other processes of a team. Read `worker`
first; `_recorder` writes the files, `_scoring` measures while it trains.
"""
