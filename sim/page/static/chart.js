// A chart: lines and bands by month, and its table; both can be saved, as PNG and CSV.

import { between, colon, element, monthName, number, save, saveTable, shape, table, tools, word } from "./page.js";

const BLUE = "#0072B2", DARK = "#333333";
export const INKS = {
  policy: { color: BLUE, width: 2.6, type: "solid" },
  against: { color: DARK, width: 1.6, type: [5, 4] },
  second: { color: "#B8500A", width: 2.2, type: [8, 3, 2, 3] },
  third: { color: "#00785A", width: 2.2, type: [2, 2] },
};

// A short piece of a line, for a legend.
export function sample({ color, width, type }) {
  const dashes = Array.isArray(type) ? type.join(" ") : "none";
  return shape("svg", { viewBox: "0 0 34 8", "aria-hidden": "true" },
    shape("path", { d: "M1 4h32", stroke: color, "stroke-width": width, "stroke-dasharray": dashes }));
}

export class Chart {
  // `name` is the name of saved files; values are shown times `scale` (100 for shares).
  constructor(parent, { name, title, unit, scale = 1, decimals = 0 }) {
    Object.assign(this, { name, title, unit, scale, decimals, lines: [], numbers: [], months: [] });
    this.plot = element("div", { className: "plot", role: "img" });
    this.key = element("ul", { className: "key" });
    this.details = element("details", {}, element("summary", {}, word("table")));
    this.details.addEventListener("toggle", () => this.tabulate());
    this.figure = element("figure", { className: "chart", id: `chart-${name}` },
      element("figcaption", {}, title, " ", element("small", {}, unit)),
      this.key, this.plot,
      tools(title, () => this.savePicture(), () => this.saveNumbers()),
      this.details);
    parent.append(this.figure);
    this.drawn = echarts.init(this.plot, null, { renderer: "canvas" });
    new ResizeObserver(() => this.drawn.resize()).observe(this.plot);
  }

  // `lines`: [{name, ink, values, low?, high?}], one value for each of `months`; null is not drawn.
  // The `difference` of the two lines, if given, is shown beside them and in the table.
  show(months, lines, label = "", difference = null) {
    Object.assign(this, { months, lines, numbers: difference ? [...lines, difference] : lines });
    this.plot.ariaLabel = label || colon(this.title, between(...lines.map((line) => line.name)));
    this.key.replaceChildren(...(lines.length > 1 ? lines.map((line) => element("li", {}, sample(line.ink), line.name)) : []));
    this.drawn.setOption(this.option(), { replaceMerge: ["series"], lazyUpdate: true });
    if (this.details.open) this.tabulate();
  }

  scaled(values) {
    return values.map((value) => (value === null || value === undefined ? null : value * this.scale));
  }

  option() {
    const text = { color: DARK, fontSize: 12, fontFamily: "inherit" };
    return {
      animation: false,
      textStyle: text,
      grid: { left: 8, right: 14, top: 14, bottom: 4, containLabel: true },
      tooltip: {
        trigger: "axis", renderMode: "richText", confine: true, textStyle: { fontSize: 12 },
        formatter: (points) => this.told(points[0]?.dataIndex ?? 0),
      },
      xAxis: {
        type: "category", data: this.months, boundaryGap: false,
        axisLabel: { ...text, interval: (index, month) => month.endsWith("-01") && this.labelled(month), formatter: (month) => month.slice(0, 4) },
        axisTick: { show: false },
      },
      yAxis: {
        type: "value", scale: true, splitNumber: 4, max: ({ max }) => (this.scale === 100 && max > 90 ? 100 : null), splitLine: { lineStyle: { color: "#e4e4e4" } },
        axisLabel: { ...text, formatter: (value) => number(value, Number.isInteger(value) ? 0 : Math.abs(value) < 1 ? 2 : 1) },
      },
      series: this.lines.flatMap((line, index) => this.series(line, index)),
    };
  }

  labelled(month) {
    const every = this.months.length > 160 ? 4 : this.months.length > 80 ? 2 : 1;
    return (Number(month.slice(0, 4)) - 2000) % every === 0;
  }

  // Dashed lines lie on the solid one, so that lines that coincide are all seen; dashed edges tell bands apart in grey.
  series(line, index) {
    const middle = {
      type: "line", name: line.name, data: this.scaled(line.values), showSymbol: false, z: 3 + index,
      lineStyle: line.ink, itemStyle: { color: line.ink.color },
    };
    if (!line.low) return [middle];
    const low = this.scaled(line.low), high = this.scaled(line.high);
    const edge = { type: "line", stack: line.name + " band", stackStrategy: "all", showSymbol: false, silent: true, lineStyle: { ...line.ink, width: 0.8, opacity: 0.6 }, z: 1 };
    return [
      { ...edge, data: low },
      { ...edge, data: high.map((value, index) => (value === null ? null : value - low[index])), areaStyle: { color: line.ink.color, opacity: line.ink === INKS.policy ? 0.22 : 0.13 } },
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

  columns() {
    return this.numbers.flatMap((line) => line.low
      ? ["low", "middle", "high"].map((name) => [between(line.name, word(name)), line[name === "middle" ? "values" : name]])
      : [[line.name, line.values]]);
  }

  tabulate() {
    const columns = this.columns();
    const last = this.months.length - 1;
    const rows = this.months
      .map((month, index) => [month, index])
      .filter(([month, index]) => (month.endsWith("-12") || index === last) && columns.some(([, values]) => values[index] !== undefined))
      .map(([month, index]) => [month, ...columns.map(([, values]) => this.written(values[index]))]);
    const made = table([word("month"), ...columns.map(([name]) => name)], rows);
    this.details.replaceChildren(this.details.firstElementChild, element("div", { className: "scroll", tabIndex: 0, role: "region", ariaLabel: this.title }, made));
  }

  saveNumbers() {
    const columns = this.columns();
    const rows = this.months.map((month, index) => [month, ...columns.map(([, values]) => values[index])]);
    saveTable(this.name, ["month", ...columns.map(([name]) => name)], rows);
  }

  savePicture() {
    const title = { text: `${this.title} (${this.unit})`, textStyle: { fontSize: 13, color: DARK }, left: 8, top: 2 };
    const legend = { show: true, top: 22, left: 8, data: this.lines.map((line) => line.name) };
    this.drawn.setOption({ title, legend, grid: { top: 56 } });
    save(`${this.name}.png`, this.drawn.getDataURL({ pixelRatio: 2, backgroundColor: "#fff" }), "image/png");
    this.drawn.setOption({ title: { text: "" }, legend: { show: false }, grid: { top: 14 } });
  }
}
