"""The latent space of a trained model: draw from it, move in it, look inside the networks, invert a picture.

Offers `latent_sampler` (points to pictures), `points` and `point_file` (points in links and in JSON files), `paths`
(interpolation and random walks), `directions` (PCA, SeFa), `inversion` (a picture to its z), `layers` (activation maps
of G), `saliency` (gradients of D), `animation` (GIF, WebP, MP4) and `snippet` (a picture as a Python script).
Start with `latent_sampler`.
"""
