"""Operators' transformers (B.2): texts become tokens by the model's own tokenizer.json, where the package is installed.

Long texts are cut into overlapping windows of tokens; windows of like length run together, for padding costs as much as text.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataset_safety.classifier.errors import ModelRefused, TokenizersMissing
from dataset_safety.classifier.manifest import Manifest
from dataset_safety.classifier.runners import by_length, probabilities, run_limited
from dataset_safety.classifier.windows import WindowScores
from dataset_safety.preprocessing.folding import TextBatch

__all__ = ["TokenRunner"]

PART_POINTS = 16_384
"""Code points of one text that are tokenised together; a longer text is cut."""
_KNOWN_INPUTS = ("input_ids", "attention_mask", "token_type_ids")


class TokenRunner:
    """``input_ids``, ``attention_mask`` and, if the graph has it, ``token_type_ids``, all int64 [windows, length]."""

    def __init__(self, session: Any, manifest: Manifest, tokenizer: bytes) -> None:
        unknown = sorted(set(manifest.input.names) - set(_KNOWN_INPUTS))
        if unknown:
            raise ModelRefused(f"inputs {unknown} are not known.", hint=f"a model of tokens takes {', '.join(_KNOWN_INPUTS)}.")
        self._session = session
        self._manifest = manifest
        self._tokenizer = _tokenizer(tokenizer, manifest)

    def window_scores(self, batch: TextBatch) -> WindowScores:
        """Scores of the windows of ``batch``."""
        windows, places = self._windows(batch)
        lengths = np.array([len(ids) for ids in windows], dtype=np.int64)
        values = np.zeros((len(windows), self._manifest.width), dtype=np.float32)
        for chosen in by_length(lengths):
            given = self._padded([windows[index] for index in chosen])
            values[chosen] = probabilities(run_limited(self._session, self._manifest, given), self._manifest)
        columns = np.array(places, dtype=np.int64).reshape(-1, 3)
        return WindowScores(values, columns[:, 0], columns[:, 1], columns[:, 2])

    def _windows(self, batch: TextBatch) -> tuple[list[list[int]], list[tuple[int, int, int]]]:
        windows: list[list[int]] = []
        places: list[tuple[int, int, int]] = []
        for row, text in enumerate(batch.texts):
            for cut in range(0, max(1, len(text)), PART_POINTS):
                first = self._tokenizer.encode(text[cut : cut + PART_POINTS])
                for encoding in (first, *first.overflowing):
                    marks = zip(encoding.offsets, encoding.special_tokens_mask, strict=True)
                    inside = [offset for offset, special in marks if not special]
                    windows.append(list(encoding.ids) or [0])
                    places.append((row, cut + inside[0][0], cut + inside[-1][1]) if inside else (row, cut, cut))
        return windows, places

    def _padded(self, windows: list[list[int]]) -> dict[str, NDArray[np.int64]]:
        ids = np.zeros((len(windows), max(map(len, windows))), dtype=np.int64)
        mask = np.zeros_like(ids)
        for line, window in enumerate(windows):
            ids[line, : len(window)] = window
            mask[line, : len(window)] = 1
        made = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        return {name: made[name] for name in self._manifest.input.names}


def _tokenizer(content: bytes, manifest: Manifest) -> Any:
    try:
        from tokenizers import Tokenizer  # type: ignore[import-not-found,unused-ignore]  # an optional package of the operator
    except ImportError:
        raise TokenizersMissing(
            "the model has a tokenizer.json.", hint="install the extra: pip install 'dataset-safety[tokens]'."
        ) from None
    try:
        tokenizer = Tokenizer.from_str(content.decode("utf-8"))
    except Exception as error:  # tokenizers raises bare Exception
        raise ModelRefused(f"tokenizer.json cannot be read ({type(error).__name__}).", hint="save it with tokenizers.") from None
    tokenizer.no_padding()
    overlap = max(0, min(manifest.input.max_length - manifest.input.stride, manifest.input.max_length // 2))
    tokenizer.enable_truncation(manifest.input.max_length, stride=overlap)
    return tokenizer
