"""Writes data that does not fit the network float.mlir, and some that does."""

import os
import sys

import numpy as np

os.chdir(sys.argv[1])
good = np.zeros((4, 1, 2, 2), "f4")
np.save("good.npy", good)
np.save("shape.npy", np.zeros((3, 5), "f4"))
np.save("half.npy", good.astype("f2"))
np.save("nan.npy", good + np.nan)
np.savez("names.npz", imag=good, other=good)
np.savez("none.npz")
np.save("labels-matrix.npy", np.zeros((4, 2), "i8"))
np.save("labels-negative.npy", np.array([0, 1, -1, 0]))
np.save("labels-beyond.npy", np.array([0, 1, 7, 0]))
np.save("labels-short.npy", np.zeros(3, "i8"))
with open("good.npy", "rb") as file:
    whole = file.read()
with open("cut.npy", "wb") as file:
    file.write(whole[:-10])
with open("cut-header.npy", "wb") as file:
    file.write(whole[:40])
with open("image.onnx", "wb") as file:
    file.write(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1")
