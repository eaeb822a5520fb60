// A chart as a picture that stands alone: title, unit and the names of its lines above the plot, in the page's direction.

import { save } from "./page.js";
import { ink } from "./theme.js";

const RATIO = 2, MARGIN = 12, LINE = 20, SAMPLE = 34;

// Words of a text in rows that are not wider than `width`.
function wrapped(context, text, width) {
  const rows = [""];
  for (const word of text.split(" ")) {
    const longer = rows.at(-1) ? `${rows.at(-1)} ${word}` : word;
    if (rows.at(-1) && context.measureText(longer).width > width) rows.push(word);
    else rows[rows.length - 1] = longer;
  }
  return rows;
}

// `lines`: [{name, ink}]; `plot`: a canvas with `RATIO` dots to a pixel.
export function withHeader(plot, title, lines) {
  const width = plot.width / RATIO, rightToLeft = document.documentElement.dir === "rtl";
  const canvas = document.createElement("canvas"), context = canvas.getContext("2d");
  const family = getComputedStyle(document.body).fontFamily;
  const fonts = { title: `600 14px ${family}`, name: `12px ${family}` };
  context.font = fonts.title;
  const titles = wrapped(context, title, width - 2 * MARGIN);
  context.font = fonts.name;
  const names = lines.map(({ name, ink }) => ({ ink, rows: wrapped(context, name, width - 2 * MARGIN - SAMPLE - 8) }));
  const height = MARGIN + LINE * (titles.length + names.reduce((sum, { rows }) => sum + rows.length, 0));
  canvas.width = plot.width;
  canvas.height = plot.height + RATIO * height;
  context.fillStyle = ink("paper"); context.fillRect(0, 0, canvas.width, canvas.height);
  context.scale(RATIO, RATIO);
  context.direction = rightToLeft ? "rtl" : "ltr";
  context.textAlign = "start"; context.textBaseline = "middle";
  const across = (distance) => (rightToLeft ? width - distance : distance);
  let top = MARGIN / 2 + LINE / 2;
  const write = (text, distance, font) => { context.font = font; context.fillStyle = ink("text"); context.fillText(text, across(distance), top); };
  for (const row of titles) { write(row, MARGIN, fonts.title); top += LINE; }
  for (const { ink, rows } of names) {
    context.beginPath();
    context.strokeStyle = ink.color; context.lineWidth = ink.width; context.setLineDash(Array.isArray(ink.type) ? ink.type : []);
    context.moveTo(across(MARGIN), top); context.lineTo(across(MARGIN + SAMPLE), top); context.stroke();
    for (const row of rows) { write(row, MARGIN + SAMPLE + 8, fonts.name); top += LINE; }
  }
  context.drawImage(plot, 0, height, width, plot.height / RATIO);
  return canvas;
}

export function savePlot(name, drawn, title, lines) {
  const plot = drawn.renderToCanvas({ pixelRatio: RATIO, backgroundColor: ink("paper") });
  save(`${name}.png`, withHeader(plot, title, lines).toDataURL("image/png"), "image/png");
}
