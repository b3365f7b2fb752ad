"""The process around a trainer: its place in the queue, requests, heartbeat, and what it leaves on disk.

Offers `worker.Worker`, which runs one run directory to its end, and `follower`, the part of the other processes of a
team. Start with `worker`.
"""
