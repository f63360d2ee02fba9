#!/usr/bin/env python3
"""Draws the digits of this example: images like MNIST's, but made here.

Each digit is a few strokes (polylines and arcs) in a unit square. A drawing
varies their points, slant, rotation, proportions and the pen's width by a
seeded generator, is scaled so that it fits 20 x 20 pixels, drawn with smooth
edges, and placed on 28 x 28 pixels with its centre of mass in the middle, as
MNIST's images are.

    python3 make_digits.py digits.npy labels.npy [--count 100] [--seed 1]

writes uint8 [count, 1, 28, 28] and uint8 [count]. Only NumPy is needed.
"""

import argparse

import numpy as np

SIZE = 28  # pixels on a side
BOX = 20.0  # pixels that the longer side of a drawing takes
SAMPLES = 24  # points along an arc


def arc(cx, cy, rx, ry, start, stop):
    """Points of an ellipse's arc; degrees, 0 = right, 90 = down."""
    angle = np.radians(np.linspace(start, stop, SAMPLES))
    return np.stack([cx + rx * np.cos(angle), cy + ry * np.sin(angle)], axis=1)


def line(*points):
    return np.array(points, dtype=np.float64)


def join(*parts):
    return np.concatenate(parts)


# The ways to write each digit; x to the right, y downwards, both about 0..1.
STYLES = {
    0: [
        [arc(0.5, 0.5, 0.34, 0.5, -80, 280)],
        [arc(0.5, 0.5, 0.42, 0.48, -100, 262)],
    ],
    1: [
        [line((0.5, 0.0), (0.5, 1.0))],
        [line((0.5, 0.0), (0.49, 0.5), (0.5, 1.0))],
        [line((0.36, 0.2), (0.52, 0.0), (0.52, 1.0))],
    ],
    2: [
        [
            join(
                arc(0.46, 0.28, 0.32, 0.28, -170, 20),
                line((0.62, 0.6), (0.16, 0.98), (0.5, 0.94), (0.88, 0.98)),
            )
        ],
        [
            join(
                arc(0.46, 0.27, 0.34, 0.27, -160, 40),
                line((0.4, 0.75), (0.12, 0.97), (0.9, 0.95)),
            )
        ],
    ],
    3: [
        [
            join(
                arc(0.44, 0.25, 0.3, 0.25, -160, 80),
                arc(0.42, 0.74, 0.36, 0.26, -80, 155),
            )
        ],
        [
            join(
                arc(0.42, 0.24, 0.32, 0.24, -140, 85),
                arc(0.44, 0.73, 0.36, 0.27, -90, 150),
            )
        ],
    ],
    4: [
        [
            line((0.2, 0.02), (0.14, 0.5), (0.78, 0.48)),
            line((0.76, 0.04), (0.72, 0.5), (0.66, 1.0)),
        ],
        [
            line((0.58, 0.0), (0.1, 0.58), (0.88, 0.56)),
            line((0.68, 0.3), (0.62, 1.0)),
        ],
    ],
    5: [
        [
            join(
                line((0.3, 0.04), (0.24, 0.44)),
                arc(0.4, 0.7, 0.36, 0.3, -100, 150),
            ),
            line((0.3, 0.04), (0.84, 0.02)),
        ],
        [
            join(
                line((0.84, 0.02), (0.34, 0.05), (0.26, 0.42)),
                arc(0.42, 0.69, 0.34, 0.29, -100, 140),
            )
        ],
    ],
    6: [
        [
            join(
                line((0.64, 0.0), (0.36, 0.26), (0.2, 0.58)),
                arc(0.46, 0.72, 0.28, 0.27, 200, -165),
            )
        ],
        [
            join(
                arc(0.72, 0.6, 0.54, 0.6, -105, -175),
                arc(0.46, 0.74, 0.29, 0.26, 190, -160),
            )
        ],
    ],
    7: [
        [line((0.12, 0.1), (0.5, 0.07), (0.84, 0.05), (0.64, 0.4), (0.46, 1.0))],
        [
            line((0.14, 0.2), (0.18, 0.06), (0.82, 0.05), (0.6, 0.5), (0.44, 1.0)),
        ],
    ],
    8: [
        [
            join(
                arc(0.5, 0.25, 0.27, 0.25, -40, -270),
                arc(0.48, 0.74, 0.3, 0.26, -90, 270),
                arc(0.5, 0.25, 0.27, 0.25, 90, -40),
            )
        ],
        [
            join(
                line((0.74, 0.14)),
                arc(0.48, 0.23, 0.26, 0.22, -30, -220),
                arc(0.48, 0.77, 0.27, 0.22, -40, 210),
                line((0.74, 0.14)),
            )
        ],
    ],
    9: [
        [
            join(
                arc(0.46, 0.28, 0.28, 0.27, -20, -370),
                line((0.72, 0.36), (0.66, 0.7), (0.56, 1.0)),
            )
        ],
        [
            join(
                arc(0.46, 0.28, 0.3, 0.27, -30, -360),
                line((0.75, 0.3), (0.73, 0.62), (0.7, 1.0)),
            )
        ],
    ],
}


def vary(strokes, rng):
    """Moves, slants and turns the strokes a little, all in the same way."""
    slant = rng.normal(-0.22, 0.12)
    turn = rng.normal(0.0, 0.06)
    width = rng.uniform(0.72, 1.0)
    wave = rng.normal(0.0, 0.025, (2, 2))
    phase = rng.uniform(0.0, 2.0 * np.pi, (2, 2))
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    varied = []
    for stroke in strokes:
        points = stroke - 0.5
        bend = np.stack(
            [
                wave[axis, 0] * np.sin(3.0 * points[:, 0] + phase[axis, 0])
                + wave[axis, 1] * np.sin(4.0 * points[:, 1] + phase[axis, 1])
                for axis in range(2)
            ],
            axis=1,
        )
        points = (points + bend) * [width, 1.0]
        points[:, 0] += slant * points[:, 1]
        varied.append(points @ rotation.T)
    return varied


def draw(strokes, pen):
    """The ink of pen-wide strokes, fitted to the box; float [SIZE, SIZE]."""
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = (BOX - pen) / max(high - low)
    middle = (low + high) / 2.0
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float64)
    pixels = np.stack([x, y], axis=-1) - (SIZE - 1) / 2.0
    distance = np.full((SIZE, SIZE), np.inf)
    for stroke in strokes:
        path = (stroke - middle) * scale
        for begin, end in zip(path[:-1], path[1:], strict=True):
            along = end - begin
            length = max(along @ along, 1e-9)
            where = np.clip((pixels - begin) @ along / length, 0.0, 1.0)
            offset = pixels - begin - where[..., None] * along
            distance = np.minimum(distance, np.hypot(offset[..., 0], offset[..., 1]))
    return np.clip(0.5 + (pen / 2.0 - distance) / 1.3, 0.0, 1.0)


def centre(ink):
    """Moves the centre of mass to the middle, by whole pixels."""
    y, x = np.mgrid[0:SIZE, 0:SIZE]
    middle = (SIZE - 1) / 2.0
    down = int(round(middle - (ink * y).sum() / ink.sum()))
    right = int(round(middle - (ink * x).sum() / ink.sum()))
    return np.roll(ink, (down, right), axis=(0, 1))


def digit(label, rng):
    styles = STYLES[label]
    strokes = vary(styles[rng.integers(len(styles))], rng)
    ink = centre(draw(strokes, rng.uniform(1.9, 3.4)))
    return np.round(255.0 * ink).astype(np.uint8)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("images")
    parser.add_argument("labels")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    labels = (np.arange(arguments.count) % 10).astype(np.uint8)
    rng.shuffle(labels)
    images = np.stack([digit(int(label), rng) for label in labels])
    np.save(arguments.images, images[:, np.newaxis])
    np.save(arguments.labels, labels)


if __name__ == "__main__":
    main()
