"""The views of the Latent space page: each draws what was chosen, and keeps its own choices in the address."""
