// A chart: lines and bands by month, and its table; both can be saved, as PNG and CSV.

import { decimalsOf, ends, evenAxis } from "./axis.js";
import { between, colon, element, monthName, number, saveTable, shape, table, tools, word } from "./page.js";
import { savePlot } from "./plot_file.js";
import { ink, onTheme } from "./theme.js";

const pen = (name, width, type) => ({ get color() { return ink(name); }, width, type });
export const INKS = {
  policy: pen("policy", 2.6, "solid"),
  against: pen("against", 1.6, [5, 4]),
  second: pen("second", 2.2, [8, 3, 2, 3]),
  third: pen("third", 2.2, [2, 2]),
  difference: pen("difference", 2.6, "solid"),
};
const MARKED = new Set(["▲", "▼"]); // stand on their line; other words begin at it
const MARK = pen("mark", 1, [2, 3]);

// A short piece of a line, for a legend.
export function sample({ color, width, type }) {
  const dashes = Array.isArray(type) ? type.join(" ") : "none";
  return shape("svg", { viewBox: "0 0 34 8", "aria-hidden": "true" },
    shape("path", { d: "M1 4h32", stroke: color, "stroke-width": width, "stroke-dasharray": dashes }));
}

export class Chart {
  // `name` is the name of saved files; values are shown times `scale` (100 for shares). A difference may have another
  // unit, `gap`.
  constructor(parent, { name, title, unit, gap = unit, scale = 1, decimals = 0 }) {
    Object.assign(this, { name, title, unit, gap, scale, decimals, lines: [], numbers: [], months: [], marks: [] });
    this.plot = element("div", { className: "plot", role: "img", ariaLabel: title });
    this.key = element("ul", { className: "key" });
    this.seen = element("small");
    this.details = element("details", {}, element("summary", {}, word("table")));
    this.details.addEventListener("toggle", () => this.tabulate());
    this.figure = element("figure", { className: "chart", id: `chart-${name}` },
      element("figcaption", {}, title, " ", this.seen),
      this.key, this.plot,
      tools(title, () => this.savePicture(), () => this.saveNumbers()),
      this.details);
    parent.append(this.figure);
    this.drawn = echarts.init(this.plot, null, { renderer: "canvas" });
    new ResizeObserver(() => this.drawn.resize()).observe(this.plot);
    onTheme(() => this.draw());
  }

  // `lines`: [{name, ink, values, low?, high?}], one value for each of `months`; null is not drawn. With a `difference`
  // of the two lines, which has the same form, the table has it too; it is drawn alone where `gaps` are asked for.
  // `marks`: [{month, text}], upright lines.
  show(months, lines, { label = "", difference = null, gaps = false, marks = [] } = {}) {
    Object.assign(this, { months, marks, gaps: gaps && difference !== null, lines: gaps && difference ? [difference] : lines });
    this.numbers = difference ? [difference, ...lines] : lines;
    this.seen.textContent = this.gaps ? this.gap : this.unit;
    this.plot.ariaLabel = label || colon(this.title, between(...lines.map((line) => line.name)));
    this.draw();
    if (this.details.open) this.tabulate();
  }

  draw() {
    if (!this.months.length || !this.figure.isConnected) return;
    this.key.replaceChildren(...(this.lines.length > 1 ? this.lines.map((line) => element("li", {}, sample(line.ink), line.name)) : []));
    this.drawn.setOption(this.option(), { replaceMerge: ["series"], lazyUpdate: true });
  }

  scaled(values) {
    return values.map((value) => (value === null || value === undefined ? null : value * this.scale));
  }

  option() {
    const text = { color: ink("text"), fontSize: 12, fontFamily: "inherit" };
    const axis = this.axis(), decimals = decimalsOf(axis.interval);
    return {
      animation: false,
      textStyle: text,
      grid: { left: 8, right: 14, top: this.marks.length ? 22 : 14, bottom: 4, containLabel: true },
      tooltip: {
        trigger: "axis", renderMode: "richText", confine: true, textStyle: { fontSize: 12 },
        formatter: (points) => this.told(points[0]?.dataIndex ?? 0),
      },
      xAxis: {
        type: "category", data: this.months, boundaryGap: false,
        axisLabel: { ...text, interval: (index, month) => month.endsWith("-01") && this.labelled(month), formatter: (month) => month.slice(0, 4) },
        axisTick: { show: false }, axisLine: { onZero: false },
      },
      yAxis: {
        type: "value", ...axis, splitLine: { lineStyle: { color: ink("grid") } },
        axisLabel: { ...text, formatter: (value) => number(value, decimals, this.gaps) },
      },
      series: [...this.lines.flatMap((line, index) => this.series(line, index)), ...this.upright(text)],
    };
  }

  // Zero lies on the axis of a difference; shares of nearly everybody end at 100.
  axis() {
    const [low, high] = ends(this.lines.flatMap((line) => [line.values, line.low, line.high])).map((value) => value * this.scale);
    if (this.gaps) return evenAxis(Math.min(low, 0), Math.max(high, 0));
    const axis = evenAxis(low, high);
    return this.scale === 100 && axis.max > 100 && high <= 100 ? { ...axis, max: 100 } : axis;
  }

  // Upright lines at the marks, and a level one at zero under a difference.
  upright(text) {
    const level = this.gaps ? [{ yAxis: 0, lineStyle: { color: ink("text"), width: 1, type: "solid" }, label: { show: false } }] : [];
    const data = [...level, ...this.marks.filter(({ month }) => this.months.includes(month)).map(({ month, text: name }) => ({ xAxis: month, name, label: { align: MARKED.has(name) ? "center" : "left" } }))];
    return [{
      type: "line", id: "marks", data: [], silent: true,
      markLine: { silent: true, symbol: "none", animation: false, lineStyle: MARK, label: { ...text, fontSize: 11, formatter: ({ name }) => name }, data },
    }];
  }

  labelled(month) {
    const every = this.months.length > 160 ? 4 : this.months.length > 80 ? 2 : 1;
    return (Number(month.slice(0, 4)) - 2000) % every === 0;
  }

  // Dashed lines lie on the solid one, so that lines that coincide are all seen; dashed edges tell bands apart in grey.
  // Lines are told apart by their place: two policies may have one name.
  series(line, index) {
    const middle = {
      type: "line", id: `line ${index}`, name: line.name, data: this.scaled(line.values), showSymbol: false, z: 3 + index,
      lineStyle: line.ink, itemStyle: { color: line.ink.color },
    };
    if (!line.low) return [middle];
    const low = this.scaled(line.low), high = this.scaled(line.high), stack = `band ${index}`;
    const edge = { type: "line", stack, stackStrategy: "all", showSymbol: false, silent: true, lineStyle: { ...line.ink, width: 0.8, opacity: 0.6 }, z: 1 };
    const wide = high.map((value, at) => (value === null ? null : value - low[at]));
    return [
      { ...edge, id: `${stack} low`, data: low },
      { ...edge, id: `${stack} high`, data: wide, areaStyle: { color: line.ink.color, opacity: line.ink === INKS.against ? 0.13 : 0.22 } },
      middle,
    ];
  }

  told(index) {
    const rows = this.numbers.map((line) => {
      const [value, low, high] = [line.values, line.low, line.high].map((values) => this.written(values?.[index], line.signed));
      return colon(line.name, (line.low?.[index] ?? null) === null ? value : `${value} (${low} … ${high})`);
    });
    return [monthName(this.months[index]), ...rows].join("\n");
  }

  written(value, signed = false) {
    return number(value === null || value === undefined ? null : value * this.scale, this.decimals, signed);
  }

  // --- the table: every December and the last month; the file has every month ------------------------

  // Name, values, and whether they have a sign.
  columns() {
    return this.numbers.flatMap((line) => {
      const name = this.gap !== this.unit && line.signed ? `${line.name} (${this.gap})` : line.name;
      return line.low
        ? ["low", "middle", "high"].map((end) => [between(name, word(end)), line[end === "middle" ? "values" : end], line.signed])
        : [[name, line.values, line.signed]];
    });
  }

  tabulate() {
    const columns = this.columns();
    const last = this.months.length - 1;
    const rows = this.months
      .map((month, index) => [month, index])
      .filter(([month, index]) => (month.endsWith("-12") || index === last) && columns.some(([, values]) => values[index] !== undefined))
      .map(([month, index]) => [month, ...columns.map(([, values, signed]) => this.written(values[index], signed))]);
    const made = table([word("month"), ...columns.map(([name]) => name)], rows);
    this.details.replaceChildren(this.details.firstElementChild, element("div", { className: "scroll", tabIndex: 0, role: "region", ariaLabel: this.title }, made));
  }

  saveNumbers() {
    const columns = this.columns();
    const rows = this.months.map((month, index) => [month, ...columns.map(([, values]) => values[index])]);
    saveTable(this.name, ["month", ...columns.map(([name]) => name)], rows);
  }

  savePicture() {
    savePlot(this.name, this.drawn, `${this.title} (${this.gaps ? this.gap : this.unit})`, this.lines);
  }
}
