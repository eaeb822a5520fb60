// Colours of what scripts draw, on a light and on a dark screen; the style sheet has those of everything else.

const dark = matchMedia("(prefers-color-scheme: dark)");
const COLOURS = { // [on light, on dark]
  paper: ["#ffffff", "#1c1f22"],
  text: ["#333333", "#d6d6d6"],
  strong: ["#000000", "#ffffff"],
  grid: ["#e4e4e4", "#3c4145"],
  border: ["#6f6f6f", "#8b949a"],
  policy: ["#0072B2", "#5DB7F0"],
  against: ["#333333", "#d6d6d6"],
  second: ["#B8500A", "#F08A45"],
  third: ["#00785A", "#4CC9A4"],
  difference: ["#7A3E9D", "#C79BEA"],
  mark: ["#5b5b5b", "#a8b0b6"],
  outside: ["#8f8f8f", "#7d8489"],
  exporter: ["#D55E00", "#F08A45"],
  graduate: ["#007A57", "#4CC9A4"],
  resident: ["#003F7D", "#9CCBFF"],
  closed: ["#000000", "#ffffff"],
  funder: ["#7A2E8E", "#D9A3EA"],
  hub: ["rgba(0, 87, 160, .28)", "rgba(120, 190, 255, .28)"],
  more: ["#9fcbe6", "#1d5d85"],
  fewer: ["#f3c3a1", "#8a4a1c"],
  unknown: ["#efefef", "#33383c"],
  tint0: ["#eaf1f5", "#263038"],
  tint1: ["#f3eee2", "#333026"],
  tint2: ["#e8f0e4", "#28322a"],
  tint3: ["#f2e8ee", "#332a30"],
};

export const ink = (name) => COLOURS[name][dark.matches ? 1 : 0];
export const onTheme = (act) => dark.addEventListener("change", act);
