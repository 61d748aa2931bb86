// The nine drums of a beat, from the bottom up: the pitch, the name that rolls and grids show, and the bit in a mask.

const DRUMS = [
  { pitch: 36, label: "Kick", bit: 1 },
  { pitch: 38, label: "Snare", bit: 2 },
  { pitch: 42, label: "Hi-hat", bit: 4 },
  { pitch: 46, label: "Open hat", bit: 8 },
  { pitch: 45, label: "Low tom", bit: 16 },
  { pitch: 48, label: "Mid tom", bit: 32 },
  { pitch: 50, label: "High tom", bit: 64 },
  { pitch: 49, label: "Crash", bit: 128 },
  { pitch: 51, label: "Ride", bit: 256 },
];

function drumAt(pitch) {
  return DRUMS.find((drum) => drum.pitch === pitch);
}
