"""Sounds to choose from for the parts of a trio, by General MIDI's programs from 0.

Melodies are of the programs that `TrioConverter` reads as a melody, basses of those it reads as a bass: what is taken
home comes back as the same trio. For drums a program is a kit.
"""

MELODY = {
    "Piano": 0,
    "Electric piano": 4,
    "Harpsichord": 6,
    "Music box": 10,
    "Vibraphone": 11,
    "Marimba": 12,
    "Organ": 16,
    "Accordion": 21,
    "Nylon guitar": 24,
    "Jazz guitar": 26,
    "Fuzz guitar": 30,
}
BASS = {
    "Electric bass": 33,
    "Double bass": 32,
    "Picked bass": 34,
    "Fretless bass": 35,
    "Slap bass": 36,
    "Synth bass": 38,
}
DRUMS = {
    "Standard kit": 0,
    "Room kit": 8,
    "Power kit": 16,
    "Electronic kit": 24,
    "Drum machine": 25,
    "Brushes": 40,
}
TRIO = {"Melody": MELODY, "Bass": BASS, "Drums": DRUMS}
