"""Magenta's names for the weights of a `MusicVAE`, and what has to be done to each to become one of ours.

The table `SCOPES` rewrites the name of a module of ours into the scope that holds its variables there, step by step;
`WEIGHTS` tells for each weight in it which variable it is taken from, and how. A kernel of TensorFlow is the transpose
of ours. That of an LSTM holds what the input and what the hidden state is multiplied with, one above the other; its
gates are in the order i, g, f, o where ours are in i, f, g, o, and the 1 that TensorFlow adds to the forget gate as it
runs becomes part of our bias.
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

SCOPES = (
    (r"^encoder\.layers\.(\d+)$", r"encoder/cell_\1/<"),
    (r"^encoder\.segment\.layers\.(\d+)$", r"encoder/hierarchical_level_0/cell_\1/<"),
    (r"^encoder\.whole\.layers\.(\d+)$", r"encoder/hierarchical_level_1/cell_\1/<"),
    (r"<$", "bidirectional_rnn/fw/multi_rnn_cell/cell_0/lstm_cell"),
    (r"^mean$", "encoder/mu"),
    (r"^stddev$", "encoder/sigma"),
    (r"^decoder\.conductor\.initial$", "decoder/hierarchical_level_0/initial_state"),
    (r"^decoder\.conductor\.layers\.(\d+)$", r"decoder/hierarchical_level_0/cell_\1/lstm_cell"),
    (r"^decoder\.segment\.parts\.(\d+)\.", r"core_decoder/core_decoder_\1/decoder/"),
    (r"^decoder\.parts\.(\d+)\.", r"core_decoder_\1/decoder/"),
    (r"^decoder\.segment\.", "core_decoder/decoder/"),
    (r"^decoder\.", "decoder/"),
    (r"/initial$", "/z_to_initial_state"),
    (r"/layers\.(\d+)$", r"/multi_rnn_cell/cell_\1/lstm_cell"),
    (r"/output$", "/output_projection"),
)
ASIDE = re.compile(r"(^|/)(global_step|beta[12]_power|opaque_kernel|Adam(_\d+)?|Momentum|RMSProp(_\d+)?)$")

Shape = tuple[int, ...]


class Weight(NamedTuple):
    """The variable that a weight is taken from, how, and the shape the variable has if the weight has this one."""

    variable: str
    take: Callable[[np.ndarray], np.ndarray]
    shape: Callable[[Shape], Shape | None]


def _gates(rows: np.ndarray) -> np.ndarray:
    """Rows (..., 4H) of gates i, g, f, o in our order."""
    i, g, f, o = np.split(rows, 4, -1)
    return np.concatenate([i, f, g, o], -1)


def _of_input(kernel: np.ndarray) -> np.ndarray:
    return _gates(kernel[: -(kernel.shape[1] // 4)]).T


def _of_hidden(kernel: np.ndarray) -> np.ndarray:
    return _gates(kernel[-(kernel.shape[1] // 4) :]).T


def _gate_bias(bias: np.ndarray) -> np.ndarray:
    forget = np.repeat(np.array([0, 1, 0, 0], bias.dtype), len(bias) // 4)
    return _gates(bias) + forget


WEIGHTS = {
    "weight_ih_l0": Weight("kernel", _of_input, lambda ours: (ours[1] + ours[0] // 4, ours[0])),
    "weight_hh_l0": Weight("kernel", _of_hidden, lambda ours: None),  # checked with the input's
    "bias_ih_l0": Weight("bias", _gate_bias, lambda ours: ours),
    "bias_hh_l0": Weight("bias", np.zeros_like, lambda ours: ours),
    "weight": Weight("kernel", np.transpose, lambda ours: ours[::-1]),
    "bias": Weight("bias", np.asarray, lambda ours: ours),
    "enter": Weight("w_enc", lambda w: w[:, 0], lambda ours: (ours[0], 1, ours[1])),
    "leave": Weight("w_dec_t", lambda w: w[..., 0], lambda ours: (*ours, 1)),
}


def variable_of(name: str) -> tuple[str, Weight]:
    """The variable that a weight of ours is taken from, by its full name, and how."""
    scope, _, last = name.rpartition(".")
    for ours, theirs in SCOPES:
        scope = re.sub(ours, theirs, scope)
    if last.endswith("_reverse"):
        scope, last = scope.replace("/fw/", "/bw/"), last.removesuffix("_reverse")
    return f"{scope}/{WEIGHTS[last].variable}", WEIGHTS[last]


def misfits(variables: Mapping[str, np.ndarray], shapes: Mapping[str, Shape]) -> list[str]:
    """What keeps `variables` from being the weights of the given names and shapes, a line each, by Magenta's names."""
    lines, known = {}, set()
    for name, ours in shapes.items():
        variable, weight = variable_of(name)
        known.add(variable)
        wanted, found = weight.shape(ours), variables.get(variable)
        if found is None:
            lines[variable] = "is missing"
        elif found.dtype.kind != "f":
            lines[variable] = f"is of {found.dtype}, where a weight is a fraction"
        elif wanted not in (None, found.shape):
            lines[variable] = f"is of shape {found.shape}, where the architecture has {wanted}"
    lines |= {name: "has no place in the architecture" for name in variables if name not in known | aside(variables)}
    return [f"{name} {what}" for name, what in sorted(lines.items())]


def aside(variables: Mapping[str, np.ndarray]) -> set[str]:
    """The variables that are no weights: counters, what an optimizer remembers, copies in the layout of a GPU."""
    return {name for name in variables if ASIDE.search(name)}


def weights(variables: Mapping[str, np.ndarray], names: Mapping[str, Shape]) -> dict[str, np.ndarray]:
    """The weights of the given names in float32, once there are no `misfits`."""
    taken = {name: variable_of(name) for name in names}
    return {
        name: np.array(weight.take(np.asarray(variables[variable])), np.float32, order="C")  # a copy: files go away
        for name, (variable, weight) in taken.items()
    }
