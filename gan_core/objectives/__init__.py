"""What networks minimise: losses and penalties as the papers have them, and the contract of a variant.

Offers `variant.Variant` (the contract), `losses`, `targets` (D's labels for a batch) and `lazy` (modules that
need torch, imported when first used). Start with `variant`.
"""
