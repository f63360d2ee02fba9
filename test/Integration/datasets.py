"""Writes the inputs on which the accuracy of real models is measured.

usage: datasets.py DATA DIRECTORY NAME

For each NAME the calibration data `NAME-calibrate.npy` and the test data
`NAME.npy`, of other samples, and for MNIST `labels.npy`:

- mnist, mnist255, mnist-normalized: 200 training images, the 10,000 of t10k, in
  0..1, in 0..255, or with zero mean and unit variance.
- bh, go1, leap_reorient: observations drawn from the normal distribution that the
  policy's own normalizer describes (256 and 2,000).
- keywords: log-mel features (49 x 40) of spoken digits, and of the words "yes" and
  "no", noise and silence with noise added (200 and 800).
- keywords-low: the same in the narrower range of the quantized models.
"""

import sys
import wave
from pathlib import Path

import numpy as np
from harness import read_idx, read_mnist

RATE = 16000
WINDOW, STRIDE, FRAMES, CHANNELS, SPECTRUM = 480, 320, 49, 40, 512


def mnist(data, name):
    folder = data / "data" / "mnist"
    images, labels = read_mnist(data)
    train = read_idx(folder / "train10k-images-idx3-ubyte.gz")[:200, None]

    def scale(pixels):
        if name == "mnist255":
            return pixels.astype(np.float32)
        reals = (pixels / 255).astype(np.float32)
        return (reals - 0.1307) / 0.3081 if name == "mnist-normalized" else reals

    return scale(train), scale(images), labels


def policy(data, name):
    import onnx
    from onnx import numpy_helper

    model = onnx.load(data / "onnx-nets" / f"{name}_policy.onnx")
    constants = {
        each.name: numpy_helper.to_array(each) for each in model.graph.initializer
    }
    # The first two nodes subtract the mean and multiply by 1 / deviation.
    mean = constants[model.graph.node[0].input[1]]
    reciprocal = constants[model.graph.node[1].input[1]]
    normal = np.random.default_rng(0).standard_normal((256 + 2000, len(mean)))
    observations = (mean + normal / reciprocal)[:, None]
    return observations[:256], observations[256:], None


def read_wave(path):
    with wave.open(str(path)) as file:
        rate = file.getframerate()
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    count = len(samples) * RATE // rate
    positions = np.arange(count) * rate / RATE
    return np.interp(positions, np.arange(len(samples)), samples)


def mel(frequency):
    return 1127 * np.log1p(frequency / 700)


def mel_filters():
    edges = np.linspace(mel(125), mel(7500), CHANNELS + 2)[:, None]
    bins = mel(np.fft.rfftfreq(SPECTRUM, 1 / RATE))[None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    return np.maximum(0, np.minimum(rising, falling))


def features(samples):
    """Filterbank magnitudes with noise subtraction and gain control, as a
    logarithm in the range 0..26 of TensorFlow's micro_speech front end."""
    samples = np.pad(samples, (0, max(0, RATE - len(samples))))[:RATE]
    starts = np.arange(FRAMES) * STRIDE
    frames = np.stack([samples[start : start + WINDOW] for start in starts])
    power = np.abs(np.fft.rfft(frames * np.hanning(WINDOW), SPECTRUM)) ** 2
    energies = np.sqrt(power @ mel_filters().T)
    smoothing = np.where(np.arange(CHANNELS) % 2 == 0, 0.025, 0.06)
    noise = np.zeros(CHANNELS)
    rows = []
    for energy in energies:
        noise = noise * (1 - smoothing) + energy * smoothing
        signal = np.maximum(energy - noise, 0.05 * energy)
        rows.append(signal * 168 / (80 + noise) ** 0.95)
    logarithm = np.log1p(np.array(rows)) * 64
    return (np.minimum(logarithm, 670) * 10 / 256).reshape(1, -1)


def keywords(data, name):
    generator = np.random.default_rng(1)
    digits = sorted((data / "data" / "fsdd").glob("*.wav"))
    generator.shuffle(digits)
    rows = []
    for path in digits[:800]:
        shift = generator.integers(0, 4000)
        rows.append(features(np.pad(read_wave(path), (shift, 0))))
    words = [read_wave(path) for path in sorted((data / "data/speech").glob("*.wav"))]
    for i in range(200):
        word = np.roll(words[i % 4], generator.integers(-1600, 1600))
        noise = generator.standard_normal(len(word)) * generator.uniform(0, 200)
        rows.append(features(word * generator.uniform(0.5, 1.5) + noise))
    rows = np.stack(rows)
    generator.shuffle(rows)
    if name == "keywords-low":
        rows = rows * 0.3
    return rows[:200], rows[200:], None


def main():
    data, directory, name = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    if name.startswith("mnist"):
        made = mnist(data, name)
    elif name.startswith("keywords"):
        made = keywords(data, name)
    else:
        made = policy(data, name)
    directory.mkdir(parents=True, exist_ok=True)
    calibration, test, labels = made
    np.save(directory / f"{name}-calibrate.npy", calibration.astype(np.float32))
    np.save(directory / f"{name}.npy", test.astype(np.float32))
    if labels is not None:
        np.save(directory / "labels.npy", labels.astype(np.int64))


main()
