"""Checks figures of `smelt eval --json`, read from standard input.

usage: check_eval.py [--agreement PERCENT] [--loss POINTS]
"""

import json
import sys

options = dict(zip(sys.argv[1::2], map(float, sys.argv[2::2]), strict=True))
for output in json.load(sys.stdin)["outputs"]:
    print(json.dumps(output))
    agreement = 100 * output["top1_agreement"]
    if agreement < options.get("--agreement", 0):
        sys.exit(f"only {agreement:.2f} % of the answers are the same")
    if "--loss" in options:
        loss = 100 * (output["float_accuracy"] - output["integer_accuracy"])
        if loss > options["--loss"]:
            sys.exit(f"{loss:.2f} points of accuracy are lost")
