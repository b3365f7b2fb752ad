"""The ground floor: what every other room stands on, and nothing about GANs.

Offers errors, the settings of the environment, atomic files, child processes, discovery of modules by what they
define, harmless text, devices, and random numbers for several processes. Start with `errors`, then `settings`.
"""
