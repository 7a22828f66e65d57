"""Errors of the classification models (Appendix B.2).

ClassifierError
├── ModelRefused            a model folder cannot be used; the active model stays
│   ├── ManifestInvalid         the manifest is missing or says something that cannot be followed
│   ├── LabelMapMissing         outputs without risks, or risks that no output names (``missing``)
│   ├── HashMismatch            a file is not the one that the manifest names
│   ├── ReadsOutside            the model wants files beside itself
│   ├── UnknownOperators        the model needs operators that are not standard
│   ├── TooLarge                more bytes than the limit
│   ├── WrongWidth              the output has another number of columns than the label map
│   ├── OutputInvalid           NaN, infinity or scores outside 0..1
│   └── TooSlow                 a run took longer than the limit
├── TokenizersMissing       the model has a tokenizer.json, the tokenizers package is not installed
├── SentenceInvalid         a line of the written sentences cannot be followed
├── SentencesRefused        the lint of the written sentences found near-copies or slot filling
├── ScoredFileInvalid       a line of an imported file of scores cannot be followed
├── NotRegistered           there is no such model in the registry
├── TrainingDataMissing     a set that training needs is not there
└── JudgedTextStays         judged samples of a home would enter the model that ships
"""

from __future__ import annotations

from dataset_safety.errors import ConfigurationError


class ClassifierError(ConfigurationError):
    """A classification model or a file for it cannot be used."""


class ModelRefused(ClassifierError):
    """A model folder cannot be used; the active model stays."""


class ManifestInvalid(ModelRefused):
    """The manifest is missing or says something that cannot be followed."""


class LabelMapMissing(ModelRefused):
    """Outputs without risks, or risks of Appendix A that no output names (``missing``)."""


class HashMismatch(ModelRefused):
    """A file is not the one that the manifest names."""


class ReadsOutside(ModelRefused):
    """The model wants to read files beside itself."""


class UnknownOperators(ModelRefused):
    """The model needs operators that are not standard."""


class TooLarge(ModelRefused):
    """A model file has more bytes than the limit."""


class WrongWidth(ModelRefused):
    """The output has another number of columns than the label map."""


class OutputInvalid(ModelRefused):
    """A model gave NaN, infinity or scores outside 0..1."""


class TooSlow(ModelRefused):
    """A run of the model took longer than the limit."""


class TokenizersMissing(ClassifierError):
    """The model has a tokenizer.json, and the tokenizers package is not installed."""


class SentenceInvalid(ClassifierError):
    """A line of the written sentences cannot be followed (``file``, ``line``)."""


class SentencesRefused(ClassifierError):
    """The lint of the written sentences found near-copies or slot filling."""


class ScoredFileInvalid(ClassifierError):
    """A line of an imported file of scores cannot be followed (``file``, ``line``)."""


class NotRegistered(ClassifierError):
    """There is no such model in the registry."""


class TrainingDataMissing(ClassifierError):
    """A set that training needs is not there."""


class JudgedTextStays(ClassifierError):
    """Judged samples of a home would enter the model that ships."""
