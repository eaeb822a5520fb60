"""Common random numbers: one named stream per decision, one draw per (stream, month, startup).

A draw is keyed by (root seed, replication, stream name, month, the startup's own key) and is a pure
function of that key, so nothing that happens to one startup can shift another one's luck. Seeds are
separated by `numpy.random.SeedSequence` spawn keys made of the SHA-256 of the stream's name; month
keys and startup keys are full 64-bit words joined by XOR and passed through a 64-bit finaliser
(Pelle Evensen's "moremur", a stronger constant set of the MurmurHash3 finaliser), which gives 53-bit
uniforms. Any other law is its inverse distribution function at such a uniform, as in Stout and
Goldie (2008) and Klein et al. (2024, arXiv:2409.02086).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np

from sim.kernel.compiled import Exported, compiled, inlined
from sim.kernel.mathematics import FAR, exp_each, log, near_normal_quantile, normal_quantile
from sim.kernel.records import streams_of
from sim.kernel.rows import marked

_SHIFT_27, _SHIFT_33, _SHIFT_11 = np.uint64(27), np.uint64(33), np.uint64(11)
_FIRST, _SECOND = np.uint64(0x3C79AC492BA7B653), np.uint64(0x1C69B3F74AC4AE35)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MASK = (1 << 64) - 1
_UNIT = 1.0 / (1 << 53)
_HALF = 0.5 * _UNIT
_LARGEST = 1.0 - _UNIT


def finalise(word: np.ndarray) -> np.ndarray:
    """Mix 64-bit words in place so that every input bit moves every output bit."""
    word ^= word >> _SHIFT_27
    word *= _FIRST
    word ^= word >> _SHIFT_33
    word *= _SECOND
    word ^= word >> _SHIFT_27
    return word


def _finalise_one(word: int) -> int:
    word ^= word >> 27
    word = word * int(_FIRST) & _MASK
    word ^= word >> 33
    word = word * int(_SECOND) & _MASK
    return word ^ word >> 27


def combine(*parts: np.ndarray | int) -> np.ndarray:
    """One 64-bit key out of several integers; the order of the parts matters."""
    word: np.ndarray | int = 0
    for part in parts:
        if isinstance(word, int) and not isinstance(part, np.ndarray):
            word = _finalise_one(((word ^ int(part)) + int(_GOLDEN)) & _MASK)
        else:
            joined = (np.uint64(word) ^ np.asarray(part).astype(np.uint64)) + _GOLDEN
            word = _finalise(joined) if joined.ndim == 1 else finalise(joined)
    return np.array(word, dtype=np.uint64)[()] if isinstance(word, int) else word


def _draw_plain(keys: np.ndarray, month_word: np.uint64, uniform: np.ndarray) -> None:
    np.multiply(finalise(keys ^ month_word) >> _SHIFT_11, _UNIT, out=uniform)
    np.minimum(uniform + _HALF, _LARGEST, out=uniform)


@inlined
def _mixed(word: np.uint64) -> np.uint64:
    word ^= word >> _SHIFT_27
    word *= _FIRST
    word ^= word >> _SHIFT_33
    word *= _SECOND
    return word ^ (word >> _SHIFT_27)


@inlined
def extended(word: np.uint64, part: np.uint64) -> np.uint64:
    """The key that `combine` makes of the parts of `word` and one more, for compiled loops."""
    return _mixed((word ^ part) + _GOLDEN)


def _finalise_loop(word: np.ndarray) -> np.ndarray:
    for place in range(word.size):
        word[place] = _mixed(word[place])
    return word


_finalise = compiled(_finalise_loop, plain=finalise)


@inlined
def drawn(key: np.uint64, month_word: np.uint64) -> float:
    """The uniform of one startup, for compiled loops that draw only where they must; `month_word` as of `Stream.at`."""
    return min((_mixed(key ^ month_word) >> _SHIFT_11) * _UNIT + _HALF, _LARGEST)


@inlined
def uniforms(keys: np.ndarray, month_word: np.uint64) -> np.ndarray:
    """The uniforms of all startups, for compiled loops; drawing for all is cheaper than asking one by one."""
    found = np.empty(keys.size)
    _draw_loop(keys, month_word, found)
    return found


@inlined
def rows_below(keys: np.ndarray, month_word: np.uint64, bound: float) -> np.ndarray:
    """Rows of the startups whose uniform is below a bound, in order: for events that are rare.

    A loop then asks `drawn` for the uniforms of these few.
    """
    words, marks = np.empty(keys.size, dtype=np.uint64), np.empty(keys.size, dtype=np.bool_)
    for row in range(keys.size):
        words[row] = _mixed(keys[row] ^ month_word) >> _SHIFT_11
    for row in range(keys.size):
        marks[row] = np.int64(words[row]) * _UNIT + _HALF < bound
    return marked(marks)


@inlined
def _draw_loop(keys: np.ndarray, month_word: np.uint64, uniform: np.ndarray) -> None:
    words = uniform.view(np.uint64)  # two short loops, of which processors do several rows at a time
    for row in range(keys.size):
        words[row] = _mixed(keys[row] ^ month_word) >> _SHIFT_11
    for row in range(keys.size):
        drawn_here = np.int64(words[row]) * _UNIT + _HALF
        uniform[row] = drawn_here if drawn_here < _LARGEST else _LARGEST


_draw = compiled(_draw_loop, plain=_draw_plain)
_pdtr = Exported("scipy.special.cython_special", "pdtr", arguments=2)


def _draw_normal_plain(keys: np.ndarray, month_word: np.uint64, normal: np.ndarray) -> None:
    from scipy.special import ndtri

    _draw_plain(keys, month_word, normal)
    ndtri(normal, out=normal)


@inlined
def drawn_normal(key: np.uint64, month_word: np.uint64) -> float:
    """The standard normal of one startup, as `drawn` gives its uniform."""
    return normal_quantile(drawn(key, month_word))


@inlined
def normals(keys: np.ndarray, month_word: np.uint64) -> np.ndarray:
    """The standard normals of all startups, for compiled loops, as `uniforms` gives their uniforms."""
    found = np.empty(keys.size)
    _draw_normal_loop(keys, month_word, found)
    return found


@inlined
def _draw_normal_loop(keys: np.ndarray, month_word: np.uint64, normal: np.ndarray) -> None:
    _draw_loop(keys, month_word, normal)
    for row in range(keys.size):
        normal[row] = near_normal_quantile(normal[row])
    for row in range(keys.size):
        if abs(normal[row]) > FAR:
            normal[row] = drawn_normal(keys[row], month_word)


_draw_normal = compiled(_draw_normal_loop, plain=_draw_normal_plain)

Drawing = Callable[[np.ndarray, np.uint64, np.ndarray], None]
"""Fills the third array with the draws of keys in a month."""


@inlined
def race(
    keys: np.ndarray,
    place: np.ndarray,
    rivals: np.ndarray,
    home: np.ndarray,
    weight: np.ndarray,
    month_word: np.uint64,
) -> np.ndarray:
    """Position of the rival that each key draws, one after the other, -1 for none, for compiled loops; shape of `keys`.

    The rival with the shortest exponential time is drawn and is then no longer free; `weight` (places, homes) says at
    which rate each rival runs, 0 for never.
    """
    winners = np.full(keys.size, -1, dtype=np.int64)
    free = np.ones(rivals.size, dtype=np.bool_)
    for turn in range(keys.size):
        word, here = _mixed(keys[turn] + _GOLDEN), weight[place[turn]]
        shortest = np.inf
        for rival in range(rivals.size):
            pull = here[home[rival]]
            if free[rival] and pull > 0:
                uniform = drawn(extended(word, rivals[rival]), month_word)
                # The time is -ln(uniform) / pull, never less than (1 - uniform) / pull.
                if 1 - uniform < shortest * pull and -log(uniform) < shortest * pull:
                    shortest = -log(uniform) / pull
                    winners[turn] = rival
        if winners[turn] >= 0:
            free[winners[turn]] = False
    return winners


class Stream:
    """The draws of one named decision in one world."""

    __slots__ = ("months", "name")

    def __init__(self, name: str, months: np.ndarray):
        self.name = name
        self.months = months

    def at(self, month: int) -> np.uint64:
        """The word of a month, with which a compiled loop draws by itself; see `drawn`."""
        found: np.uint64 = self.months[month]
        return found

    def uniform(self, month: int | np.ndarray, keys: np.ndarray) -> np.ndarray:
        """Uniforms in the open interval (0, 1), one per key; shape of `keys`.

        `month` counts from the start of the world: one for all keys, or one for each.
        """
        return self._drawn(_draw, _draw_plain, month, keys)

    def _drawn(self, loop: Drawing, plain: Drawing, month: int | np.ndarray, keys: np.ndarray) -> np.ndarray:
        one = isinstance(month, int) and keys.ndim == 1 and keys.flags.c_contiguous
        found = np.empty(keys.shape)
        (loop if one else plain)(keys, self.months[month], found)
        return found

    def below(self, month: int | np.ndarray, keys: np.ndarray, probability: np.ndarray | float) -> np.ndarray:
        """Whether each event of the given probability happens; boolean, shape of `keys`."""
        return self.uniform(month, keys) < probability

    def normal(self, month: int | np.ndarray, keys: np.ndarray) -> np.ndarray:
        """Standard normals by inverse distribution function; shape of `keys`."""
        return self._drawn(_draw_normal, _draw_normal_plain, month, keys)


def poisson_quantile(uniform: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Smallest n with P(N <= n) >= uniform for N ~ Poisson(mean); integers, broadcast shape."""
    from scipy.special import pdtr

    shape = np.broadcast_shapes(np.shape(uniform), np.shape(mean))
    uniform, mean = np.broadcast_to(uniform, shape).ravel(), np.broadcast_to(mean, shape).ravel()
    count = np.zeros(uniform.size, dtype=np.int64)
    rows = np.flatnonzero(uniform > exp_each(-mean))
    while rows.size:
        count[rows] += 1
        rows = rows[pdtr(count[rows], mean[rows]) < uniform[rows]]
    return count.reshape(shape)


@inlined
def poisson_exceeds(number: int, uniform: float, mean: float) -> bool:
    """Whether the Poisson count that `poisson_quantile` finds is larger than `number`, for compiled loops."""
    return _pdtr(number, mean, 0) < uniform


class Streams(dict[str, Stream]):
    """All named streams of one world, that is, of one root seed and replication.

    Asking twice for a name gives the same stream; names are registered in `sim.processes` so that a
    test can forbid two processes sharing one.
    """

    def __init__(self, seed: int, replication: int, months: int):
        super().__init__()
        self.seed, self.replication, self.months = seed, replication, months
        self.world = self._keys("world", 1)[0]
        self._of_records: dict[type, list[np.ndarray]] = {}

    def _keys(self, name: str, count: int) -> np.ndarray:
        digest = hashlib.sha256(name.encode()).digest()[:16]
        words = np.frombuffer(digest, dtype=np.uint32).tolist()
        sequence = np.random.SeedSequence(self.seed, spawn_key=(self.replication, *words))
        return sequence.generate_state(count, np.uint64)

    def words[R](self, record: type[R], month: int) -> R:
        """The words of a month of the streams that a record of `sim.kernel.records.draws` names."""
        of_months = self._of_records.get(record)
        if of_months is None:
            of_months = self._of_records[record] = [self[name].months for name in streams_of(record)]
        return record(*[words[month] for words in of_months])

    def __missing__(self, name: str) -> Stream:
        stream = self[name] = Stream(name, self._keys(name, self.months))
        return stream

    @property
    def names(self) -> list[str]:
        """Names of the streams used so far."""
        return sorted(self)
