"""The tabs of the demo, each a module whose `build()` lays it out and wires it to its action in `space.actions`."""
