"""Parameters of a model: positive numbers with names, moved by their logarithms."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from perennial.insight.clv.numerics import Floats


@dataclass(frozen=True)
class Parameters:
    """Base of the models: their fields are the parameters. Raises `ValueError` where one is not a positive number."""

    name: ClassVar[str]

    def __post_init__(self) -> None:
        for name, value in self.parameters.items():
            if not (np.isfinite(value) and value > 0):
                raise ValueError(f"{name} of {self.name} must be a positive number, not {value}")

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The names of the parameters, in order."""
        return tuple(f.name for f in fields(cls))

    @property
    def parameters(self) -> dict[str, float]:
        """The parameters by name."""
        return dict(zip(self.names(), astuple(self), strict=True))

    @property
    def log_parameters(self) -> Floats:
        """Their natural logarithms, in order: what fits move."""
        return np.asarray(np.log(np.array(astuple(self), dtype=float)))

    @classmethod
    def of_logs(cls, logs: ArrayLike) -> Self:
        """The model whose `log_parameters` these are."""
        return cls(*(float(v) for v in np.exp(np.asarray(logs, dtype=float))))
