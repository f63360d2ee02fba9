"""Check what `smelt bench --json` says of a language model.

usage: check_bench.py FILE

Fails if a key is missing, or a time or rate is not positive.
"""

import json
import sys

TIMES = [
    "compile_seconds",
    "read_gb_per_second",
    "decode_tokens_per_second",
    "prefill_tokens_per_second",
    "first_token_seconds",
]
EXPECTED = {
    "strategy": "dot",
    "cpu": "native",
    "threads": 1,
    "repetitions": 2,
    "context": 70,
    "block": 8,
    "prompt_tokens": 5,
    "tokens": 3,
    "prefill_tokens": 70,
}


def check_profile(profile: dict) -> None:
    """Check the rows of one function against its totals."""
    assert profile["function"]
    rows = profile["rows"]
    assert rows
    for row in rows:
        assert row["kernel"] and row["calls"] > 0, row
        assert row["microseconds"] > 0, row
        for work, rate in (
            ("weight_bytes", "gb_per_second"),
            ("weight_bytes", "bandwidth_share"),
            ("operations", "gop_per_second"),
        ):
            assert (row[work] > 0) == (row[rate] > 0), row
    total = sum(row["microseconds"] for row in rows)
    assert abs(total - profile["microseconds"]) < 1e-6 * total
    assert abs(sum(row["share"] for row in rows) - 1) < 1e-6


def main() -> None:
    """Read and check the file."""
    with open(sys.argv[1], encoding="utf-8") as file:
        report = json.load(file)
    assert report["model"].endswith("model") and report["processor"]
    for key in TIMES:
        assert report[key] > 0, key
    for key, value in EXPECTED.items():
        assert report[key] == value, (key, report[key])
    for profile in report["profiles"]:
        check_profile(profile)
    print(len(report["profiles"]), "profiles, all numbers positive")


if __name__ == "__main__":
    main()
