"""Learning rate over a run."""


def learning_rate(step: int, *, peak: float, steps: int, warmup_steps: int, poly_power: float) -> float:
    """Linear warm-up, then polynomial decay to 0 at ``steps``."""
    if step < warmup_steps:
        return peak * (step + 1) / warmup_steps
    return peak * float(max(0.0, 1.0 - step / steps) ** poly_power)
