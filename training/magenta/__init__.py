"""Checkpoints of Magenta's MusicVAE: their files, the names of their variables, and what becomes of them here."""
