"""
Make a language model with random weights that vLLM can serve on a CPU: ``tiny_model.py FOLDER``.

Half a million parameters and 1.3 MB, made in a few seconds with nothing downloaded. It proves
protocol and accounting, never the quality of an answer. Runs in the environment of vLLM.
"""

import random
import sys
from pathlib import Path

_SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
_TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_TEXT = """
the of and we in for was with model images were trained on data from to a is by network set
learning rate test species each training optimizer accuracy epochs code available batch size
"""


def make_model(folder: Path) -> None:
    """Write tokenizer, configuration and weights; the same bytes every time."""
    import torch
    from transformers import GenerationConfig, Qwen3Config, Qwen3ForCausalLM

    tokenizer = _tokenizer()
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    end = tokenizer.convert_tokens_to_ids("<|im_end|>")
    pad = tokenizer.convert_tokens_to_ids("<|endoftext|>")
    config = Qwen3Config(
        vocab_size=len(tokenizer),
        hidden_size=128,
        intermediate_size=256,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=32,
        max_position_embeddings=32768,
        rope_theta=1e6,
        tie_word_embeddings=True,
        eos_token_id=end,
        pad_token_id=pad,
        dtype="bfloat16",
    )
    model = Qwen3ForCausalLM(config).to(torch.bfloat16)
    model.generation_config = GenerationConfig(eos_token_id=end, pad_token_id=pad)
    model.save_pretrained(folder)


def _tokenizer():  # type: ignore[no-untyped-def]
    from tokenizers import (  # noqa: PLC0415 - only there where vLLM is
        Tokenizer,
        decoders,
        models,
        pre_tokenizers,
        trainers,
    )
    from transformers import PreTrainedTokenizerFast

    bare = Tokenizer(models.BPE())
    bare.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bare.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=2048,
        special_tokens=_SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    dice = random.Random(0)  # noqa: S311 - reproducible texts, nothing secret
    words = _TEXT.split()
    texts = [" ".join(dice.choices(words, k=60)) for _ in range(600)]
    bare.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=bare,
        eos_token="<|im_end|>",  # noqa: S106 - a mark, no password
        pad_token="<|endoftext|>",  # noqa: S106
        chat_template=_TEMPLATE,
        model_max_length=32768,
    )


if __name__ == "__main__":
    make_model(Path(sys.argv[1]))
