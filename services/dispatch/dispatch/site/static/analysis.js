// Draws each chart from the table beside it, so that both tell the same figures; a hidden count is not drawn.
const ROWS_UP = {stacked: false, columns: true}; // whether the table's rows run along the bottom
const SWATCH = 32, GAP = 10, LINE = 25; // of a legend, in pixels
const colours = {protection: "--protection", welfare_centre: "--centre", no_dispatch: "--good", transferred: "--other", duplicate: "--soft", pending: "--warn"};
const palette = ["--mine", "--protection", "--centre", "--warn", "--good", "--other", "--alarm", "--soft"];

function colour(name) {
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

const number = (cell) => (cell.dataset.n === undefined ? null : Number(cell.dataset.n));

function read(table) {
  const heads = [...table.tHead.rows[0].cells];
  const rows = [...table.tBodies[0].rows].filter((row) => row.dataset.key && !row.classList.contains("total"));
  const drawn = heads.map((head, at) => [head, at]).filter(([head]) => head.dataset.drawn);
  return {
    labels: rows.map((row) => row.cells[0].textContent),
    series: drawn.map(([head, at]) => ({key: head.dataset.drawn, name: head.textContent, data: rows.map((row) => number(row.cells[at]))})),
  };
}

// A legend wraps, so that no word is cut and none waits on a second page: how many lines it takes of a width.
function lines(names, width, font) {
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = font;
  let line = 1, at = 0;
  for (const name of names) {
    const wide = SWATCH + pen.measureText(name).width;
    if (at && at + wide > width) [line, at] = [line + 1, 0];
    at += wide + GAP;
  }
  return line;
}

function option(kind, {labels, series}, width) {
  const ink = colour("--ink"), soft = colour("--soft"), line = colour("--line"), sheet = colour("--sheet");
  const family = getComputedStyle(document.body).fontFamily, told = series.map(({name}) => name);
  const names = {type: "category", data: labels, inverse: !ROWS_UP[kind], axisLabel: {color: ink}, axisLine: {lineStyle: {color: soft}}};
  const counts = {type: "value", minInterval: 1, axisLabel: {color: soft}, splitLine: {lineStyle: {color: line}}};
  return {
    animation: false,
    aria: {enabled: true, label: {enabled: false}, decal: {show: true}},
    textStyle: {fontFamily: family},
    color: series.map(({key}, at) => colour(colours[key] ?? palette[at % palette.length])),
    grid: {left: 8, right: 16, top: 16 + LINE * lines(told, width - 2 * GAP, `12px ${family}`), bottom: 8, containLabel: true},
    legend: {type: "plain", top: 0, itemGap: GAP, textStyle: {color: ink}},
    tooltip: {trigger: "axis", axisPointer: {type: "shadow"}, renderMode: "richText", confine: true, backgroundColor: sheet, borderColor: line, textStyle: {color: ink}},
    xAxis: ROWS_UP[kind] ? names : counts,
    yAxis: ROWS_UP[kind] ? counts : names,
    series: series.map(({name, data}) => ({name, data, type: "bar", stack: "all", barMaxWidth: 36})),
  };
}

const charts = [...document.querySelectorAll("[data-chart]")].map((place) => ({
  place, chart: echarts.init(place, null, {renderer: "canvas"}), told: read(document.getElementById(place.dataset.table)),
}));

function draw() {
  for (const {place, chart, told} of charts) {
    chart.resize();
    chart.setOption(option(place.dataset.chart, told, place.clientWidth), true);
    place.dataset.drawn = told.series.length;
  }
}

draw();
addEventListener("resize", draw);
const drawnIn = (scheme) => () => {
  document.documentElement.style.colorScheme = scheme;
  draw();
};
addEventListener("beforeprint", drawnIn("light")); // paper is light
addEventListener("afterprint", drawnIn(""));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
