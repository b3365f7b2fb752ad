"""The latent explorer: points, paths, directions, what layers do, and the way back from a picture to its z."""
