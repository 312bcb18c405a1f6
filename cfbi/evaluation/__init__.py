"""Evaluation: sequences and protocol, metrics, annotation reading and reports on whole splits."""

from cfbi.data.annotations import read_index_mask
from cfbi.data.davis import DavisSequence, open_sequence, split_names
from cfbi.evaluation.metrics import boundary_f, jaccard
from cfbi.evaluation.report import ScoreReport, SequenceScore
from cfbi.evaluation.score import check_annotated, score_davis, score_results, score_sequences
from cfbi.evaluation.sequences import EvaluationSequence, open_sequences

__all__ = [
    "DavisSequence",
    "EvaluationSequence",
    "ScoreReport",
    "SequenceScore",
    "boundary_f",
    "check_annotated",
    "jaccard",
    "open_sequence",
    "open_sequences",
    "read_index_mask",
    "score_davis",
    "score_results",
    "score_sequences",
    "split_names",
]
