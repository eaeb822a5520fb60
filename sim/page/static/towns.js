// Where the startups are: the densest places of the map with their surroundings.

const HEIGHT = Math.sqrt(3) / 2; // between rows of cells
const TOWN = 1.8, MOST = 5; // startups up to this many cells from the middle of a town belong to it

const mean = (points, axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length;

// Of startups {x, y}: the middle of each town, and a radius that holds nearly all of it; those with most startups first.
export function townsOf(startups) {
  const bins = new Map();
  for (const { x, y } of startups) {
    const key = `${Math.round(x)},${Math.round(y / HEIGHT)}`;
    if (!bins.has(key)) bins.set(key, []);
    bins.get(key).push([x, y]);
  }
  let left = [...bins.values()].map((points) => ({ points, at: [mean(points, 0), mean(points, 1)] }));
  left.sort((one, other) => other.points.length - one.points.length);
  const towns = [];
  while (left.length && towns.length < MOST) {
    const { at: [x, y] } = left[0], near = ({ at }) => Math.hypot(at[0] - x, at[1] - y) <= TOWN;
    const points = left.filter(near).flatMap((bin) => bin.points), middle = [mean(points, 0), mean(points, 1)];
    const away = points.map((point) => Math.hypot(point[0] - middle[0], point[1] - middle[1])).sort((one, other) => one - other);
    towns.push({ middle, reach: Math.max(0.5, 1.1 * away[Math.floor(0.95 * (away.length - 1))]) });
    left = left.filter((bin) => !near(bin));
  }
  return towns;
}
