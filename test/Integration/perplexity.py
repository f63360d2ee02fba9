# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares language models with their float64 originals on the same stories."""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from float_language_model import BitModel, FloatModel, compute_logits, compute_loss
from harness import run


def write_logits(model, stories, path):
    logits = [compute_logits(model, story["ids"]) for story in stories]
    losses = [
        compute_loss(rows, story["ids"])
        for rows, story in zip(logits, stories, strict=True)
    ]
    np.save(path, np.concatenate(logits).astype(np.float32))
    count = sum(len(story["ids"]) - 1 for story in stories)
    return np.exp(sum(losses) / count)


def evaluate(name, folder, text, reference, *options):
    command = ["smelt", "eval", folder, "--text", text, "--reference", reference]
    found = json.loads(run([*command, "--json", *options]))
    found["ratio"] = found["perplexity"] / found["reference_perplexity"] - 1
    print(
        f"{name}: perplexity {found['perplexity']:.4f}, "
        f"float {found['reference_perplexity']:.4f} ({found['ratio']:+.2%}), "
        f"same answer {found['top1_agreement']:.2%}, "
        f"others within {found['largest_margin_of_disagreements']:.2f}, "
        f"divergence {found['mean_kl_divergence']:.6f}, "
        f"cosine {found['mean_cosine']:.6f}",
        flush=True,
    )
    return found


def evaluate_heads(name, folder, text, reference, base, most):
    """Screened; with 4 bits for the head alone, and for the embedding, too."""
    found = evaluate(
        f"{name}, --head screened", folder, text, reference, "--head", "screened"
    )
    loss = found["perplexity"] / base["perplexity"] - 1
    check(abs(loss) <= 0.003, f"perplexity of {name} with a screened head")
    for options in (["--head", "int4"], ["--head", "int4", "--embedding", "int4"]):
        label = f"{name}, {' '.join(options)}"
        found = evaluate(label, folder, text, reference, *options)
        check(found["ratio"] <= most, f"perplexity of {label}")


def check(condition, message):
    if not condition:
        sys.exit(message)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data")
    parser.add_argument("directory")
    parser.add_argument("--stories", type=int, default=40)
    options = parser.parse_args()
    data, directory = Path(options.data), Path(options.directory)
    stories = json.loads((data / "data/text/stories-sampled.json").read_text())
    stories = stories[: options.stories]
    text, reference = directory / "stories.json", directory / "logits.npy"
    text.write_text(json.dumps(stories))

    ternary = BitModel(data / "llm/bitllama2c_1M/bit_model.bin")
    perplexity = write_logits(ternary, stories, reference)
    if len(stories) == 40:
        check(abs(perplexity - 2.8234) < 1e-4, f"float perplexity {perplexity}")
    found = evaluate("ternary", data / "llm/bitllama2c_1M-hf", text, reference)
    ratio = found["reference_perplexity"] / perplexity - 1
    check(abs(ratio) < 1e-5, "the reference's perplexity is another")
    check(abs(found["ratio"]) <= 0.002, "perplexity")
    check(found["top1_agreement"] >= 0.987, "top-1 agreement")
    check(found["mean_kl_divergence"] <= 0.001, "divergence")

    folder = data / "llm/bitllama2c_1M-hf"
    evaluate_heads("ternary", folder, text, reference, found, 0.008)

    # Along the golden text the choices differ only where the best two are close.
    golden = json.loads((data / "llm/bitllama2c_1M-hf/golden.json").read_text())
    golden_text, golden_logits = directory / "golden.json", directory / "golden.npy"
    golden_text.write_text(json.dumps([{"ids": golden["ids"]}]))
    write_logits(ternary, [golden], golden_logits)
    found = evaluate("golden", folder, golden_text, golden_logits)
    check(found["largest_margin_of_disagreements"] <= 0.3, "a clear choice differs")

    folder = data / "llm/stories260K-hf"
    write_logits(FloatModel(folder), stories, reference)
    found = evaluate("int8", folder, text, reference)
    check(abs(found["ratio"]) <= 0.01, "perplexity of int8")
    evaluate_heads("int8", folder, text, reference, found, 0.02)
    for planes in "123":
        options = ("--weights", "ternary", "--planes", planes)
        found = evaluate(f"{planes} planes", folder, text, reference, *options)
    check(found["ratio"] <= 0.03, "perplexity of three planes")


if __name__ == "__main__":
    main()
