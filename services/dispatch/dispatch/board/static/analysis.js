// Draws each chart from the table beside it, so that both tell the same figures; a hidden count is not drawn.
const ROWS_UP = {stacked: false, columns: true}; // whether the table's rows run along the bottom
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

function option(kind, {labels, series}) {
  const ink = colour("--ink"), soft = colour("--soft"), line = colour("--line"), sheet = colour("--sheet");
  const names = {type: "category", data: labels, inverse: !ROWS_UP[kind], axisLabel: {color: ink}, axisLine: {lineStyle: {color: soft}}};
  const counts = {type: "value", minInterval: 1, axisLabel: {color: soft}, splitLine: {lineStyle: {color: line}}};
  return {
    animation: false,
    aria: {enabled: true, label: {enabled: false}, decal: {show: true}},
    textStyle: {fontFamily: getComputedStyle(document.body).fontFamily},
    color: series.map(({key}, at) => colour(colours[key] ?? palette[at % palette.length])),
    grid: {left: 8, right: 16, top: 52, bottom: 8, containLabel: true},
    legend: {type: "scroll", top: 0, textStyle: {color: ink}, pageTextStyle: {color: ink}, pageIconColor: ink, pageIconInactiveColor: soft},
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
    chart.setOption(option(place.dataset.chart, told), true);
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
