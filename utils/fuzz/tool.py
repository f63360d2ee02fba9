"""Runs the tool on one broken model and says whether it behaved."""

import os
import subprocess

TIMEOUT_SECONDS = 60
# LLVM's libraries are not built with AddressSanitizer: they use memory that
# their headers, built with it, have marked as free. A request for more memory
# than that is refused, and using more ends the process.
SANITIZER_OPTIONS = {
    "allow_user_poisoning": 0,
    "allocator_may_return_null": 1,
    "exitcode": 99,
    "hard_rss_limit_mb": 4096,
    "max_allocation_size_mb": 8192,
}
ENVIRONMENT = {
    **os.environ,
    "ASAN_OPTIONS": ":".join(
        f"{key}={value}" for key, value in SANITIZER_OPTIONS.items()
    ),
    "UBSAN_OPTIONS": "print_stacktrace=1",
}
REPORTS = ["runtime error: ", "ERROR: AddressSanitizer", "ERROR: LeakSanitizer"]


def has_diagnostic(text, names):
    """Whether a line says what is wrong, and has one of the names."""
    errors = [line for line in text.splitlines() if ": error: " in line]
    return any(name in line for line in errors for name in names)


def check(command, name, output=None):
    """Runs `command` on the model that is called `name`.

    Returns None if the tool behaved, or what it did instead; and the exit code,
    which is None if it hung. It must exit with 0, and have written `output` if
    there is to be one, or exit with 1, a diagnostic that names the model, and
    nothing written. What it wrote is removed.
    """
    try:
        result = subprocess.run(
            command, capture_output=True, timeout=TIMEOUT_SECONDS, env=ENVIRONMENT
        )
    except subprocess.TimeoutExpired:
        return "hang", None
    finally:
        written = remove_output(output) if output else []
    text = result.stderr.decode(errors="replace")
    code = result.returncode
    if any(report in text for report in REPORTS):
        return text[-3000:], code
    if code == 0:
        return (f"no {output.name}" if output and not written else None), 0
    if code != 1:
        return f"exit code {code}: {text[-500:]}", code
    # A vocabulary may lack what the prompt needs.
    if not has_diagnostic(text, [name, "--prompt"]):
        return f"no diagnostic that names {name}: {text[-500:]}", 1
    return (f"left {written[0]}" if written else None), 1


def remove_output(output):
    written = list(output.parent.glob(f"{output.stem}.[ch]*"))
    for file in written:
        file.unlink()
    return [file.name for file in written]
