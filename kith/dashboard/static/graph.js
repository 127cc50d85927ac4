// Draws nodes and edges with cytoscape, which this very server hands out, and tells which node was chosen.
const CYTOSCAPE = "/assets/cytoscape.min.js";
const SVG = "http://www.w3.org/2000/svg";
const NEAR = 100;  // from a node to what is tied to it
const ROOM = 58;  // between two nodes
const WIDE = 0.62;  // how much less a distance counts from left to right, where names stand beside each other
const RINGS = 6;  // about a node, that are tried for a place
const PADDING = 36;
const LARGEST = 1.3;  // to which a few nodes are enlarged, and no further
let loading;

function cytoscape() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = CYTOSCAPE;
    script.onload = () => resolve(window.cytoscape);
    script.onerror = () => reject(new Error("the graph's library could not be loaded"));
    document.head.append(script);
  });
  return loading;
}

function theme(element) {
  const told = getComputedStyle(element);
  const colour = (name, otherwise) => told.getPropertyValue(name).trim() || otherwise;
  return {
    text: colour("--st-text-color", "#1e2a2c"),
    behind: colour("--st-background-color", "#fbfaf6"),
    primary: colour("--st-primary-color", "#0b6e63"),
    quiet: colour("--st-gray-color", "#6f7471"),
  };
}

function style({ text, behind, primary, quiet }, looks) {
  return [
    { selector: "node", style: {
      "label": "data(name)", "color": text, "font-size": 13, "text-valign": "bottom", "text-margin-y": 4,
      "text-max-width": 120, "text-wrap": "ellipsis", "min-zoomed-font-size": 6,
      "text-outline-color": behind, "text-outline-width": 2,
      "width": "data(size)", "height": "data(size)", "background-color": primary } },
    ...looks.nodes.map(({ kind, colour, form }) => (
      { selector: `node[kind = "${kind}"]`, style: { "background-color": colour, "shape": form } })),
    { selector: "edge", style: {
      "width": "data(width)", "line-color": quiet, "line-opacity": 0.6, "target-arrow-color": quiet,
      "target-arrow-shape": "triangle", "arrow-scale": 0.7, "curve-style": "bezier", "label": "data(label)",
      "font-size": 10, "color": text, "text-rotation": "autorotate", "text-outline-color": behind,
      "text-outline-width": 2, "min-zoomed-font-size": 7 } },
    ...looks.ties.map(({ kind, colour, form }) => (
      { selector: `edge[kind = "${kind}"]`, style: {
        "line-color": colour || quiet, "target-arrow-color": colour || quiet, "line-style": form,
        "target-arrow-shape": form === "dotted" ? "none" : "triangle" } })),
    { selector: "edge.past", style: { "line-style": "dashed" } },
    { selector: "edge.marked", style: {
      "line-color": primary, "target-arrow-color": primary, "line-opacity": 1, "width": 5, "z-index": 9 } },
    { selector: "node.marked", style: { "border-width": 4, "border-color": primary } },
    { selector: "node:selected", style: { "border-width": 3, "border-color": text } },
  ];
}

// What is there stays where it is, and comes back to where it was; what is new takes a free place by what it is tied to.
function update(graph, { nodes, edges, chosen }) {
  const places = graph.scratch("places") ?? new Map();
  graph.scratch("places", places);
  const wanted = new Map([...nodes, ...edges].map((one) => [one.data.id, one]));
  const first = places.size === 0;
  const fresh = nodes.map((one) => one.data.id).filter((id) => !places.has(id));
  settle(fresh, edges, places, chosen);
  graph.batch(() => {
    graph.elements().filter((one) => !wanted.has(one.id())).remove();
    for (const [id, one] of wanted) {
      const there = graph.getElementById(id);
      if (there.nonempty()) { there.data(one.data).classes(one.classes); }
      else { graph.add(places.has(id) ? { ...one, position: { ...places.get(id) } } : one); }
    }
    graph.elements().unselect();
    if (chosen) { graph.getElementById(chosen).select(); }
  });
  if (first || fresh.some((id) => outside(graph, graph.getElementById(id)))) { fit(graph); }
}

function settle(fresh, edges, places, chosen) {
  const tied = new Map();
  for (const { data: { source, target } } of edges) {
    tied.set(source, [...(tied.get(source) ?? []), target]);
    tied.set(target, [...(tied.get(target) ?? []), source]);
  }
  for (const id of fresh) {
    const known = (tied.get(id) ?? []).filter((one) => places.has(one));
    const from = known.includes(chosen) ? chosen : known[0] ?? places.keys().next().value;
    places.set(id, from === undefined ? { x: 0, y: 0 } : freePlace(places.get(from), [...places.values()]));
  }
}

// On the nearest ring about a place where there is room: away from what is there, and from lines that cross nodes.
function freePlace(from, taken) {
  const middle = { x: mean(taken.map((one) => one.x)), y: mean(taken.map((one) => one.y)) };
  const outward = Math.atan2(from.y - middle.y, from.x - middle.x);
  const leaning = Math.min(1, Math.hypot(from.x - middle.x, from.y - middle.y) / NEAR);
  const others = taken.filter((one) => one !== from);
  let best;
  for (let far = NEAR, rings = 0; rings < RINGS || best === undefined; far += NEAR / 2.5, rings += 1) {
    const count = Math.max(12, Math.floor(far / 6));
    for (let at = 0; at < count; at += 1) {
      const angle = outward + (2 * Math.PI * at) / count;
      const place = { x: from.x + far * Math.cos(angle), y: from.y + far * Math.sin(angle) };
      const room = Math.min(...taken.map((one) => Math.hypot(WIDE * (one.x - place.x), one.y - place.y)));
      if (room < ROOM) { continue; }
      const crossed = others.some((one) => toLine(one, from, place) < ROOM / 2.5);
      const score = Math.min(room, 2 * ROOM) + ROOM * leaning * Math.cos(angle - outward) - (crossed ? 2 * ROOM : 0) - far;
      if (best === undefined || score > best.score) { best = { score, place }; }
    }
  }
  return best.place;
}

function mean(numbers) {
  return numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
}

function toLine(point, begin, end) {
  const { x, y } = { x: end.x - begin.x, y: end.y - begin.y };
  const along = ((point.x - begin.x) * x + (point.y - begin.y) * y) / (x * x + y * y);
  const at = Math.min(1, Math.max(0, along));
  return Math.hypot(point.x - begin.x - at * x, point.y - begin.y - at * y);
}

function outside(graph, node) {
  const { x, y } = node.renderedPosition();
  return x < 0 || y < 0 || x > graph.width() || y > graph.height();
}

function fit(graph) {
  graph.fit(undefined, PADDING);
  if (graph.zoom() > LARGEST) {
    graph.zoom(LARGEST);
    graph.center();
  }
}

// Arrow keys go from node to node, Enter chooses: the picture alone says nothing to who uses no mouse.
function listen(graph, box, said) {
  graph.on("tap", "node", (event) => box.choose(event.target.id()));
  graph.on("mouseover", "node", (event) => { said.textContent = event.target.data("told"); });
  graph.on("dragfree", "node", (event) => {
    graph.scratch("places").set(event.target.id(), { ...event.target.position() });
  });
  box.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const nodes = graph.nodes();
    if (step === undefined && event.key !== "Enter" || nodes.empty()) { return; }
    event.preventDefault();
    const at = nodes.toArray().findIndex((one) => one.selected());
    if (event.key === "Enter") { if (at >= 0) { box.choose(nodes[at].id()); } return; }
    const next = nodes[at < 0 ? 0 : (at + step + nodes.length) % nodes.length];
    nodes.unselect();
    next.select();
    if (outside(graph, next)) { graph.center(next); }
    said.textContent = next.data("told");
  });
  // The wheel is for the page; with Ctrl, and with two fingers, it is for the graph.
  box.addEventListener("wheel", (event) => { if (!event.ctrlKey) { event.stopPropagation(); } }, { capture: true });
  new ResizeObserver(() => graph.resize()).observe(box);
  // Cytoscape keeps where its box is, and hears of no scrolling outside the shadow that a component stands in.
  for (const event of ["pointerenter", "pointerdown"]) {
    box.addEventListener(event, () => graph.resize(), { capture: true });
  }
}

function zoom(graph, by) {
  if (by === "fit") { fit(graph); return; }
  const middle = { x: graph.width() / 2, y: graph.height() / 2 };
  graph.zoom({ level: graph.zoom() * Number(by), renderedPosition: middle });
}

function drawing(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) { made.setAttribute(attribute, value); }
  return made;
}

const FORMS = {
  "ellipse": (fill) => drawing("circle", { cx: 8, cy: 8, r: 6, fill }),
  "diamond": (fill) => drawing("polygon", { points: "8,1 15,8 8,15 1,8", fill }),
  "round-rectangle": (fill) => drawing("rect", { x: 2, y: 2, width: 12, height: 12, rx: 3, fill }),
  "star": (fill) => drawing("polygon", {
    points: "8,1 9.8,5.6 14.7,5.8 10.9,8.9 12.1,13.7 8,11 3.9,13.7 5.1,8.9 1.3,5.8 6.2,5.6", fill }),
};

function legend(list, looks, quiet) {
  list.replaceChildren(...[...looks.nodes, ...looks.ties].map(({ name, colour, form }) => {
    const item = document.createElement("li");
    const mark = drawing("svg", { width: form in FORMS ? 16 : 22, height: 16, "aria-hidden": "true" });
    mark.append(form in FORMS ? FORMS[form](colour) : drawing("line", {
      x1: 1, y1: 8, x2: 21, y2: 8, stroke: colour || quiet, "stroke-width": 2.5,
      "stroke-dasharray": form === "dotted" ? "2 3" : "none" }));
    item.append(mark, name);
    return item;
  }));
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const box = parentElement.querySelector(".kith-graph");
  const said = parentElement.querySelector(".kith-graph-said");
  const colours = theme(box);
  box.style.height = `${data.height}px`;
  box.setAttribute("aria-label", data.told);
  legend(parentElement.querySelector(".kith-graph-legend"), data.looks, colours.quiet);
  let gone = false;
  cytoscape().then((make) => {
    if (gone) { return; }
    if (!box.graph) {
      box.graph = make({ container: box, minZoom: 0.2, maxZoom: 3 });
      listen(box.graph, box, said);
      for (const button of parentElement.querySelectorAll("[data-zoom]")) {
        button.addEventListener("click", () => zoom(box.graph, button.dataset.zoom));
      }
    }
    box.choose = (id) => setTriggerValue("chosen", id);
    box.graph.style(style(colours, data.looks));
    update(box.graph, data);
    box.dataset.nodes = String(box.graph.nodes().length);
    box.dataset.marked = String(box.graph.nodes(".marked").length);
  }).catch((error) => { said.textContent = error.message; });
  return () => { gone = true; };
}
