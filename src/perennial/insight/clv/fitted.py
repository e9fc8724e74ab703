"""A fitted model: parameters, how sure of them, how it was found, and what had to be done instead. Saved as JSON."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np

from perennial.insight.clv.bg_nbd import BgNbd
from perennial.insight.clv.gamma_gamma import GammaGamma
from perennial.insight.clv.mbg_nbd import MbgNbd
from perennial.insight.clv.model import PurchaseModel
from perennial.insight.clv.nbd import Nbd
from perennial.insight.clv.numerics import Floats
from perennial.insight.clv.parameters import Parameters
from perennial.insight.clv.pareto_nbd import ParetoNbd

SCHEMA = 1
FARTHEST = 3.0  # in ln of a parameter: how far a draw may lie from what was found
M_co = TypeVar("M_co", bound=Parameters, covariant=True)
MODELS: dict[str, type[Parameters]] = {m.name: m for m in (Nbd, BgNbd, MbgNbd, ParetoNbd, GammaGamma)}


@dataclass(frozen=True)
class Note:
    """Something the reader of a fit must know: a code, and numbers for the words that are said elsewhere.

    - ``drop_out_vanishes`` (gain): nobody seems to leave, the model says no more than NBD does (by ``gain`` nats): NBD;
    - ``one_order_each`` (customers, time), ``single_day`` (customers), ``few_customers`` (customers, parameters): too
      little is known; NBD with one rate for the store, from half an order in half a year and what was seen;
    - ``rates_alike``, ``drop_out_alike`` (value): customers do not differ, the shape parameter is at its bound;
    - ``spend_heavy_tail`` (q): the mean of the worth of an order hardly exists, q is held at its bound;
    - ``spend_alike`` (p): all of a customer's orders are worth the same;
    - ``left_out`` (customers, frequency): those who ordered at least so often, and so much more than others that each
      alone would move the parameters by over 3 standard errors: a till's or a dealer's account. They are not learned
      from, but forecast like the others;
    - ``entry_approximated`` (customers): the log begins in the midst of lives, the model cannot make up for it;
    - ``compressed`` (rows, kept): standard errors are those of a compressed table;
    - ``not_converged`` (iterations).
    """

    code: str
    numbers: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Fitted(Generic[M_co]):
    """A model with the parameters found.

    - ``model``: of the class asked for, or what it fell back to (``asked`` names the former; ``notes`` say why);
    - ``covariance``: of the *log* parameters, nan for those at a bound or not learned;
    - ``log_likelihood`` of all ``customers`` learned from, times in units of ``unit_days`` days;
    - ``iterations``.
    """

    model: M_co
    asked: str
    log_likelihood: float
    covariance: Floats
    customers: float
    iterations: int
    unit_days: float
    notes: tuple[Note, ...] = ()

    @property
    def fell_back(self) -> bool:
        """Whether the model is not the one asked for."""
        return self.model.name != self.asked

    @property
    def standard_errors(self) -> dict[str, float]:
        """Of the parameters themselves (delta method: parameter times the error of its logarithm); nan if unknown."""
        errors = np.sqrt(np.diag(self.covariance))
        return {k: v * float(e) for (k, v), e in zip(self.model.parameters.items(), errors, strict=True)}

    def draw_models(self, rng: np.random.Generator, count: int) -> list[M_co]:
        """Models whose log-parameters are drawn from the normal about those found: what is not known of them.

        Parameters at a bound, or without a covariance, stay as they are; none moves by more than a factor of e^3.
        """
        centre = self.model.log_parameters
        free = np.isfinite(np.diag(self.covariance))
        moves = np.zeros((count, centre.size))
        if np.any(free):
            part = self.covariance[np.ix_(free, free)]
            moves[:, free] = rng.multivariate_normal(np.zeros(int(free.sum())), part, size=count, method="eigh")
        # Along a ridge the error is without end: a draw is shortened as a whole, which keeps it on the ridge.
        moves *= np.minimum(1.0, FARTHEST / np.maximum(np.abs(moves).max(axis=1, keepdims=True), 1e-300))
        return [type(self.model).of_logs(centre + move) for move in moves]

    def to_json(self) -> str:
        """One JSON object; `from_json` reads it back, equal to the last digit."""
        return json.dumps(
            {
                "schema": SCHEMA,
                "model": self.model.name,
                "asked": self.asked,
                "parameters": self.model.parameters,
                "unit_days": self.unit_days,
                "log_likelihood": _number(self.log_likelihood),
                "covariance": [[_number(v) for v in row] for row in self.covariance.tolist()],
                "customers": self.customers,
                "iterations": self.iterations,
                "notes": [{"code": note.code, "numbers": note.numbers} for note in self.notes],
            },
            allow_nan=False,
        )


def from_json(text: str) -> Fitted[Parameters]:
    """What `Fitted.to_json` wrote. Raises `ValueError` for anything else, or a newer schema."""
    try:
        told = json.loads(text)
        if told["schema"] != SCHEMA:
            raise ValueError(f"a fitted model of schema {told['schema']} is not known here, only {SCHEMA}")
        return Fitted(
            model=MODELS[told["model"]](**told["parameters"]),
            asked=told["asked"],
            log_likelihood=_or_nan(told["log_likelihood"]),
            covariance=np.array([[_or_nan(v) for v in row] for row in told["covariance"]]),
            customers=told["customers"],
            iterations=told["iterations"],
            unit_days=told["unit_days"],
            notes=tuple(Note(note["code"], note["numbers"]) for note in told["notes"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"this is no fitted model: {error!r}") from error


def purchases_from_json(text: str) -> Fitted[PurchaseModel]:
    """The same, of a model of purchases; raises `ValueError` for one of spend."""
    fitted = from_json(text)
    if not isinstance(fitted.model, PurchaseModel):
        raise ValueError(f"{fitted.model.name} is no model of purchases")  # noqa: TRY004 - the text is wrong, not a type
    return fitted  # type: ignore[return-value]


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else float(value)
