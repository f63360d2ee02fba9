"""What this machine is, and what it gives: memory and 8-bit products."""

import json
import os
import platform
import shutil
import statistics
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent


def describe():
    """Name of the CPU, its number, what is loaded: a dictionary of strings."""
    name = platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                name = line.split(":", 1)[1].strip()
                break
    except OSError:
        pass
    return {
        "cpu": name,
        "cpus": str(len(os.sched_getaffinity(0))),
        "system": platform.platform(),
        "load": f"{os.getloadavg()[0]:.1f}",
    }


def write_anew(path):
    """Replaces a file by a copy, written in pieces so large that the system can keep it
    in huge pages where it has them for files."""
    part = path.with_name(path.name + ".part")
    with open(path, "rb") as source, open(part, "wb") as target:
        shutil.copyfileobj(source, target, 64 << 20)
        os.fsync(target.fileno())
    shutil.copymode(path, part)
    part.rename(path)


def find_compiler():
    """The C compiler: CC, clang-19 or cc."""
    for name in (os.environ.get("CC"), "clang-19", "clang", "cc"):
        if name and shutil.which(name):
            return name
    raise SystemExit("there is no C compiler: set CC")


class Limits:
    """Measures the limits before each round, as the machine need not be the same
    all the time."""

    def __init__(self, folder, mebibytes=2048):
        self.program = Path(folder) / "limits"
        self.mebibytes = mebibytes
        self.rounds = {}
        source = HERE / "limits.c"
        # Clang warns of what it makes of processors with AVX10 itself.
        command = [find_compiler(), "-O3", "-march=native", "-pthread"]
        command += ["-Wno-invalid-feature-combination"]
        subprocess.run([*command, source, "-o", self.program], check=True)

    def measure(self, threads):
        command = [self.program, str(threads), str(self.mebibytes)]
        output = subprocess.run(command, check=True, capture_output=True, text=True)
        self.rounds.setdefault(threads, []).append(json.loads(output.stdout))

    def medians(self):
        """By threads: `read` and `read_small` in GB/s; `dot8` and `matrix8` in GOP/s
        or None."""
        return {
            threads: {
                name: found[0][name]
                and statistics.median(limits[name] for limits in found)
                for name in ("read", "read_small", "dot8", "matrix8")
            }
            for threads, found in self.rounds.items()
        }
