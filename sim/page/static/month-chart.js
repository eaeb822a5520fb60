// A chart on which the month that is shown is marked.

import { Chart } from "./chart.js";
import { ink } from "./theme.js";

const living = new Set();
let shown = "";

export class MonthChart extends Chart {
  constructor(...all) {
    super(...all);
    living.add(this);
  }

  option() {
    const option = super.option();
    return { ...option, series: [...option.series, this.mark()] };
  }

  mark() {
    this.figure.dataset.marked = this.months.includes(shown) ? shown : "";
    const markLine = { symbol: "none", silent: true, animation: false, label: { show: false }, lineStyle: { color: ink("text"), width: 1.5, type: "solid" }, data: this.figure.dataset.marked ? [{ xAxis: shown }] : [] };
    return { id: "now", type: "line", data: [], markLine };
  }
}

// Mark a month on every chart that is still on the page.
export function markMonth(month) {
  shown = month;
  for (const chart of living) {
    if (!chart.figure.isConnected) living.delete(chart);
    else if (chart.months.length) chart.drawn.setOption({ series: [chart.mark()] }, { lazyUpdate: true });
  }
}
