// <area-map>: townships or villages from shapes that this server keeps; drawn when it is first seen.
// data-county, data-level (towns|villages); data-town: that township's villages alone; data-village: which to mark;
// data-table: the table whose last count each shape shows; data-link: where a township leads.
const VENDOR = "/static/vendor/", STEPS = 5;
const plain = (name) => name.replaceAll("臺", "台").trim();
let tools;

const loaded = (tag) => new Promise((resolve, reject) => {
  tag.onload = resolve;
  tag.onerror = () => reject(new Error(`not loaded: ${tag.src || tag.href}`));
  document.head.append(tag);
});
const script = (name) => loaded(Object.assign(document.createElement("script"), {src: VENDOR + name}));
const sheet = (href) => loaded(Object.assign(document.createElement("link"), {rel: "stylesheet", href}));

const ready = () => (tools ??= Promise.all([script("leaflet.js"), script("topojson.js"), sheet(`${VENDOR}leaflet.css`),
  document.querySelector("link[href='/static/analysis.css']") ? null : sheet("/static/analysis.css")]));

async function shapes(county, level) {
  const answer = await fetch(`${VENDOR}shapes/${encodeURIComponent(county)}.${level}.json`);
  if (!answer.ok) throw new Error(`no shapes of ${county}`);
  const [atlas] = await Promise.all([answer.json(), ready()]);
  return topojson.feature(atlas, atlas.objects.shapes).features;
}

function counts(id) {
  const rows = document.getElementById(id)?.tBodies[0].rows ?? [];
  return new Map([...rows].filter((row) => row.dataset.key).map((row) => [plain(row.dataset.key), row.cells[row.cells.length - 1]]));
}

const covers = (a, b) => a && b && a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/** The middle of the largest of a shape's parts: an islet's own name would stand in the sea. */
function middle(part) {
  const rings = part.getLatLngs().map((each) => (L.LineUtil.isFlat(each) ? each : each[0]));
  const size = (ring) => ((box) => (box.getEast() - box.getWest()) * (box.getNorth() - box.getSouth()))(L.latLngBounds(ring));
  return L.PolyUtil.polygonCenter(rings.reduce((most, ring) => (size(ring) > size(most) ? ring : most)), L.CRS.EPSG3857);
}

class AreaMap extends HTMLElement {
  connectedCallback() {
    this.seen = new IntersectionObserver(([entry]) => { if (entry.isIntersecting) this.open(); });
    this.seen.observe(this);
  }

  disconnectedCallback() {
    this.seen.disconnect();
    this.map?.remove();
    this.map = null;
  }

  async open() {
    this.seen.disconnect();
    if (this.dataset.opened) return;
    this.dataset.opened = "";
    const {county, level, town, table} = this.dataset;
    const found = await shapes(county, level);
    if (!this.isConnected) return;
    const told = table ? counts(table) : null;
    const most = Math.max(1, ...[...told?.values() ?? []].map((cell) => Number(cell.dataset.n ?? 0)).filter((_, at, all) => at < all.length - 1));
    const here = found.filter(({properties}) => !town || plain(properties.town) === plain(town));
    this.map = L.map(this, {attributionControl: false, keyboard: false, scrollWheelZoom: false, fadeAnimation: false, zoomSnap: .25});
    const layer = L.geoJSON(here.length ? here : found, {
      style: ({properties}) => ({className: `shape ${this.look(properties, told, most)}`}),
      onEachFeature: (feature, part) => this.name(feature.properties, part, told),
    }).addTo(this.map);
    this.map.fitBounds(layer.getBounds(), {padding: [8, 8], animate: false});
    layer.eachLayer((part) => this.reach(part));
    this.labelled = layer.getLayers().filter((part) => part.texts).sort((a, b) => b.count - a.count);
    this.map.on("zoomend resize", () => this.fit());
    this.fit();
    this.dataset.shown = here.length;
  }

  look({zh}, told, most) {
    if (!told) return this.dataset.village && plain(zh) === plain(this.dataset.village) ? "here" : "";
    const count = Number(told.get(plain(zh))?.dataset.n ?? 0);
    return count ? `step-${Math.max(1, Math.ceil(count / most * STEPS))}` : "";
  }

  name({zh, en}, part, told) {
    const spoken = document.documentElement.lang === "en" ? `${zh} ${en}` : zh;
    const cell = told?.get(plain(zh)), count = cell ? cell.firstChild.textContent.trim() : "0";
    part.spoken = told ? `${spoken}: ${count}` : spoken;
    part.town = zh;
    part.count = Number(cell?.dataset.n ?? 0);
    if (told && (cell || this.dataset.level === "towns")) part.texts = [count, `${zh}\n${count}`];
    if (!told && plain(zh) === plain(this.dataset.village)) part.texts = [zh];
  }

  // Each label says what it has room for: at first the figures of all, then the names, the highest figure's first.
  fit() {
    for (const part of this.labelled) this.say(part, "");
    const longest = Math.max(0, ...this.labelled.map(({texts}) => texts.length));
    for (let at = 0; at < longest; at++) {
      for (const part of this.labelled) {
        const before = part.said;
        if (part.texts[at]) this.say(part, part.texts[at]);
        if (this.labelled.some((other) => other !== part && other.said && covers(part.box, other.box))) this.say(part, before);
      }
    }
  }

  say(part, text) {
    const said = document.createElement("span");
    said.textContent = part.said = text;
    part.unbindTooltip();
    part.box = null;
    if (!text) return;
    part.bindTooltip(said, {permanent: true, direction: "center", className: "name-of", interactive: false}).openTooltip(middle(part));
    part.box = said.getBoundingClientRect();
  }

  // Every shape can be reached with the keyboard where it leads somewhere, and says its name and figure.
  reach(part) {
    const shape = part.getElement(), link = this.dataset.link;
    const title = document.createElementNS("http://www.w3.org/2000/svg", "title");
    title.textContent = part.spoken;
    shape.append(title);
    shape.setAttribute("aria-label", part.spoken);
    shape.setAttribute("role", link ? "link" : "img");
    if (!link) return;
    shape.setAttribute("tabindex", "0");
    const go = () => { location.href = `${link}${encodeURIComponent(part.town)}#villages-here`; };
    shape.addEventListener("keydown", (event) => { if (event.key === "Enter") go(); });
    part.on("click", go);
  }
}

customElements.define("area-map", AreaMap);
