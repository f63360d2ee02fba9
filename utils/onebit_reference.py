"""1bitLLM's BitnetForCausalLM in torch, which transformers has not.

It is a Llama whose layers round their weights to one scale times -1, 0 and +1 and
their inputs to 8 bits when they are used, with a norm before the output of the
attention and before the last layer of the feed-forward network. The embedding and
the head are not rounded.
"""

import json

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional


def round_weights(weights):
    """One scale, the mean of the magnitudes, times -1, 0 and +1."""
    inverse = 1 / weights.abs().mean().clamp(min=1e-5)
    return (weights * inverse).round().clamp(-1, 1) / inverse


def round_inputs(x):
    """8-bit codes with a step for each token (the last dimension)."""
    inverse = 127 / x.abs().amax(dim=-1, keepdim=True).clamp(min=1e-5)
    return (x * inverse).round().clamp(-128, 127) / inverse


class RoundedLinear(nn.Linear):
    def forward(self, x):
        return functional.linear(round_inputs(x), round_weights(self.weight), self.bias)


def rotate(x, angles):
    """Heads (heads x tokens x size) turned by angles (tokens x size / 2)."""
    first, second = x.chunk(2, dim=-1)
    cosines, sines = angles.cos(), angles.sin()
    return torch.cat(
        [first * cosines - second * sines, second * cosines + first * sines], dim=-1
    )


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        hidden, self.heads = config["hidden_size"], config["num_attention_heads"]
        self.kv_heads = config["num_key_value_heads"]
        self.size = hidden // self.heads
        self.theta = config["rope_theta"]
        has_bias = config["attention_bias"]
        keys = self.kv_heads * self.size
        self.q_proj = RoundedLinear(hidden, hidden, has_bias)
        self.k_proj = RoundedLinear(hidden, keys, has_bias)
        self.v_proj = RoundedLinear(hidden, keys, has_bias)
        self.o_proj = RoundedLinear(hidden, hidden, has_bias)
        self.inner_attn_ln = nn.RMSNorm(hidden, config["rms_norm_eps"])

    def forward(self, x):
        tokens = len(x)

        def split(rows, heads):
            """heads x tokens x size, a head of keys for each of queries."""
            rows = rows.view(tokens, heads, self.size).transpose(0, 1)
            return rows.repeat_interleave(self.heads // heads, dim=0)

        exponents = torch.arange(0, self.size, 2) / self.size
        angles = torch.outer(torch.arange(tokens).float(), self.theta**-exponents)
        queries = rotate(split(self.q_proj(x), self.heads), angles)
        keys = rotate(split(self.k_proj(x), self.kv_heads), angles)
        values = split(self.v_proj(x), self.kv_heads)
        scores = queries @ keys.transpose(1, 2) / self.size**0.5
        future = torch.ones(tokens, tokens, dtype=torch.bool).triu(1)
        weights = scores.masked_fill(future, -torch.inf).softmax(dim=-1)
        result = (weights @ values).transpose(0, 1).reshape(tokens, -1)
        return self.o_proj(self.inner_attn_ln(result))


class MLP(nn.Module):
    def __init__(self, config):
        super().__init__()
        hidden, inner = config["hidden_size"], config["intermediate_size"]
        self.gate_proj = RoundedLinear(hidden, inner, False)
        self.up_proj = RoundedLinear(hidden, inner, False)
        self.down_proj = RoundedLinear(inner, hidden, False)
        self.ffn_layernorm = nn.RMSNorm(inner, config["rms_norm_eps"])

    def forward(self, x):
        product = functional.silu(self.gate_proj(x)) * self.up_proj(x)
        return self.down_proj(self.ffn_layernorm(product))


class Layer(nn.Module):
    def __init__(self, config):
        super().__init__()
        size = config["hidden_size"], config["rms_norm_eps"]
        self.input_layernorm = nn.RMSNorm(*size)
        self.post_attention_layernorm = nn.RMSNorm(*size)
        self.self_attn = Attention(config)
        self.mlp = MLP(config)

    def forward(self, x):
        x = x + self.self_attn(self.input_layernorm(x))
        return x + self.mlp(self.post_attention_layernorm(x))


class Decoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.embed_tokens = nn.Embedding(config["vocab_size"], config["hidden_size"])
        layers = range(config["num_hidden_layers"])
        self.layers = nn.ModuleList(Layer(config) for _ in layers)
        self.norm = nn.RMSNorm(config["hidden_size"], config["rms_norm_eps"])

    def forward(self, ids):
        x = self.embed_tokens(ids)
        for layer in self.layers:
            x = layer(x)
        return self.norm(x)


class BitnetForCausalLM(nn.Module):
    """Maps token ids, one sequence, to logits (tokens x vocabulary)."""

    def __init__(self, config):
        super().__init__()
        self.model = Decoder(config)
        size = config["hidden_size"], config["vocab_size"]
        self.lm_head = nn.Linear(*size, bias=False)

    @classmethod
    def load(cls, folder):
        """The model of a folder with config.json and model.safetensors."""
        config = json.loads((folder / "config.json").read_text())
        if config["hidden_act"] != "silu" or config.get("rope_scaling"):
            raise ValueError(f"{folder}: only silu and unscaled rotary embeddings")
        tensors = load_file(folder / "model.safetensors")
        tensors = {name: tensor.float() for name, tensor in tensors.items()}
        if config["tie_word_embeddings"]:
            tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"]
        model = cls(config)
        model.load_state_dict(tensors)
        return model

    def forward(self, ids):
        return self.lm_head(self.model(ids))
