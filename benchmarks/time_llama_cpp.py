#!/usr/bin/env python3
"""Time a GGUF model in llama.cpp by llama-cpp-python; a step of language_models.py.

    benchmarks/time_llama_cpp.py MODEL.gguf decode|prefill COUNT THREADS

prints tokens a second of COUNT tokens, after a run that is not timed, as llama-bench
does: decoded one by one, or read at once.
"""

import argparse
import ctypes
import time

import llama_cpp
import numpy as np


class Model:
    """A model and a context of `size` positions for `threads` threads."""

    def __init__(self, path, size, threads):
        llama_cpp.llama_backend_init()
        parameters = llama_cpp.llama_model_default_params()
        self.model = llama_cpp.llama_model_load_from_file(path.encode(), parameters)
        if not self.model:
            raise SystemExit(f"{path}: llama.cpp cannot load it")
        parameters = llama_cpp.llama_context_default_params()
        parameters.n_ctx = size
        parameters.n_batch = parameters.n_ubatch = size
        parameters.n_threads = parameters.n_threads_batch = threads
        self.context = llama_cpp.llama_init_from_model(self.model, parameters)
        vocabulary = llama_cpp.llama_model_get_vocab(self.model)
        self.vocabulary_size = llama_cpp.llama_vocab_n_tokens(vocabulary)

    def reset(self):
        memory = llama_cpp.llama_get_memory(self.context)
        llama_cpp.llama_memory_clear(memory, True)

    def read(self, ids):
        """Reads tokens at once; what comes next is known afterwards."""
        array = (ctypes.c_int32 * len(ids))(*ids)
        batch = llama_cpp.llama_batch_get_one(array, len(ids))
        if llama_cpp.llama_decode(self.context, batch) != 0:
            raise SystemExit("llama.cpp cannot decode")
        llama_cpp.llama_synchronize(self.context)


def time_decode(model, ids):
    model.read(ids[:1])
    model.reset()
    begin = time.perf_counter()
    for token in ids:
        model.read([token])
    return time.perf_counter() - begin


def time_prefill(model, ids):
    model.read(ids)
    model.reset()
    begin = time.perf_counter()
    model.read(ids)
    return time.perf_counter() - begin


@llama_cpp.llama_log_callback
def be_silent(level, text, data):
    pass


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model")
    parser.add_argument("measure", choices=["decode", "prefill"])
    parser.add_argument("count", type=int)
    parser.add_argument("threads", type=int)
    options = parser.parse_args()
    llama_cpp.llama_log_set(be_silent, ctypes.c_void_p())
    model = Model(options.model, max(32, options.count), options.threads)
    generator = np.random.default_rng(0)
    ids = generator.integers(0, model.vocabulary_size, options.count).tolist()
    measure = {"decode": time_decode, "prefill": time_prefill}[options.measure]
    print(options.count / measure(model, ids))


if __name__ == "__main__":
    main()
