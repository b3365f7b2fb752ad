"""The ground floor: what every other room stands on, and nothing about GANs.

Offers errors, atomic files, processes, discovery of modules, text from strangers, sizes, device and memory, and
random numbers that several processes share. Start with `errors`, then `files`.
"""
