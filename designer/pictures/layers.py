"""The diagrams of layers that are made of steps."""

from __future__ import annotations

from typing import Any

from designer.pictures.diagrams import Box, Diagram, chain

RESIDUAL = Diagram(
    {
        "x": Box("x", 0, 0, "value"),
        "f": Box("layers", 1, 0),
        "sum": Box("+", 2, 0, "sign"),
        "y": Box("F(x) + x", 3, 0, "value"),
    },
    (("x", "f"), ("f", "sum"), ("sum", "y")),
    around=(("x", "sum"),),
)

DOT_PRODUCT = Diagram(
    {
        "q": Box("query", 0, 0, "value"),
        "k": Box("key", 0, 1, "value"),
        "v": Box("value", 0, 2, "value"),
        "scores": Box("Q · Kᵀ / √d", 1, 0, "mark"),
        "soft": Box("softmax", 2, 0),
        "mix": Box("×", 3, 0, "sign"),
        "out": Box("output", 4, 0, "value"),
    },
    (("q", "scores"), ("k", "scores"), ("scores", "soft"), ("soft", "mix"), ("v", "mix"), ("mix", "out")),
)

HEADS = Diagram(
    {
        "q": Box("query", 0, 0, "value"),
        "k": Box("key", 0, 1, "value"),
        "v": Box("value", 0, 2, "value"),
        "lq": Box("Linear", 1, 0),
        "lk": Box("Linear", 1, 1),
        "lv": Box("Linear", 1, 2),
        "att": Box("attention in each head", 2, 1, "mark"),
        "cat": Box("side by side", 3, 1),
        "out": Box("Linear", 4, 1),
    },
    (
        ("q", "lq"),
        ("k", "lk"),
        ("v", "lv"),
        ("lq", "att"),
        ("lk", "att"),
        ("lv", "att"),
        ("att", "cat"),
        ("cat", "out"),
    ),
)

ENCODER = Diagram(
    {
        "x": Box("x", 0, 0, "value"),
        "att": Box("self-attention", 1, 0, "mark"),
        "add1": Box("+", 2, 0, "sign"),
        "norm1": Box("LayerNorm", 3, 0),
        "ff": Box("feed forward", 4, 0, "mark"),
        "add2": Box("+", 5, 0, "sign"),
        "norm2": Box("LayerNorm", 6, 0),
    },
    (("x", "att"), ("att", "add1"), ("add1", "norm1"), ("norm1", "ff"), ("ff", "add2"), ("add2", "norm2")),
    around=(("x", "add1"), ("norm1", "add2")),
)

DECODER = Diagram(
    {
        "x": Box("x", 0, 0, "value"),
        "att": Box("masked attention", 1, 0, "mark"),
        "n1": Box("+ LayerNorm", 2, 0),
        "cross": Box("attention to memory", 3, 0, "mark"),
        "n2": Box("+ LayerNorm", 4, 0),
        "ff": Box("feed forward", 5, 0, "mark"),
        "n3": Box("+ LayerNorm", 6, 0),
        "m": Box("memory", 2, 1, "value"),
    },
    (("x", "att"), ("att", "n1"), ("n1", "cross"), ("cross", "n2"), ("n2", "ff"), ("ff", "n3"), ("m", "cross")),
    around=(("x", "n1"), ("n1", "n2"), ("n2", "n3")),
)

EXCITATION = Diagram(
    {
        "x": Box("x", 0, 0, "value"),
        "avg": Box("mean over H, W", 1, 1),
        "fc1": Box("fewer, ReLU", 2, 1),
        "fc2": Box("C, sigmoid", 3, 1),
        "mul": Box("×", 4, 0, "sign"),
        "y": Box("output", 5, 0, "value"),
    },
    (("x", "mul"), ("x", "avg"), ("avg", "fc1"), ("fc1", "fc2"), ("fc2", "mul"), ("mul", "y")),
)

SPATIAL = Diagram(
    {
        "x": Box("image", 0, 0, "value"),
        "t": Box("theta", 0, 1, "value"),
        "grid": Box("affine grid", 1, 1, "mark"),
        "pick": Box("sample at the grid", 2, 0, "mark"),
        "y": Box("output", 3, 0, "value"),
    },
    (("x", "pick"), ("t", "grid"), ("grid", "pick"), ("pick", "y")),
)

SOFT_SPATIAL = Diagram(
    {
        "x": Box("image", 0, 0, "value"),
        "s": Box("state", 0, 1, "value"),
        "score": Box("score per place", 1, 1, "mark"),
        "soft": Box("softmax over H, W", 2, 1),
        "mul": Box("×", 3, 0, "sign"),
        "sum": Box("sum over H, W", 4, 0),
        "y": Box("C", 5, 0, "value"),
    },
    (("x", "mul"), ("x", "score"), ("s", "score"), ("score", "soft"), ("soft", "mul"), ("mul", "sum"), ("sum", "y")),
)


WINDOWS = Diagram(
    {
        "x": Box("image", 0, 0.5, "value"),
        "roll": Box("shift", 1, 0.5),
        "part": Box("windows", 2, 0.5, "mark"),
        "heads": Box("attention in each", 3, 0),
        "near": Box("bias by distance", 3, 1, "mark"),
        "join": Box("joined, shifted back", 4, 0),
        "y": Box("image", 5, 0, "value"),
    },
    (("x", "roll"), ("roll", "part"), ("part", "heads"), ("near", "heads"), ("heads", "join"), ("join", "y")),
)


def recurrent(settings: Any) -> Diagram:
    """Unrolled over four steps; an LSTM hands on a cell beside its hidden state."""
    steps = range(4)
    kind = settings.torch_name
    boxes = {"h0": Box("start", 0, 1, "value")}
    for t in steps:
        boxes[f"y{t}"] = Box(f"h{'₁₂₃₄'[t]}", t + 1, 0, "value")
        boxes[f"c{t}"] = Box(kind, t + 1, 1, "mark")
        boxes[f"x{t}"] = Box(f"x{'₁₂₃₄'[t]}", t + 1, 2, "value")
    boxes["end"] = Box("h, c" if kind == "LSTM" else "h", 5, 1, "value")
    arrows = [("h0", "c0"), ("c3", "end")]
    arrows += [(f"c{t}", f"c{t + 1}") for t in steps[:-1]]
    arrows += [pair for t in steps for pair in ((f"x{t}", f"c{t}"), (f"c{t}", f"y{t}"))]
    return Diagram(boxes, tuple(arrows))


DIAGRAMS = {
    "add": RESIDUAL,
    "multihead_attention": HEADS,
    "scaled_dot_product_attention": DOT_PRODUCT,
    "transformer_encoder_layer": ENCODER,
    "transformer_decoder_layer": DECODER,
    "squeeze_excitation": EXCITATION,
    "spatial_transformer": SPATIAL,
    "soft_spatial_attention": SOFT_SPATIAL,
    "shifted_window_attention": WINDOWS,
    "glu": Diagram(
        {
            "x": Box("x", 0, 0.5, "value"),
            "a": Box("first half", 1, 0),
            "b": Box("second half", 1, 1),
            "s": Box("sigmoid", 2, 1),
            "m": Box("×", 3, 0, "sign"),
            "y": Box("output", 4, 0, "value"),
        },
        (("x", "a"), ("x", "b"), ("b", "s"), ("a", "m"), ("s", "m"), ("m", "y")),
    ),
    "gaussian_sample": Diagram(
        {
            "n": Box("ε ~ N(0, 1)", 0, 0, "mark"),
            "v": Box("log σ²", 0, 1, "value"),
            "s": Box("exp(½ · )", 1, 1),
            "t": Box("×", 2, 0, "sign"),
            "m": Box("mean", 3, 1, "value"),
            "a": Box("+", 3, 0, "sign"),
            "z": Box("z", 4, 0, "value"),
        },
        (("n", "t"), ("v", "s"), ("s", "t"), ("t", "a"), ("m", "a"), ("a", "z")),
    ),
    "gaussian_noise": chain("x", "+ noise, while training", "output"),
    "linear": chain("x", "W · x", "+ b", "output"),
    "flatten": chain("16 × 5 × 5", "row after row", "400"),
    "positional_encoding": Diagram(
        {
            "x": Box("x", 0, 0, "value"),
            "p": Box("sin, cos of the place", 0, 1, "mark"),
            "s": Box("+", 1, 0, "sign"),
            "y": Box("output", 2, 0, "value"),
        },
        (("x", "s"), ("p", "s"), ("s", "y")),
    ),
}
