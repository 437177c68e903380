// Draws each chart from the table below it. Without this script the tables are still there.
"use strict";

const phone = () => window.innerWidth < 640;

function readTable(figure) {
  const names = [...figure.querySelectorAll("thead th")].slice(1).map((cell) => cell.textContent);
  const rows = [];
  for (const row of figure.querySelectorAll("tbody tr")) {
    const day = new Date(row.querySelector("th").dataset.day + "T00:00:00Z");
    row.querySelectorAll("td").forEach((cell, place) => {
      rows.push({ day, name: names[place], value: cell.dataset.value === "" ? NaN : Number(cell.dataset.value), shown: cell.textContent });
    });
  }
  return { names, rows };
}

function draw(figure) {
  const { names, rows } = readTable(figure);
  const place = figure.querySelector(".plot-place");
  const style = getComputedStyle(document.documentElement);
  const range = names.map((_, number) => style.getPropertyValue(`--s${number + 1}`).trim());
  const bars = figure.dataset.kind === "bars";
  const used = rows.filter((row) => (bars ? row.value !== 0 : !Number.isNaN(row.value)));
  const title = (row) => `${row.name}\n${row.day.toLocaleDateString("en-GB", { timeZone: "UTC", day: "numeric", month: "short" })}: ${row.shown}`;
  const marks = bars
    ? [
        Plot.rectY(used, {
          x: "day", y: "value", fill: "name", interval: "day", order: names, tip: true, title, insetLeft: 0.5, insetRight: 0.5,
        }),
        Plot.ruleY([0]),
      ]
    : [
        Plot.ruleY([0]),
        Plot.lineY(rows, { x: "day", y: "value", stroke: "name", strokeWidth: 1.75 }),
        Plot.dot(used, { x: "day", y: "value", fill: "name", r: 2 }),
        Plot.tip(used, Plot.pointer({ x: "day", y: "value", title })),
      ];
  const chart = Plot.plot({
    className: "plot",
    width: place.clientWidth,
    height: phone() ? 200 : 260,
    marginLeft: 56,
    marginRight: 8,
    ariaHidden: "true",
    x: { type: "utc", label: null, ticks: phone() ? 4 : 8 },
    y: { label: figure.dataset.unit || null, grid: true, ticks: 5, tickFormat: (value) => d3.format(Math.abs(value) >= 10000 ? "~s" : ",~f")(value) },
    color: { domain: names, range },
    marks,
  });
  // The place is one picture with a name of its own.
  for (const part of chart.querySelectorAll("[aria-label]")) part.removeAttribute("aria-label");
  place.replaceChildren(chart);
}

function drawAll() {
  for (const figure of document.querySelectorAll("figure.chart")) draw(figure);
}

let waiting;
let width = window.innerWidth;
window.addEventListener("resize", () => {
  if (window.innerWidth === width) return;
  width = window.innerWidth;
  clearTimeout(waiting);
  waiting = setTimeout(drawAll, 100);
});
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
drawAll();
