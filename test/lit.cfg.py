"""lit's configuration of Smelt's tests.

Real models and data that are not committed are read from SMELT_DATA (by default
../shared/data beside the checkout). A test that needs them says
`REQUIRES: shared-data`; one that runs Python with NumPy, `REQUIRES: python`; one
that needs this machine to be of an architecture, its name, such as `x86_64`; one that
runs WebAssembly, `nodejs` or, for pages, `chromium`; one that runs code for another
processor, `qemu-user` or the name of QEMU's program for it, and a cross compiler, such
as `gcc-aarch64`.
"""

import os
import platform
import shutil

import lit.formats

config.name = "smelt"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test", ".td"]
config.excludes = ["Inputs", "lit.cfg.py", "lit.site.cfg.py"]
config.test_source_root = os.path.join(config.smelt_source_dir, "test")
config.test_exec_root = os.path.join(config.smelt_binary_dir, "test")

python = os.environ.get(
    "SMELT_PYTHON", os.path.join(config.smelt_source_dir, ".venv", "bin", "python")
)
data = os.environ.get(
    "SMELT_DATA", os.path.join(config.smelt_source_dir, "..", "shared", "data")
)
if os.path.isdir(data):
    config.available_features.add("shared-data")
config.available_features.add(platform.machine())
for program in ("qemu-system-arm", "arm-none-eabi-gcc"):
    if shutil.which(program):
        config.available_features.add(program)
if os.path.exists(python):
    config.available_features.add("python")
for feature, program in {
    "qemu-user": "qemu-aarch64",
    "nodejs": "node",
    "qemu-system-arm": "qemu-system-arm",
    "qemu-system-riscv32": "qemu-system-riscv32",
    "gcc-aarch64": "aarch64-linux-gnu-gcc",
    "gcc-arm-none-eabi": "arm-none-eabi-gcc",
    "gcc-armhf": "arm-linux-gnueabihf-gcc",
    "gcc-m68k": "m68k-linux-gnu-gcc",
    "gcc-powerpc64": "powerpc64-linux-gnu-gcc",
    "gcc-riscv64": "riscv64-linux-gnu-gcc",
    "gcc-riscv64-unknown-elf": "riscv64-unknown-elf-gcc",
    "gcc-s390x": "s390x-linux-gnu-gcc",
}.items():
    if shutil.which(program):
        config.available_features.add(feature)
selenium = "/usr/lib/python3/dist-packages/selenium"
if shutil.which("chromium") and shutil.which("chromedriver"):
    if os.path.isdir(selenium):
        config.available_features.add("chromium")

config.substitutions += [
    ("%data", os.path.abspath(data)),
    ("%python", python),
    ("%mlir_include", os.path.join(config.llvm_tools_dir, "..", "include")),
    ("%smelt_src", config.smelt_source_dir),
    ("%smelt_obj", config.smelt_binary_dir),
]
config.environment["PATH"] = os.pathsep.join(
    [
        os.path.join(config.smelt_binary_dir, "bin"),
        config.llvm_tools_dir,
        os.environ["PATH"],
    ]
)
config.environment["PYTHONPATH"] = os.path.join(config.smelt_source_dir, "python")
