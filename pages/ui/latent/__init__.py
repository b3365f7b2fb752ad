"""The views of the Latent space page: each shows the chosen model in its own way and keeps its choices in the URL.

`selection` has what all views share: the model, its class, its seed and the pins, as a `LatentSelection`. `pointer` has
the components that follow the pointer, `picture_input` a choice that two views share. Each other module is a view with
a function `show`. Start with `selection.py`.
"""
