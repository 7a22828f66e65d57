"""``python -m dataset_safety_tests.benchmarks.classifier_trials``: the cheap trials of the model card, run again.

Every trial trains one logistic regression a risk on the written sentences and clean text alone, without the labelled sets, and
is measured on the probe texts of other authors: mean AUC over the risks against contrasts and against clean text, then the
AUC of the strongest risk for questions of S-Eval against clean text, if the folder is there. The table is for comparing its
lines; the figures of the bundled model are those of ``classifier eval``. Needs DATASET_SAFETY_TEST_DATA or ../shared.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.sparse as sparse
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression

from dataset_safety.classifier.bundling import EVERYDAY_FOLDER, GOLD_FOLDER, PROBE_FOLDER, SEED_FOLDER
from dataset_safety.classifier.clean_texts import everyday_texts, gold_texts, inbox_texts
from dataset_safety.classifier.examples import Example, sentence_examples
from dataset_safety.classifier.features import BUCKETS
from dataset_safety.classifier.probing import auc
from dataset_safety.classifier.sentences import Sentence, read_folder
from dataset_safety.keywords.files import read_store
from dataset_safety.preprocessing.folding import fold
from dataset_safety.shipping import shipped
from dataset_safety.standard import load_edition
from dataset_safety_tests.conftest import SHARED

CHARACTERS = 400
CLEAN_TEXTS, S_EVAL_TEXTS, UNLABELLED_TEXTS = 3000, 600, 6000
STRENGTH = 4.0
RISKS = load_edition().risk_ids
Features = Callable[[Sequence[str]], Any]


@dataclass(frozen=True)
class Texts:
    """What all trials share."""

    examples: list[Example]
    probe: list[Sentence]
    clean: list[str]
    questions: list[str]
    unlabelled: list[str]


def read_texts() -> Texts:
    """Sentences, clean text cut to windows, questions of S-Eval and unlabelled comments."""
    clean = [*everyday_texts(EVERYDAY_FOLDER), *gold_texts(GOLD_FOLDER), *inbox_texts(SHARED / "inbox")]
    cut = [replace(text, text=text.text[:CHARACTERS]) for text in clean]
    training = [text for text, whole in zip(cut, clean, strict=True) if whole.share == "training"]
    evaluation = [text.text for text, whole in zip(cut, clean, strict=True) if whole.share == "evaluation"]
    taken = [
        Example(text.text, f"clean/{text.source}", str(number)) for number, text in enumerate(_spread(training, CLEAN_TEXTS))
    ]
    examples = [*sentence_examples(read_folder(SEED_FOLDER)), *taken]
    questions = [text for path in sorted((SHARED / "data" / "labelled").glob("*/s_eval*.jsonl")) for text in _questions(path)]
    comments = SHARED / "inbox" / "pre_training" / "forum-comments" / "forum_comments_gb18030.txt"
    unlabelled = comments.read_text(encoding="gb18030", errors="replace").splitlines() if comments.is_file() else []
    return Texts(
        examples, read_folder(PROBE_FOLDER), _spread(evaluation, CLEAN_TEXTS), questions, _spread(unlabelled, UNLABELLED_TEXTS)
    )


def _questions(path: Any) -> list[str]:
    return [json.loads(line)["prompt"] for line in _spread(path.read_text(encoding="utf-8").splitlines(), S_EVAL_TEXTS)]


def _spread(items: Sequence[Any], most: int) -> list[Any]:
    return list(items[:: -(-len(items) // most)]) if items else []


def _units(longest: int) -> Callable[[str], list[str]]:
    def analyse(text: str) -> list[str]:
        parts: list[str] = []
        for word in fold(text).split():
            run = ""
            for sign in word:
                if sign.isalpha() and sign < "\u0e00":
                    run += sign
                    continue
                parts += [run, sign] if run else [sign]
                run = ""
            parts += [run] if run else []
        found = [part[:5] + "*" for part in parts if len(part) > 5]
        for size in range(1, longest + 1):
            found += ["\x1f".join(parts[at : at + size]) for at in range(len(parts) - size + 1)]
        return found

    return analyse


def units(longest: int) -> Features:
    """Counts of runs of 1 to ``longest`` units and of prefixes, by the root of their number."""
    vectoriser = HashingVectorizer(n_features=BUCKETS, alternate_sign=False, norm=None, analyzer=_units(longest))

    def features(texts: Sequence[str]) -> Any:
        counts = vectoriser.transform(texts)
        return sparse.diags(1 / np.sqrt(np.maximum(1, np.asarray(counts.sum(axis=1)).ravel()))) @ counts

    return features


PLAIN = units(2)
"""The units of the bundled model over the whole text: what every other trial is compared with."""


def presence(texts: Sequence[str]) -> Any:
    """The same units as present or absent."""
    found = PLAIN(texts).tocsr()
    found.data[:] = 1
    return (sparse.diags(1 / np.sqrt(np.maximum(1, np.diff(found.indptr)))) @ found).tocsr()


class Linear:
    """One regression a risk; ``weighted`` scales buckets by their log ratio (NB), ``common`` adds one over all risks."""

    def __init__(self, examples: Sequence[Example], matrix: Any, *, weighted: bool = False, common: float = 0.0) -> None:
        self.models = {}
        for risk in RISKS:
            known = np.flatnonzero([risk not in example.unknown for example in examples])
            label = np.array([risk in examples[row].positive for row in known])
            ratio = _ratio(matrix[known], label) if weighted else None
            self.models[risk] = (_fit(matrix[known], label, ratio), ratio)
        label = np.array([bool(example.positive) for example in examples])
        self.common = (_fit(matrix, label, None), common) if common else None

    def scores(self, matrix: Any) -> Any:
        """Logits [texts, risks]."""
        columns = [model.decision_function(matrix if ratio is None else matrix @ ratio) for model, ratio in self.models.values()]
        shared = self.common[0].decision_function(matrix)[:, None] * self.common[1] if self.common else 0.0
        return np.stack(columns, axis=1) + shared


def _fit(matrix: Any, label: Any, ratio: Any) -> LogisticRegression:
    model = LogisticRegression(C=STRENGTH, solver="liblinear", tol=0.01, intercept_scaling=4.0, random_state=0)
    return model.fit(matrix if ratio is None else matrix @ ratio, label)


def _ratio(matrix: Any, label: Any) -> Any:
    bad, fine = (np.asarray(matrix[label == value].sum(axis=0)).ravel() + 1 for value in (True, False))
    return sparse.diags(np.log(bad / bad.sum()) - np.log(fine / fine.sum()))


def keyword_examples() -> list[Example]:
    """Every active entry of the bundled library as a text of its risks."""
    entries = read_store(shipped("keyword_store")).active
    every = frozenset(RISKS)
    return [
        Example(" ".join(entry.parts), "keywords", entry.id, frozenset(entry.risks), every - frozenset(entry.risks))
        for entry in entries
    ]


def taught_by_itself(texts: Texts, base: Linear) -> list[Example]:
    """Unlabelled comments that the base model is surest of, as violations of their risk."""
    if not texts.unlabelled:
        return []
    scores = base.scores(PLAIN(texts.unlabelled))
    every = frozenset(RISKS)
    chosen = [(int(row), column) for column in range(len(RISKS)) for row in np.argsort(-scores[:, column])[:100]]
    sure = [(row, column) for row, column in chosen if scores[row, column] > 1]
    return [
        Example(texts.unlabelled[row], "self", str(row), frozenset({RISKS[column]}), every - {RISKS[column]})
        for row, column in sure
    ]


def measured(texts: Texts, model: Linear, features: Features) -> tuple[float, float, float]:
    """Mean AUC against contrasts and clean text, and AUC of the S-Eval questions against clean text."""
    probe = model.scores(features([sentence.text for sentence in texts.probe]))
    clean = model.scores(features(texts.clean))
    on_contrasts, on_clean = [], []
    for column, risk in enumerate(RISKS):
        mine = np.array([risk in sentence.risk for sentence in texts.probe])
        bad = mine & np.array([sentence.stance == "violation" for sentence in texts.probe])
        if bad.any():
            on_contrasts.append(auc(probe[bad, column], probe[mine & ~bad, column]))
            on_clean.append(auc(probe[bad, column], clean[:, column]))
    asked = model.scores(features(texts.questions)).max(axis=1) if texts.questions else np.zeros(0)
    return float(np.mean(on_contrasts)), float(np.mean(on_clean)), auc(asked, clean.max(axis=1))


def main(only: Sequence[str] = ()) -> None:
    """Print one line a trial; names of trials as arguments choose among them."""
    texts = read_texts()
    written = texts.examples
    plain = PLAIN([example.text for example in written]).tocsr()
    base = Linear(written, plain)

    def more(added: list[Example], **options: Any) -> Linear:
        matrix = sparse.vstack([plain, PLAIN([example.text for example in added])]) if added else plain
        return Linear([*written, *added], matrix.tocsr(), **options)

    def others(features: Features) -> Linear:
        return Linear(written, features([example.text for example in written]).tocsr())

    trials: dict[str, tuple[Callable[[], Linear], Features]] = {
        "units-1-2": (lambda: base, PLAIN),
        "units-1-3": (lambda: others(units(3)), units(3)),
        "presence": (lambda: others(presence), presence),
        "nb-weighting": (lambda: Linear(written, plain, weighted=True), PLAIN),
        "keyword-texts": (lambda: more(keyword_examples()), PLAIN),
        "common-0.5": (lambda: Linear(written, plain, common=0.5), PLAIN),
        "common-1": (lambda: Linear(written, plain, common=1.0), PLAIN),
        "self-training": (lambda: more(taught_by_itself(texts, base)), PLAIN),
    }
    print(f"{len(written)} texts, {len(texts.probe)} probe texts, {len(texts.clean)} clean, {len(texts.questions)} of S-Eval")
    print(f"{'trial':<16}{'contrasts':>10}{'clean':>8}{'S-Eval':>8}{'seconds':>9}")
    for name, (train, features) in trials.items():
        if not only or name in only:
            begin = time.process_time()
            found = measured(texts, train(), features)
            print(f"{name:<16}{found[0]:>10.4f}{found[1]:>8.4f}{found[2]:>8.4f}{time.process_time() - begin:>9.0f}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
