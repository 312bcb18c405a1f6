"""DAVIS scores: metrics, annotation reading and reports on whole splits."""

from cfbi.evaluation.annotations import read_index_mask
from cfbi.evaluation.davis import DavisSequence, open_sequence, split_names
from cfbi.evaluation.metrics import boundary_f, jaccard
from cfbi.evaluation.report import ScoreReport, SequenceScore
from cfbi.evaluation.score import check_annotated, score_davis

__all__ = [
    "DavisSequence",
    "ScoreReport",
    "SequenceScore",
    "boundary_f",
    "check_annotated",
    "jaccard",
    "open_sequence",
    "read_index_mask",
    "score_davis",
    "split_names",
]
