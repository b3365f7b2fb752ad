"""The shelves of the Checkpoints page: what is here, what is on the Hub, what is to be published."""
