"""Where the program lies, and where the Hub is."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The folder of the program."""

HUB = "https://huggingface.co"
"""The Hub itself; `HF_ENDPOINT` may name another."""
