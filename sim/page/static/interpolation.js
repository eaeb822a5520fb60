// Interpolation between the points of a design, as `sim/page/site/interpolation.py` defines and measures it.

const CURVES = {
  line: (left, right) => left * right,
  gauss: (left, right, length) => Math.exp(-0.5 * ((left - right) / length) ** 2),
  matern: (left, right, length) => {
    const root = Math.sqrt(5) * Math.abs((left - right) / length);
    return (1 + root + root ** 2 / 3) * Math.exp(-root);
  },
};

// Covariance of two points, given from the reference.
function covariance({ way, curve, sizes, lengths }, left, right) {
  let whole = 1;
  for (let d = 0; d < sizes.length; d += 1) {
    const part = sizes[d] * CURVES[curve](left[d], right[d], lengths[d]);
    if (way === "sum") whole += part; else whole *= 1 + part;
  }
  return whole;
}

// The lower triangle of Cholesky, in the place of a symmetric matrix.
function triangle(matrix) {
  matrix.forEach((row, i) => {
    for (let j = 0; j <= i; j += 1) {
      let value = row[j];
      for (let k = 0; k < j; k += 1) value -= row[k] * matrix[j][k];
      row[j] = i === j ? Math.sqrt(value) : value / matrix[j][j];
    }
  });
  return matrix;
}

// Says by how much each point counts at a place: weights of the values at `points`, with which any number is smoothed.
export function smoother(form, points, origin) {
  const from = (point) => point.map((value, d) => value - origin[d]);
  const here = points.map(from), rows = here.map((left) => here.map((right) => covariance(form, left, right)));
  const noise = form.noise * rows.reduce((sum, row, i) => sum + row[i], 0) / rows.length;
  rows.forEach((row, i) => { row[i] += noise; });
  const lower = triangle(rows), size = here.length;
  return (place) => {
    const at = from(place), weights = here.map((point) => covariance(form, at, point));
    for (let i = 0; i < size; i += 1) {
      for (let j = 0; j < i; j += 1) weights[i] -= lower[i][j] * weights[j];
      weights[i] /= lower[i][i];
    }
    for (let i = size - 1; i >= 0; i -= 1) {
      for (let j = i + 1; j < size; j += 1) weights[i] -= lower[j][i] * weights[j];
      weights[i] /= lower[i][i];
    }
    return weights;
  };
}

export const weighed = (weights, values) => weights.reduce((sum, weight, i) => sum + weight * values[i], 0);

// The normal distribution function (Abramowitz and Stegun 1964, formula 7.1.26; the error is below 2e-7).
function normal(score) {
  const t = 1 / (1 + 0.3275911 * Math.abs(score) / Math.SQRT2);
  const rest = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) * Math.exp(-(score ** 2) / 2);
  return score > 0 ? 1 - rest / 2 : rest / 2;
}

const QUANTILE = 1.959963984540054;

// Probability of more between the points: that of a normal distribution on each side of the median.
export function shareAboveZero(median, low, high) {
  if (median === 0) return 0.5;
  return normal((QUANTILE * median) / Math.max(median > 0 ? median - low : high - median, 0));
}
