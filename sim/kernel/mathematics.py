"""exp, log and the normal quantile as plain arithmetic: the same bits on every processor, several rows at a time.

The C library's functions differ in the last digit between platforms, and a compiler cannot put them into vector
registers. These have neither branches nor tables, so a loop that calls one is vectorised; products are added with
fused multiply-adds, which round once. Where nothing compiles, NumPy's and SciPy's functions take their places.

Errors, tested against mpmath: exp and log at most 1 unit in the last place, the quantile at most 1e-15 of its value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.kernel.compiled import compiled, inlined


@dataclass(frozen=True)
class _Fused:
    """Multiplies and adds with one rounding."""

    def __call__(self, factor: float, other: float, term: float) -> float:
        """Call it from Python: two roundings."""
        return factor * other + term

    def linked(self) -> Any:
        """The processor's instruction."""
        from llvmlite import ir
        from numba import types
        from numba.core.cgutils import get_or_insert_function
        from numba.extending import intrinsic

        def fused(_context: Any, factor: Any, other: Any, term: Any) -> Any:
            del factor, other, term

            def code(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
                double = ir.DoubleType()
                kind = ir.FunctionType(double, [double] * 3)
                return builder.call(get_or_insert_function(builder.module, kind, "llvm.fma.f64"), arguments)  # type: ignore[no-untyped-call]

            return types.float64(types.float64, types.float64, types.float64), code

        return intrinsic(fused)


@dataclass(frozen=True)
class _Chosen:
    """One of two numbers, both of which are computed: an `if` would keep a loop from being vectorised."""

    def __call__(self, condition: bool, one: float, other: float) -> float:
        """Call it from Python."""
        return one if condition else other

    def linked(self) -> Any:
        """The processor's instruction."""
        from numba import types
        from numba.extending import intrinsic

        def chosen(_context: Any, condition: Any, one: Any, other: Any) -> Any:
            del condition, one, other

            def code(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
                return builder.select(*arguments)

            return types.float64(types.boolean, types.float64, types.float64), code

        return intrinsic(chosen)


fused, chosen = _Fused(), _Chosen()

_LOG2_E = 1.4426950408889634
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_ROUND = 6755399441055744.0
"""1.5 * 2**52: adding and subtracting it rounds to a whole number, which stands in the lowest bits of the sum."""
_ROUND_BITS = 0x4338000000000000
_EXPONENT, _MANTISSA_BITS = 1023, 52
_ROOT_HALF_BITS = 0x3FE6A09E667F3BCD
_SMALLEST_NORMAL, _SCALED_UP, _SCALED_BITS = 2.2250738585072014e-308, 18014398509481984.0, 54.0
_LEAST, _MOST = -746.0, 710.0
"""Beyond them exp is 0 or infinite in double precision."""


def _plain_normal_quantile(probability: Any) -> Any:
    from scipy.special import ndtri

    return ndtri(probability)


@inlined(plain=np.exp)
def exp(power: float) -> float:
    """The exponential function, at most 1 unit in the last place off, subnormal results and infinity included.

    Reduction to |r| <= ln(2) / 2 in two parts (Cody and Waite 1980) and a polynomial of Sleef's (Shibata and
    Petrogalli 2020, IEEE Transactions on Parallel and Distributed Systems 31).
    """
    power = _LEAST if power < _LEAST else power
    power = _MOST if power > _MOST else power
    shifted = np.float64(fused(power, _LOG2_E, _ROUND))
    whole = shifted - _ROUND
    rest = fused(-whole, _LN2_LOW, fused(-whole, _LN2_HIGH, power))
    series = 2.08860621107283687536341e-09
    series = fused(series, rest, 2.51112930892876518610661e-08)
    series = fused(series, rest, 2.75573911234900471893338e-07)
    series = fused(series, rest, 2.75572362911928827629423e-06)
    series = fused(series, rest, 2.4801587159235472998791e-05)
    series = fused(series, rest, 0.000198412698960509205564975)
    series = fused(series, rest, 0.00138888888889774492207962)
    series = fused(series, rest, 0.00833333333331652721664984)
    series = fused(series, rest, 0.0416666666666665047591422)
    series = fused(series, rest, 0.166666666666666851703837)
    series = fused(series, rest, 0.5)
    value = 1.0 + fused(rest * rest, series, rest)
    twos = shifted.view(np.int64) - _ROUND_BITS
    half = twos >> 1  # in two steps, so that results near the ends are rounded once
    first = np.int64((half + _EXPONENT) << _MANTISSA_BITS).view(np.float64)
    second = np.int64((twos - half + _EXPONENT) << _MANTISSA_BITS).view(np.float64)
    found: float = value * first * second
    return found


@inlined(plain=np.log)
def log(number: float) -> float:
    """The natural logarithm, at most 1 unit in the last place off; minus infinity of 0, NaN of negative numbers.

    The reduction and the polynomial are those of FDLIBM (Sun Microsystems 1993, `e_log.c`).
    """
    tiny = number < _SMALLEST_NORMAL
    scaled = np.float64(number * _SCALED_UP if tiny else number)
    bits = scaled.view(np.int64)
    twos = (bits - _ROOT_HALF_BITS) >> _MANTISSA_BITS
    part = np.int64(bits - (twos << _MANTISSA_BITS)).view(np.float64) - 1.0  # from sqrt(1/2) - 1 to sqrt(2) - 1
    whole = np.int64(twos + _ROUND_BITS).view(np.float64) - _ROUND
    whole = whole - _SCALED_BITS if tiny else whole
    ratio = part / (2.0 + part)
    square = ratio * ratio
    series = 1.479819860511658591e-01
    series = fused(series, square, 1.531383769920937332e-01)
    series = fused(series, square, 1.818357216161805012e-01)
    series = fused(series, square, 2.222219843214978396e-01)
    series = fused(series, square, 2.857142874366239149e-01)
    series = fused(series, square, 3.999999999940941908e-01)
    series = fused(series, square, 6.666666666666735130e-01)
    half = 0.5 * part * part
    lower = fused(ratio, fused(series, square, half), whole * _LN2_LOW)
    found = fused(whole, _LN2_HIGH, part - (half - lower))
    found = np.inf if number == np.inf else found
    found = -np.inf if number == 0 else found
    return np.nan if not number >= 0 else found


@inlined
def _far_tail(root: float) -> float:
    """The quantile of a probability below 1.4e-11, from the root of minus its logarithm."""
    rest = root - 5.0
    above = 2.01033439929228813265e-7
    above = fused(above, rest, 2.71155556874348757815e-5)
    above = fused(above, rest, 1.24266094738807843860e-3)
    above = fused(above, rest, 2.65321895265761230930e-2)
    above = fused(above, rest, 2.96560571828504891230e-1)
    above = fused(above, rest, 1.78482653991729133580e0)
    above = fused(above, rest, 5.46378491116411436990e0)
    above = fused(above, rest, 6.65790464350110377720e0)
    below = 2.04426310338993978564e-15
    below = fused(below, rest, 1.42151175831644588870e-7)
    below = fused(below, rest, 1.84631831751005468180e-5)
    below = fused(below, rest, 7.86869131145613259100e-4)
    below = fused(below, rest, 1.48753612908506148525e-2)
    below = fused(below, rest, 1.36929880922735805310e-1)
    below = fused(below, rest, 5.99832206555887937690e-1)
    return above / fused(below, rest, 1.0)


FAR_TAIL, FAR = 1.3887943864964021e-11, 6.65
"""exp(-25): probabilities below it, and above 1 minus it, are in the far tail, where quantiles are beyond `FAR`."""


@inlined
def near_normal_quantile(probability: float) -> float:
    """The standard normal quantile outside the far tails; vectorised, for loops that mend the far tails afterwards.

    Algorithm AS 241 (Wichura 1988, Applied Statistics 37), with both of its rational functions evaluated.
    """
    centred = probability - 0.5
    rest = fused(-centred, centred, 0.180625)
    above = 2.5090809287301226727e3
    above = fused(above, rest, 3.3430575583588128105e4)
    above = fused(above, rest, 6.7265770927008700853e4)
    above = fused(above, rest, 4.5921953931549871457e4)
    above = fused(above, rest, 1.3731693765509461125e4)
    above = fused(above, rest, 1.9715909503065514427e3)
    above = fused(above, rest, 1.3314166789178437745e2)
    above = fused(above, rest, 3.3871328727963666080e0)
    below = 5.2264952788528545610e3
    below = fused(below, rest, 2.8729085735721942674e4)
    below = fused(below, rest, 3.9307895800092710610e4)
    below = fused(below, rest, 2.1213794301586595867e4)
    below = fused(below, rest, 5.3941960214247511077e3)
    below = fused(below, rest, 6.8718700749205790830e2)
    below = fused(below, rest, 4.2313330701600911252e1)
    central = centred * above / fused(below, rest, 1.0)
    outside = 1.0 - probability
    outside = probability if probability < outside else outside
    rest = np.sqrt(-log(outside)) - 1.6
    above = 7.74545014278341407640e-4
    above = fused(above, rest, 2.27238449892691845833e-2)
    above = fused(above, rest, 2.41780725177450611770e-1)
    above = fused(above, rest, 1.27045825245236838258e0)
    above = fused(above, rest, 3.64784832476320460504e0)
    above = fused(above, rest, 5.76949722146069140550e0)
    above = fused(above, rest, 4.63033784615654529590e0)
    above = fused(above, rest, 1.42343711074968357734e0)
    below = 1.05075007164441684324e-9
    below = fused(below, rest, 5.47593808499534494600e-4)
    below = fused(below, rest, 1.51986665636165571966e-2)
    below = fused(below, rest, 1.48103976427480074590e-1)
    below = fused(below, rest, 6.89767334985100004550e-1)
    below = fused(below, rest, 1.67638483018380384940e0)
    below = fused(below, rest, 2.05319162663775882187e0)
    tail = above / fused(below, rest, 1.0)
    tail = fused(tail * (rest * rest), 5e-17, tail)  # what rounding the coefficients to doubles takes away
    tail = chosen(centred < 0, -tail, tail)
    return chosen(np.abs(centred) <= 0.425, central, tail)


@inlined(plain=_plain_normal_quantile)
def normal_quantile(probability: float) -> float:
    """The standard normal quantile of a probability between 0 and 1, at most 1e-15 of its value off, in both tails."""
    outside = probability if probability < 0.5 else 1.0 - probability
    if outside >= FAR_TAIL or not outside > 0:
        return near_normal_quantile(probability)
    found = _far_tail(np.sqrt(-log(outside)))
    return -found if probability < 0.5 else found


@compiled
def _exp_each(powers: np.ndarray, found: np.ndarray) -> None:
    for place in range(powers.size):
        found[place] = exp(powers[place])


def exp_each(powers: np.ndarray) -> np.ndarray:
    """The exponential function of each number of an array of any shape."""
    found = np.empty(powers.size)
    _exp_each(np.ravel(powers), found)
    return found.reshape(powers.shape)
