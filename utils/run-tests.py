#!/usr/bin/env python3
"""Run every test of a build and end with one line of totals.

The runners are the unit tests (GoogleTest), lit and pytest. Each writes its
results to a file; what a runner prints itself is shown only where it failed to
write one. Exits with 1 if a test failed, or if none passed.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent


@dataclass
class Results:
    """The outcome of one runner's tests; the lists hold (name, text)."""

    passed: int = 0
    failed: list = field(default_factory=list)
    skipped: list = field(default_factory=list)

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def line(self):
        return (
            f"{self.passed} passed, {len(self.failed)} failed, "
            f"{len(self.skipped)} skipped"
        )


def parse_gtest(path, runner):
    results = Results()
    for suite in json.loads(path.read_text())["testsuites"]:
        for case in suite["testsuite"]:
            name = f"{runner} :: {suite['name']}.{case['name']}"
            if case.get("failures"):
                text = "\n".join(each["failure"] for each in case["failures"])
                results.failed.append((name, text))
            elif case["result"] == "COMPLETED":
                results.passed += 1
            else:
                results.skipped.append((name, case["result"].lower()))
    return results


def parse_lit(path, runner):
    results = Results()
    for test in json.loads(path.read_text())["tests"]:
        if test["code"] in ("PASS", "XFAIL", "FLAKYPASS"):
            results.passed += 1
        elif test["code"] in ("UNSUPPORTED", "SKIPPED", "EXCLUDED"):
            results.skipped.append((test["name"], test["output"].strip()))
        else:
            results.failed.append((test["name"], test["output"]))
    return results


def parse_pytest(path, runner):
    results = Results()
    for case in ElementTree.parse(path).iter("testcase"):
        name = f"{runner} :: {case.get('classname')}.{case.get('name')}"
        problem = case.find("failure")
        if problem is None:
            problem = case.find("error")
        skip = case.find("skipped")
        if problem is not None:
            results.failed.append((name, problem.text or problem.get("message")))
        elif skip is not None:
            results.skipped.append((name, skip.get("message") or ""))
        else:
            results.passed += 1
    return results


def run(runner, command, output, parse):
    """Run one runner and report what it wrote; no result file is a failure."""
    output.unlink(missing_ok=True)
    print(f"{runner} ...", flush=True)
    process = subprocess.run(
        [str(part) for part in command],
        cwd=SOURCE,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        errors="replace",
        text=True,
    )
    try:
        results = parse(output, runner)
    except (OSError, ValueError, KeyError, ElementTree.ParseError) as error:
        results = Results()
        results.failed.append((runner, f"{process.stdout}\n{error}"))
    if process.returncode != 0 and not results.failed:
        results.failed.append(
            (runner, f"{process.stdout}\nexit code {process.returncode}")
        )
    print(f"{runner}: {results.line()}", flush=True)
    return results


def read_cache(build, name):
    """A variable of the build's CMake cache."""
    text = (build / "CMakeCache.txt").read_text()
    match = re.search(rf"^{name}:\w+=(.*)$", text, re.MULTILINE)
    if not match:
        sys.exit(f"run-tests.py: {build}/CMakeCache.txt has no {name}")
    return match.group(1)


def find_unit_tests(build):
    return sorted(
        path
        for path in (build / "unittests").glob("*Test*")
        if path.is_file() and os.access(path, os.X_OK)
    )


def run_all(build, jobs):
    folder = build / "test-results"
    folder.mkdir(exist_ok=True)
    total = Results()
    for binary in find_unit_tests(build):
        output = folder / f"{binary.name}.json"
        command = [binary, f"--gtest_output=json:{output}"]
        total.add(run(binary.name, command, output, parse_gtest))

    output = folder / "lit.json"
    lit = read_cache(build, "SMELT_LIT")
    command = [sys.executable, lit, "-v", "-j", jobs, "-o", output, build / "test"]
    total.add(run("lit", command, output, parse_lit))

    if (SOURCE / "python" / "tests").is_dir():
        output = folder / "pytest.xml"
        os.environ["SMELT"] = str(build / "bin" / "smelt")
        command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={output}"]
        total.add(run("pytest", command, output, parse_pytest))
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--jobs", default=str(os.cpu_count()))
    arguments = parser.parse_args()

    total = run_all(arguments.build.resolve(), arguments.jobs)
    for name, text in total.failed:
        print(f"\nFAILED {name}\n{text}")
    for name, reason in total.skipped:
        print(f"skipped {name}: {reason}")
    print(total.line())
    return 1 if total.failed or not total.passed else 0


if __name__ == "__main__":
    sys.exit(main())
