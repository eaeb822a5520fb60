// Evenly spaced labels of an axis, each with as many decimals as tell it from its neighbours.

const STEPS = [1, 2, 2.5, 5, 10];

// Ends and step of an axis of about `parts` steps that holds both values.
export function evenAxis(low, high, parts = 4) {
  if (!(high > low)) {
    const around = Math.abs(low) / 10 || 1;
    [low, high] = [low - around, high + around];
  }
  const rough = (high - low) / parts, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * STEPS.find((size) => size * power >= rough * (1 - 1e-9));
  return { min: step * Math.floor(low / step + 1e-9), max: step * Math.ceil(high / step - 1e-9), interval: step };
}

// Decimals with which all multiples of a step differ.
export function decimalsOf(step) {
  let decimals = 0;
  while (decimals < 9 && Math.abs(step * 10 ** decimals - Math.round(step * 10 ** decimals)) > 1e-6 * step * 10 ** decimals) decimals += 1;
  return decimals;
}

// Smallest and largest of the numbers in some rows; zero where there are none.
export function ends(rows) {
  let [low, high] = [Infinity, -Infinity];
  for (const row of rows) {
    for (const value of row ?? []) {
      if (value === null || value === undefined) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? [low, high] : [0, 0];
}
