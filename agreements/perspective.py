"""How a flat page lies in a photograph: the projective map from page to picture that fits pairs of points best. Pure.

A page photographed at an angle is a projective image of the page (a homography): u = (a·x + b·y + c) / (g·x + h·y + 1), v = (d·x + e·y + f) / (g·x + h·y + 1).
Each pair of points gives two equations that are linear in a…h; more than four pairs are fitted by least squares. Points are brought near the
unit square first, without which the equations are badly conditioned (Hartley, In defense of the eight-point algorithm, 1997).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot

Point = tuple[float, float]
Map = tuple[float, float, float, float, float, float, float, float]
"""a…h; also the coefficients of Pillow's PERSPECTIVE transform."""
_Square = list[list[float]]


class NoSuchView(ValueError):
    """The points lie so that no view of a page explains them: on one line, or behind the camera."""


def fit(pairs: Sequence[tuple[Point, Point]]) -> Map:
    """The map that takes the first of each pair to the second. At least four pairs, no three on one line. Raises `NoSuchView`."""
    if len(pairs) < 4:
        raise NoSuchView("a view is known from four points")
    there, back = _near_one([page for page, _ in pairs]), _near_one([seen for _, seen in pairs])
    rows, right = [], []
    for page, seen in pairs:
        (x, y), (u, v) = there.apply(page), back.apply(seen)
        rows += [[x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y], [0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y]]
        right += [u, v]
    normal = [[sum(row[i] * row[j] for row in rows) for j in range(8)] for i in range(8)]
    found = _solve(normal, [sum(row[i] * value for row, value in zip(rows, right, strict=True)) for i in range(8)])
    inner = [found[0:3], found[3:6], [found[6], found[7], 1.0]]
    whole = _times(_times(back.inverse(), inner), there.matrix())
    if abs(whole[2][2]) < 1e-12:
        raise NoSuchView("the page would lie edge on")
    a, b, c, d, e, f, g, h = (value / whole[2][2] for value in [*whole[0], *whole[1], *whole[2][:2]])
    return a, b, c, d, e, f, g, h


def apply(view: Map, point: Point) -> Point:
    """Raises `NoSuchView` for a point that the map sends to infinity."""
    a, b, c, d, e, f, g, h = view
    x, y = point
    depth = g * x + h * y + 1
    if abs(depth) < 1e-9:
        raise NoSuchView("this point lies on the horizon")
    return (a * x + b * y + c) / depth, (d * x + e * y + f) / depth


def worst(view: Map, pairs: Sequence[tuple[Point, Point]]) -> float:
    """The largest distance between where a point is and where the map takes it, in the units of the second of each pair."""
    found = [(apply(view, page), seen) for page, seen in pairs]
    return max(hypot(u - x, v - y) for (u, v), (x, y) in found)


def turns_over(corners: Sequence[Point]) -> bool:
    """Whether four corners, clockwise on the page, run the other way in the picture: it is mirrored. In pictures y points down."""
    return sum(x * v - u * y for (x, y), (u, v) in zip(corners, [*corners[1:], corners[0]], strict=True)) < 0


class _Scaling:
    """x' = (x - x0) · k."""

    def __init__(self, x: float, y: float, k: float) -> None:
        self.x, self.y, self.k = x, y, k

    def apply(self, point: Point) -> Point:
        return (point[0] - self.x) * self.k, (point[1] - self.y) * self.k

    def matrix(self) -> _Square:
        return [[self.k, 0.0, -self.x * self.k], [0.0, self.k, -self.y * self.k], [0.0, 0.0, 1.0]]

    def inverse(self) -> _Square:
        return [[1 / self.k, 0.0, self.x], [0.0, 1 / self.k, self.y], [0.0, 0.0, 1.0]]


def _near_one(points: Sequence[Point]) -> _Scaling:
    x, y = (sum(point[axis] for point in points) / len(points) for axis in (0, 1))
    spread = sum(hypot(p[0] - x, p[1] - y) for p in points) / len(points)
    if spread < 1e-9:
        raise NoSuchView("the points are one point")
    return _Scaling(x, y, 1.4142135623730951 / spread)


def _times(left: _Square, right: _Square) -> _Square:
    return [[sum(left[i][k] * right[k][j] for k in range(3)) for j in range(3)] for i in range(3)]


def _solve(matrix: _Square, right: list[float]) -> list[float]:
    """Gauss with row pivoting."""
    size = len(right)
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for column in range(size):
        pivot = max(range(column, size), key=lambda row: abs(rows[row][column]))
        if abs(rows[pivot][column]) < 1e-10:
            raise NoSuchView("the points lie on one line")
        rows[column], rows[pivot] = rows[pivot], rows[column]
        for row in range(column + 1, size):
            factor = rows[row][column] / rows[column][column]
            rows[row] = [value - factor * above for value, above in zip(rows[row], rows[column], strict=True)]
    found = [0.0] * size
    for row in reversed(range(size)):
        found[row] = (rows[row][size] - sum(rows[row][k] * found[k] for k in range(row + 1, size))) / rows[row][row]
    return found
