"""Ends `smelt compile` by a signal while it waits, and prints what is left.

usage: interrupt.py SIGNAL FOLDER model|header ARGUMENTS...

The command waits for good at a FIFO in FOLDER: the model, which it reads, or
the header, which it writes after net.c.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

name, folder, place, *arguments = sys.argv[1:]
folder = Path(folder)
folder.mkdir()
output = folder / "net.c"
output.write_text("as before")
fifo = folder / ("model.mlir" if place == "model" else "net.h")
os.mkfifo(fifo)
if place == "model":
    arguments.insert(0, fifo)


def is_waiting():
    if place == "header":
        return any(path.stat().st_size for path in folder.glob("net.c.tmp-*"))
    try:
        os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
        return True
    except OSError:  # Nobody reads it yet.
        return False


# A shell's background jobs ignore some signals, and what they start does too.
signal.signal(signal.Signals[name], signal.SIG_DFL)
process = subprocess.Popen(["smelt", "compile", *arguments, "-o", output])
while not is_waiting():
    if process.poll() is not None:
        sys.exit(f"the command ended with {process.returncode}")
    time.sleep(0.01)
process.send_signal(signal.Signals[name])
try:
    status = process.wait(timeout=60)
finally:
    process.kill()
print("ended by", signal.Signals(-status).name)
print("left:", *sorted(path.name for path in folder.iterdir()))
print("net.c:", output.read_text())
