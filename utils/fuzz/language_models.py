"""Broken folders of language models, and the commands that read them."""

import os
import random
import shutil

from mutations import cut, mutate_bytes, mutate_json, mutate_safetensors
from tool import check

TENSORS = ".safetensors"
INDEX = "model.safetensors.index.json"
# What only `run` reads, and what both commands read.
TOKENIZER_FILES = [
    "tokenizer.json",
    "tokenizer.model",
    "tokenizer_config.json",
    "generation_config.json",
    "chat_template.jinja",
]
CONFIG = "config.json"
CUTS = 4
# How often a file is chosen.
WEIGHTS = {CONFIG: 8, INDEX: 6, "tokenizer.json": 4, "tokenizer.model": 4}
TENSORS_WEIGHT = 6

WORDS = {
    CONFIG: """
        BitNetForCausalLM BitnetForCausalLM LlamaForCausalLM Qwen3ForCausalLM
        GPT2LMHeadModel silu relu relu2 gelu quick_gelu default linear dynamic
        longrope llama3 yarn proportional bitnet gptq awq fp8 bitsandbytes
        autobitlinear bitlinear online offline full_attention sliding_attention
        lm_head q_proj type rope_type factor original_max_position_embeddings
        head_dim prism""".split(),
    INDEX: """
        ../model.safetensors /etc/passwd . .. / config.json tokenizer.json
        model.safetensors.index.json missing.safetensors ./model.safetensors
        sub/model.safetensors weight_map metadata""".split(),
    "tokenizer.json": """
        BPE Unigram WordPiece ByteLevel Metaspace Split Digits Punctuation
        Whitespace WhitespaceSplit Sequence TemplateProcessing Replace Prepend
        NFC NFKC Lowercase Strip Fuse ByteFallback Removed Isolated
        MergedWithPrevious Contiguous always first never (a+)+b (?<=a*)b [ \\p{X}
        (?R) \\C Regex String""".split(),
}
EXTRAS = {
    CONFIG: [
        ("quantization_config", {"quant_method": "bitnet"}),
        (
            "quantization_config",
            {
                "quant_method": "bitnet",
                "linear_class": "autobitlinear",
                "quantization_mode": "online",
            },
        ),
        (
            "quantization_config",
            {"quant_method": "bitnet", "use_rms_norm": True, "rms_norm_eps": 1e-6},
        ),
        ("quantization_config", {"quant_method": "gptq", "bits": 2}),
        ("rope_scaling", {"rope_type": "yarn", "factor": 1e6}),
        ("rope_scaling", {"rope_type": "yarn", "factor": 2, "attention_factor": 0}),
        ("rope_scaling", {"rope_type": "linear", "factor": 4}),
        ("rope_scaling", {"type": "longrope", "short_factor": [1]}),
        (
            "rope_parameters",
            {
                "rope_type": "llama3",
                "factor": 8,
                "low_freq_factor": 1,
                "high_freq_factor": 4,
                "original_max_position_embeddings": 16,
                "rope_theta": 1.001,
            },
        ),
        ("attention_bias", True),
        ("mlp_bias", True),
        ("tie_word_embeddings", True),
        ("head_dim", 2**14),
        ("num_key_value_heads", 1),
        ("layer_types", ["sliding_attention"]),
    ],
    "tokenizer_config.json": [
        ("chat_template", [{"name": "default", "template": "<|im_start|>"}]),
        ("add_bos_token", True),
        ("bos_token", {"content": "a"}),
    ],
}


def put_directory(path):
    path.mkdir()


def put_loop(path):
    path.symlink_to(path.name)


def put_pipe(path):
    os.mkfifo(path)


def put_nothing(path):
    path.touch()


def put_zeros(path):
    path.write_bytes(bytes(4096))


# What may stand in a file's place; `missing` leaves it out.
REPLACEMENTS = {
    "missing": lambda path: None,
    "empty": put_nothing,
    "zeros": put_zeros,
    "directory": put_directory,
    "loop": put_loop,
    "pipe": put_pipe,
}


def is_of_model(name):
    return name.endswith(TENSORS) or name in [CONFIG, INDEX, *TOKENIZER_FILES]


def mutate(name, data, generator):
    """A broken form of the file `name`."""
    kind = generator.randrange(8)
    if kind == 0:
        return cut(data, generator)
    if name.endswith(TENSORS):
        return mutate_safetensors(data, generator)
    if kind == 1 or not name.endswith(".json"):
        return mutate_bytes(data, generator)
    return mutate_json(data, WORDS.get(name, []), EXTRAS.get(name, []), generator)


class LanguageModelCases:
    """Cuts, replacements and mutations of the files of one folder."""

    def __init__(self, folder, directory):
        self.folder = folder
        self.directory = directory
        self.files = {
            path.name: path.read_bytes()
            for path in sorted(folder.iterdir())
            if is_of_model(path.name)
        }

    def names(self, mutations):
        made = [f"cut{i}" for i in range(CUTS)] + [*REPLACEMENTS]
        return [f"{name}-{case}" for name in self.files for case in made] + [
            f"mutation{i}" for i in range(mutations)
        ]

    def choose_file(self, generator):
        weights = [
            TENSORS_WEIGHT if name.endswith(TENSORS) else WEIGHTS.get(name, 1)
            for name in self.files
        ]
        return generator.choices([*self.files], weights)[0]

    def make(self, folder, case, seed):
        """Writes the broken folder and returns the names of the broken files."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        generator = random.Random(f"{seed} {self.folder.name} {case}")
        name, _, kind = case.rpartition("-")
        if not name:
            broken = {
                self.choose_file(generator)
                for _ in range(generator.choice([1, 1, 1, 2]))
            }
            contents = {
                name: mutate(name, self.files[name], generator)
                for name in sorted(broken)
            }
        elif kind in REPLACEMENTS:
            REPLACEMENTS[kind](folder / name)
            contents = {name: None}
        else:
            data = self.files[name]
            contents = {name: data[: len(data) * int(kind[3:]) // CUTS]}
        for name, data in (self.files | contents).items():
            if data is not None:
                (folder / name).write_bytes(data)
        return [*contents]

    def run(self, case, seed, tool):
        """The path of the broken folder, and what `check` returns of it."""
        folder = self.directory / f"{self.folder.name}-{case}"
        broken = self.make(folder, case, seed)
        problem = code = None
        if any(name not in TOKENIZER_FILES for name in broken):
            output = folder.with_name(f"{folder.name}.c")
            command = [tool, "compile", folder, "-o", output]
            command += ["--context", "32", "--block", "4"]
            problem, code = check(command, folder.name, output)
        if not problem and any(name in [CONFIG, *TOKENIZER_FILES] for name in broken):
            command = [tool, "run", folder, "-p", "Once upon", "-n", "2"]
            command += ["--context", "32", "--block", "4"]
            problem, code = check(command, folder.name)
        if not problem:
            shutil.rmtree(folder)
        return folder, problem, code
