// Activations beside their slopes, and what a chain of layers leaves of a gradient. All of it is computed in the page,
// with or without Python behind it.

// ------------------------------------------------------------ the arithmetic: pure functions, tested on their own

// An exponential may become infinite here; one divided by infinity is 0, which is right.
const logistic = (z) => 1 / (1 + Math.exp(-z));
const logisticSlope = (z) => 0.25 / Math.cosh(z / 2) ** 2;
const density = (z) => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);

// The share of a normal distribution below z, by the series of Marsaglia (2004).
function share(z) {
  if (Math.abs(z) > 8) return z > 0 ? 1 : 0;
  let [term, sum, before] = [z, z, NaN];
  for (let odd = 3; sum !== before; odd += 2) {
    before = sum;
    term *= (z * z) / odd;
    sum += term;
  }
  return 0.5 + sum * density(z);
}

// At a corner the slope is a convention: PyTorch's, that of the left side.
export const functions = {
  sigmoid: { formula: "1 / (1 + e⁻ᶻ)", value: logistic, slope: logisticSlope },
  tanh: { formula: "tanh z", value: Math.tanh, slope: (z) => 1 / Math.cosh(z) ** 2 },
  ReLU: { formula: "max(0, z)", value: (z) => (z > 0 ? z : 0), slope: (z) => (z > 0 ? 1 : 0), corner: true },
  "leaky ReLU": {
    formula: "z, or 0.1 z on the left",
    value: (z) => (z > 0 ? z : 0.1 * z),
    slope: (z) => (z > 0 ? 1 : 0.1),
    corner: true,
  },
  ELU: { formula: "z, or eᶻ − 1 on the left", value: (z) => (z > 0 ? z : Math.expm1(z)), slope: (z) => (z > 0 ? 1 : Math.exp(z)) },
  softplus: { formula: "log(1 + eᶻ)", value: (z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))), slope: logistic },
  GELU: { formula: "z · Φ(z)", value: (z) => z * share(z), slope: (z) => share(z) + z * density(z) },
  SiLU: { formula: "z · sigmoid(z)", value: (z) => z * logistic(z), slope: (z) => logistic(z) + z * logisticSlope(z) },
};

// Normal numbers, the same as in Python: a counter is scrambled (mulberry32); two words make two numbers (Box & Muller).
// The seed is spread first: neighbouring seeds would draw numbers that resemble each other.
export function normals(seed, count) {
  const start = Math.imul(seed, 0x9e3779b1);
  const uniform = (index) => {
    let word = (start + Math.imul(index + 1, 0x6d2b79f5)) | 0;
    word = Math.imul(word ^ (word >>> 15), word | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return (((word ^ (word >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
  const numbers = new Float64Array(count);
  for (let at = 0; at < count; at += 2) {
    const [radius, angle] = [Math.sqrt(-2 * Math.log(uniform(at))), 2 * Math.PI * uniform(at + 1)];
    numbers[at] = radius * Math.cos(angle);
    if (at + 1 < count) numbers[at + 1] = radius * Math.sin(angle);
  }
  return numbers;
}

// `numbers` holds the signal, the gradient at the output, then a square of weights for each layer. The result has a
// factor for each layer, 0 for the input: how long the gradient is there, the one at the output being 1.
export function passedBack({ value, slope }, { numbers, width, depth, scale }) {
  const size = scale / Math.sqrt(width);
  const weight = (layer, row, column) => size * numbers[(2 + layer * width + row) * width + column];
  const units = [...Array(width).keys()];
  let signal = numbers.slice(0, width);
  const slopes = Array.from({ length: depth }, (_, layer) => {
    const bent = signal.map((_, row) => units.reduce((sum, column) => sum + weight(layer, row, column) * signal[column], 0));
    signal = bent.map(value);
    return bent.map(slope);
  });
  let gradient = numbers.slice(width, 2 * width);
  const whole = Math.hypot(...gradient);
  const factors = [1];
  for (let layer = depth - 1; layer >= 0; layer -= 1) {
    const local = gradient.map((pull, row) => pull * slopes[layer][row]);
    gradient = gradient.map((_, column) => units.reduce((sum, row) => sum + weight(layer, row, column) * local[row], 0));
    factors.unshift(Math.hypot(...gradient) / whole);
  }
  return factors;
}

// What becomes of a gradient: a hundredth and a hundredfold are the limits.
export function fate(factor) {
  if (factor < 0.01) return "vanishes";
  return factor > 100 ? "explodes" : "survives";
}

export function written(number) {
  if (number === 0) return "0";
  const size = Math.abs(number);
  const sign = number < 0 ? "−" : "";
  if (size >= 0.001 && size < 9999.5) return sign + (size >= 1000 ? Math.round(size) : Number(size.toPrecision(3)));
  const [digits, power] = size.toExponential(1).split("e");
  return `${sign}${digits}·10${raised(Number(power))}`;
}

export function raised(power) {
  return (power < 0 ? "⁻" : "") + [...String(Math.abs(power))].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]).join("");
}

// The powers of ten at the bottom and the top of the axis, and those that get a line.
export function decades(factors) {
  const powers = factors.filter((factor) => factor > 0).map(Math.log10);
  const [least, most] = [Math.min(-3, Math.floor(Math.min(...powers))), Math.max(3, Math.ceil(Math.max(...powers)))];
  const every = [1, 2, 5, 10, 20].find((step) => (most - least) / step <= 8);
  const lines = [];
  for (let power = Math.ceil(least / every) * every; power <= most; power += every) lines.push(power);
  return { least, most, lines };
}

// ------------------------------------------------------------ the view

const [lowest, highest] = [-6, 6];
const mostLayers = 50;
const scales = [0.5, 1, Math.SQRT2, 2, 4];
const scaleNames = ["½", "1", "√2", "2", "4"];
const shapes = ["M-6 0A6 6 0 1 0 6 0A6 6 0 1 0 -6 0Z", "M-4-4H4V4H-4Z"]; // the square leaves something to see of a circle below it
const dashes = ["none", "8 4"];

// A diagram: lines and ticks around, and an inner drawing that cuts off what runs out of it.
function diagram(title, { size: [width, height], margin: [top, right, bottom, left], x, y }) {
  const inner = [width - left - right, height - top - bottom];
  const across = (value) => ((value - x[0]) / (x[1] - x[0])) * inner[0];
  const down = (value) => ((y[1] - value) / (y[1] - y[0])) * inner[1];
  const ticks = drawing("g", { class: "ticks" });
  const paper = drawing("svg", { x: left, y: top, width: inner[0], height: inner[1], overflow: "hidden" });
  const heading = drawing("text", { class: "heading", x: left, y: top - 9 }, title);
  const picture = drawing("svg", { class: "diagram", viewBox: `0 0 ${width} ${height}`, role: "img" }, ticks, paper, heading);
  const tick = (value, text, axis, strong = false) => {
    const [from, to] = axis === "x" ? [`${left + across(value)} ${top}`, `v${inner[1]}`] : [`${left} ${top + down(value)}`, `h${inner[0]}`];
    const place = axis === "x" ? { x: left + across(value), y: top + inner[1] + 18 } : { x: left - 6, y: top + down(value) + 5 };
    const label = drawing("text", { ...place, "text-anchor": axis === "x" ? "middle" : "end" }, text);
    ticks.append(drawing("path", { d: `M${from}${to}`, class: strong ? "axis" : "line" }), label);
  };
  const under = (text) => ticks.append(drawing("text", { x: left + inner[0] / 2, y: height - 4, "text-anchor": "middle" }, text));
  const valueAt = (event) => {
    const box = picture.getBoundingClientRect();
    const pixel = ((event.clientX - box.left) / box.width) * width - left;
    return x[0] + (pixel / inner[0]) * (x[1] - x[0]);
  };
  return { picture, paper, across, down, tick, under, valueAt };
}

function joined(points) {
  return points.map(([x, y, starts], index) => `${starts || !index ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
}

// Each sentence on its own line.
function lined(sentences) {
  return sentences.map((sentence) => element("span", { class: "sentence" }, `${sentence} `));
}

function render({ model, el }) {
  const width = model.get("width");
  const names = Object.keys(functions);
  let numbers = null;
  let drawnSeed = null;

  const set = (changes, save = true) => {
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
    if (save && !motion.playing) model.save_changes(); // while it plays, Python need not hear of every layer
  };
  const chosen = () => [model.get("first"), model.get("second")].filter((name) => name in functions);

  const goTo = (z, save) => set({ z: Math.round(Math.min(Math.max(z, lowest), highest) * 10) / 10 }, save);
  const go = (by) => goTo(model.get("z") + by);
  const goDeep = (depth) => set({ depth: Math.min(Math.max(depth, 1), mostLayers) });
  const motion = player({
    step: () => goDeep(model.get("depth") + (stillness() ? 10 : 1)),
    done: () => model.get("depth") >= mostLayers,
    restart: () => goDeep(1),
    wait: () => (stillness() ? 2000 : 200),
    changed: () => {
      model.save_changes();
      drawDepth();
    },
  });
  const move = (action) => motion.first(action);

  // ---------------------------------------------------------- the curves
  const swatch = (index) =>
    drawing(
      "svg",
      { class: `swatch curve-${index}`, viewBox: "0 0 34 14", "aria-hidden": "true" },
      drawing("path", { class: "curve", d: "M1 7H33", "stroke-dasharray": dashes[index] }),
      drawing("path", { class: "mark", d: shapes[index], transform: "translate(17 7)" }),
    );
  const first = menu(names, (line) => set({ first: names[line] }));
  const second = menu(["nothing", ...names], (line) => set({ second: line ? names[line - 1] : "" }));
  const point = slider("z, the place on the curves", [10 * lowest, 10 * highest], (value) => goTo(value / 10));
  const pointText = element("span", { class: "count" });
  const saidPoint = element("p", { class: "said", role: "status" });

  const ground = { size: [410, 292], margin: [26, 10, 41, 40], x: [lowest, highest] };
  const values = diagram("value", { ...ground, y: [-1.5, 6] });
  const slopes = diagram("slope", { ...ground, y: [-0.25, 1.25] });
  for (const { picture, tick, under, valueAt } of [values, slopes]) {
    for (let z = lowest; z <= highest; z += 2) tick(z, written(z), "x", z === 0);
    under("z");
    let dragging = false;
    picture.addEventListener("pointerdown", (event) => {
      dragging = true;
      picture.setPointerCapture(event.pointerId);
      goTo(valueAt(event), false);
    });
    picture.addEventListener("pointermove", (event) => dragging && goTo(valueAt(event), false));
    for (const end of ["pointerup", "pointercancel"]) {
      picture.addEventListener(end, () => {
        dragging = false;
        model.save_changes();
      });
    }
  }
  for (let value = -1; value <= 6; value += 1) values.tick(value, written(value), "y", value === 0);
  for (const value of [0, 0.25, 0.5, 0.75, 1]) slopes.tick(value, written(value), "y", value === 0);
  const curves = element("div", { class: "pair" }, values.picture, slopes.picture);
  const scene = stage(
    "Value and slope. The left and right arrow keys move the point by a tenth, page up and page down by one, 0 goes to zero.",
    {
      ArrowLeft: () => go(-0.1),
      ArrowDown: () => go(-0.1),
      ArrowRight: () => go(0.1),
      ArrowUp: () => go(0.1),
      PageDown: () => go(-1),
      PageUp: () => go(1),
      Home: () => goTo(lowest),
      End: () => goTo(highest),
      0: () => goTo(0),
    },
    curves,
  );

  const places = Array.from({ length: 241 }, (_, index) => lowest + index / 20);
  function drawCurves() {
    const z = model.get("z");
    values.paper.replaceChildren();
    slopes.paper.replaceChildren();
    for (const { paper, across } of [values, slopes]) {
      paper.append(drawing("path", { class: "place", d: `M${across(z).toFixed(1)} 0V400` }));
    }
    chosen().forEach((name, index) => {
      const { value, slope } = functions[name];
      const [height, steep] = [value(z), slope(z)];
      const heights = places.map((at) => [values.across(at), values.down(value(at))]);
      const steeps = places.map((at, k) => {
        const jump = k > 0 && Math.abs(slope(at) - slope(places[k - 1])) > 0.5;
        return [slopes.across(at), slopes.down(slope(at)), jump];
      });
      const reach = 2.4 / Math.hypot(1, steep);
      const tangent = [-reach, reach].map((by) => [values.across(z + by), values.down(height + steep * by)]);
      const curve = (points) => drawing("path", { class: "curve", d: joined(points), "stroke-dasharray": dashes[index] });
      const mark = (x, y) => drawing("path", { class: "mark", d: shapes[index], transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` });
      const line = drawing("path", { class: "tangent", d: joined(tangent) });
      const group = { class: `curve-${index}` };
      values.paper.append(drawing("g", group, curve(heights), line, mark(values.across(z), values.down(height))));
      slopes.paper.append(drawing("g", group, curve(steeps), mark(slopes.across(z), slopes.down(steep))));
    });
    const told = chosen().join(" and ");
    values.picture.setAttribute("aria-label", `Value of ${told} for z from ${written(lowest)} to ${highest}, with the tangent at z = ${written(z)}.`);
    slopes.picture.setAttribute("aria-label", `Slope of ${told} for z from ${written(lowest)} to ${highest}.`);
    first.selectedIndex = names.indexOf(model.get("first"));
    second.selectedIndex = 1 + names.indexOf(model.get("second"));
    point.value = Math.round(10 * z);
    pointText.textContent = `z = ${written(z)}`;
    point.setAttribute("aria-valuetext", pointText.textContent);
    saidPoint.replaceChildren(...lined(chosen().map((name) => pointSentence(name, z))));
  }

  function pointSentence(name, z) {
    const { formula, value, slope, corner } = functions[name];
    const numbersSaid = `${name}, ${formula}: value ${written(value(z))}, slope ${written(slope(z))}`;
    if (corner && z === 0) return `${numbersSaid} by convention, for a corner has no slope.`;
    if (slope(z) === 0) return `${numbersSaid}: dead here.`;
    return `${numbersSaid}${Math.abs(slope(z)) < 0.02 ? ": nearly flat" : ""}.`;
  }

  // ---------------------------------------------------------- the depth
  const depth = slider("Number of layers", [1, mostLayers], move(goDeep));
  const depthText = element("span", { class: "count" });
  const playing = button("Play", motion.toggle, { class: "play" });
  const scale = menu(scaleNames, (line) => set({ scale: scales[line] }));
  const other = button("Other weights", () => set({ seed: model.get("seed") + 1 }));
  const chart = element("div", { class: "chart" });
  const saidDepth = element("p", { class: "said", role: "status" });
  const depthScene = stage(
    "The gradient by layer. The left and right arrow keys change the number of layers, the space bar plays and pauses.",
    {
      " ": motion.toggle,
      ArrowLeft: move(() => goDeep(model.get("depth") - 1)),
      ArrowRight: move(() => goDeep(model.get("depth") + 1)),
      Home: move(() => goDeep(1)),
      End: move(() => goDeep(mostLayers)),
    },
    chart,
  );

  function drawDepth() {
    const seed = model.get("seed");
    if (seed !== drawnSeed) [drawnSeed, numbers] = [seed, normals(seed, (2 + mostLayers * width) * width)];
    const layers = model.get("depth");
    const plan = { numbers, width, depth: layers, scale: model.get("scale") };
    const runs = chosen().map((name) => passedBack(functions[name], plan));
    const { least, most, lines } = decades(runs.flat());
    const gap = (most - least) / 25;
    const { picture, paper, across, down, tick, under } = diagram("length of the gradient, 1 at the output", {
      size: [540, 280],
      margin: [26, 16, 44, 58],
      x: [-layers / 50, layers * 1.02],
      y: [least - gap, most + gap],
    });
    for (const power of lines) tick(power, power ? `10${raised(power)}` : "1", "y", power === 0);
    const every = [1, 2, 5, 10].find((step) => layers / step <= 10);
    for (let layer = 0; layer <= layers; layer += every) tick(layer, String(layer), "x");
    under("layer: the input is 0, and the gradient comes from the right");
    paper.append(drawing("rect", { class: "safe", x: 0, width: 540, y: down(2), height: down(-2) - down(2) }));
    runs.forEach((factors, index) => {
      const points = factors.map((factor, layer) => [across(layer), down(Math.log10(factor))]).filter(([, y]) => Number.isFinite(y));
      const marks = points.filter((_, at) => (points.length - 1 - at) % every === 0);
      const line = drawing("path", { class: "curve", d: joined(points), "stroke-dasharray": dashes[index] });
      const dots = marks.map(([x, y]) => drawing("path", { class: "mark", d: shapes[index], transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` }));
      paper.append(drawing("g", { class: `curve-${index}` }, line, ...dots));
    });
    chart.replaceChildren(picture);
    const sentences = chosen().map((name, index) => depthSentence(name, runs[index], layers));
    picture.setAttribute("aria-label", `Length of the gradient by layer, on a logarithmic axis. ${sentences.join(" ")}`);
    depth.value = layers;
    depthText.textContent = layers === 1 ? "1 layer" : `${layers} layers`;
    depth.setAttribute("aria-valuetext", depthText.textContent);
    scale.selectedIndex = scales.indexOf(model.get("scale"));
    playing.textContent = motion.playing ? "Pause" : "Play";
    if (!motion.playing) saidDepth.replaceChildren(...lined(sentences));
  }

  function depthSentence(name, factors, layers) {
    const left = factors[0];
    const pace = layers > 1 && left > 0 ? `, × ${written(left ** (1 / layers))} a layer` : "";
    return `${name}: at the input the gradient is ${written(left)} times as long${pace}. It ${fate(left)}.`;
  }

  function draw() {
    drawCurves();
    drawDepth();
  }

  el.append(
    view(
      "activations",
      "Activations, their slopes, and gradients through depth",
      controls(
        element("label", {}, swatch(0), "Function ", first),
        element("label", {}, swatch(1), "compare with ", second),
        point,
        pointText,
      ),
      scene,
      saidPoint,
      controls(
        playing,
        depth,
        depthText,
        element("label", {}, "Scale of the weights ", scale),
        other,
      ),
      depthScene,
      saidDepth,
      element(
        "p",
        { class: "note" },
        `Each layer has ${width} units. Its weights are drawn at random, normally distributed with a standard deviation of scale / √${width}. ` +
          "The shaded band is where a gradient counts as surviving: from a hundredth to a hundredfold.",
      ),
    ),
  );
  const unfollow = follow(model, { first: draw, second: draw, z: drawCurves, depth: drawDepth, scale: drawDepth, seed: drawDepth });
  draw();
  return () => {
    motion.stop();
    unfollow();
  };
}

export default { render };
