"""The core of GAN Workshop: training, data, runs and checkpoints. No user interface lives here."""

__version__ = "0.1.0"
