"""The training loop, and what belongs to one step of it.

Offers `trainer.Trainer`, the events it yields, regularization around any variant's losses, and the team of processes
that trains one run together. It writes no file and knows no page. Start with `trainer`.
"""
