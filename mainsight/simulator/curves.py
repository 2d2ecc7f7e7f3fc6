"""Flows as functions of time whose integrals are exact.

A day (UTC) has 96 steps of 15 minutes and 97 knots, the last being the next day's first. Between knots a flow is a straight
line with a ripple on it that is zero at the knots; both have closed integrals, so a register is the integral of its gauge to
rounding error, at any instant, however the day was cut up to ask for it. Outages are windows that begin and end at any
millisecond.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from mainsight.core.intervals import FloatArray, IntArray

STEP_MS = 900_000
STEPS = 96
DAY_MS = STEP_MS * STEPS
STEP_H = 0.25

Window = tuple[int, int]
"""Start and end, UTC milliseconds, half-open."""


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Instants inside one UTC day: the step each falls in and how far into it, all of shape (t,)."""

    time_ms: IntArray
    step: IntArray
    hours: FloatArray
    """Since the step's knot; the day's end is the last step's end."""

    @classmethod
    def of(cls, day_start_ms: int, time_ms: IntArray) -> Self:
        """Place instants of [day start, day end] on the day's steps."""
        since = time_ms - day_start_ms
        step = np.minimum(since // STEP_MS, STEPS - 1)
        return cls(time_ms, step, (since - step * STEP_MS) / 3_600_000)

    @property
    def share(self) -> FloatArray:
        """How far into its step each instant lies, 0 to 1."""
        return np.asarray(self.hours / STEP_H, dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Ripple:
    """A sine wave for each flow and step that is zero at the knots.

    Attributes:
        height: relative to the flow, shape (n, 96).
        turns: whole waves in a step, shape (n, 96).

    """

    height: FloatArray
    turns: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """n flows over one day.

    Attributes:
        knots: values at the knots, shape (n, 97).
        ripples: sine waves that ride on the lines; none for plain lines.
        before: integral at the start of each step since the day's start, unit x h, shape (n, 97).

    """

    day_start_ms: int
    knots: FloatArray
    ripples: tuple[Ripple, ...]
    before: FloatArray

    @classmethod
    def through(cls, day_start_ms: int, knots: FloatArray, ripples: tuple[Ripple, ...] = ()) -> Self:
        """Curves through given knots."""
        steps = (knots[:, :-1] + knots[:, 1:]) * (STEP_H / 2)
        for ripple in ripples:
            steps -= ripple.height * (knots[:, 1:] - knots[:, :-1]) * STEP_H / (2 * np.pi * ripple.turns)
        before = np.zeros_like(knots)
        np.cumsum(steps, axis=1, out=before[:, 1:])
        return cls(day_start_ms, knots, ripples, before)

    def at(self, moments: Moments, rows: IntArray | slice = slice(None)) -> tuple[FloatArray, FloatArray]:
        """Rate and integral since the day's start at given moments, each of shape (rows, t)."""
        step, hours = moments.step, moments.hours[None, :]
        knots = self.knots[rows]
        start = knots[:, step]
        slope = (knots[:, step + 1] - start) / STEP_H
        line = start + slope * hours
        rate = line.copy()
        integral = self.before[rows][:, step] + (start + slope * (hours / 2)) * hours
        if moments.hours.any():
            for ripple in self.ripples:
                height, speed = ripple.height[rows][:, step], ripple.turns[rows][:, step] * (2 * np.pi / STEP_H)
                sine, cosine = np.sin(speed * hours), np.cos(speed * hours)
                rate += line * height * sine
                integral += height * ((start * (1 - cosine) - slope * hours * cosine) / speed + slope * sine / speed**2)
        return rate, integral

    def with_outages(self, outages: Mapping[int, tuple[Window, ...]]) -> "Gated":
        """Cut windows out of some rows; windows of a row are apart and in order."""
        return Gated(self, {row: inside for row, windows in outages.items() if (inside := clip(windows, self.day_start_ms))})


@dataclass(frozen=True, slots=True, eq=False)
class Gated:
    """Curves that are zero inside windows."""

    curves: Curves
    outages: Mapping[int, tuple[Window, ...]]

    def at(self, moments: Moments) -> tuple[FloatArray, FloatArray]:
        """Rate and integral since the day's start at given moments, each of shape (n, t)."""
        rate, integral = self.curves.at(moments)
        for row, windows in self.outages.items():
            for start, end in windows:
                rate[row, (moments.time_ms >= start) & (moments.time_ms < end)] = 0.0
                integral[row] -= self._lost(row, np.clip(moments.time_ms, start, end)) - self._lost(row, np.array([start]))
        return rate, integral

    def _lost(self, row: int, time_ms: IntArray) -> FloatArray:
        moments = Moments.of(self.curves.day_start_ms, time_ms)
        integral: FloatArray = self.curves.at(moments, np.array([row]))[1][0]
        return integral


def clip(windows: Iterable[Window], day_start_ms: int) -> tuple[Window, ...]:
    """Parts of windows that lie inside a day."""
    day_end_ms = day_start_ms + DAY_MS
    clipped = ((max(start, day_start_ms), min(end, day_end_ms)) for start, end in windows)
    return tuple((start, end) for start, end in clipped if start < end)


def union(windows: Iterable[Window]) -> tuple[Window, ...]:
    """Windows joined where they touch, in order."""
    joined: list[Window] = []
    for start, end in sorted(windows):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(joined)


def inside(windows: Iterable[Window], time_ms: IntArray) -> FloatArray:
    """1 inside windows that are apart, 0 outside, shape (t,)."""
    found = np.zeros(len(time_ms))
    for start, end in windows:
        found[(time_ms >= start) & (time_ms < end)] = 1.0
    return found


def hours_inside(windows: Iterable[Window], start_ms: int, time_ms: IntArray) -> FloatArray:
    """Hours that windows (apart from each other) cover between a start and each instant, shape (t,)."""
    total = np.zeros(len(time_ms))
    for start, end in windows:
        if end > start_ms:
            total += np.clip(time_ms - max(start, start_ms), 0, end - max(start, start_ms)) / 3_600_000
    return total
