// One neuron's line between two classes of points: set by hand, or learned by Rosenblatt's rule, computed in the page.

const side = 480; // pixels of the square plane
const reach = 4; // which shows −4 to 4 in both directions
const grid = 0.25; // points moved by hand lie on this grid: quarters are exact in binary, so learning is, too
const most = 80; // points
const speeds = { slow: 1, normal: 5, fast: 30 }; // samples a second
const longest = 20; // of weights and bias on the sliders

// ------------------------------------------------------------ the arithmetic: pure functions, tested on their own

export function score([x1, x2], [w1, w2], bias) {
  return w1 * x1 + w2 * x2 + bias;
}

export function margins({ points, labels, weights, bias }) {
  return points.map((point, n) => labels[n] * score(point, weights, bias));
}

// Every look at a sample, from weights of zero to the end of an epoch without a mistake, or of the last one allowed.
export function looks(points, labels, epochs) {
  const all = [];
  let now = { weights: [0, 0], bias: 0 };
  let clean = !points.length;
  for (let epoch = 1; epoch <= epochs && !clean; epoch += 1) {
    clean = true;
    for (const [sample, point] of points.entries()) {
      const before = now;
      const sign = labels[sample];
      const margin = sign * score(point, before.weights, before.bias);
      if (margin <= 0) {
        clean = false;
        now = { weights: before.weights.map((weight, d) => weight + sign * point[d]), bias: before.bias + sign };
      }
      all.push({ epoch, sample, margin, before, after: now });
    }
  }
  return all;
}

export function mistakes(seen) {
  const counts = [];
  for (const { epoch, margin } of seen) counts[epoch - 1] = (counts[epoch - 1] ?? 0) + (margin <= 0 ? 1 : 0);
  return counts;
}

// The part of the plane where the score is positive, and where its border crosses the edge of the plane.
export function halves(weights, bias, sign = 1) {
  const corners = [[-reach, -reach], [reach, -reach], [reach, reach], [-reach, reach]];
  const crossings = [];
  const polygon = corners.flatMap((corner, n) => {
    const next = corners[(n + 1) % 4];
    const [here, there] = [corner, next].map((place) => sign * score(place, weights, bias));
    const kept = here > 0 ? [corner] : [];
    if (here > 0 === there > 0) return kept;
    const share = here / (here - there);
    const crossing = corner.map((value, d) => value + share * (next[d] - value));
    crossings.push(crossing);
    return [...kept, crossing];
  });
  return { polygon, crossings };
}

export function written(number) {
  return String(Math.round(number * 100) / 100 + 0).replace("-", "−");
}

export function snapped(value) {
  return Math.min(Math.max(Math.round(value / grid) * grid, -reach + grid), reach - grid) + 0; // never −0
}

// The place on the grid nearest to the middle that no point has.
export function vacancy(points) {
  const taken = new Set(points.map(([x, y]) => `${snapped(x)} ${snapped(y)}`));
  for (let ring = 0; ring < reach / grid; ring += 1) {
    for (let i = -ring; i <= ring; i += 1) {
      for (let j = -ring; j <= ring; j += 1) {
        if (Math.max(Math.abs(i), Math.abs(j)) === ring && !taken.has(`${i * grid} ${j * grid}`)) return [i * grid + 0, j * grid + 0];
      }
    }
  }
  return [0, 0];
}

// ------------------------------------------------------------ the view

const column = (x) => ((x + reach) / (2 * reach)) * side;
const row = (y) => ((reach - y) / (2 * reach)) * side;
const outline = (places) => places.map(([x, y]) => `${column(x).toFixed(1)},${row(y).toFixed(1)}`).join(" ");
const signed = (label) => (label > 0 ? "+1" : "−1");
const listed = (numbers) => `(${numbers.map(written).join(", ")})`;
const distance = ([a, b], [c, d]) => Math.hypot(a - c, b - d);
const plural = (count, thing) => `${count} ${thing}${count === 1 ? "" : "s"}`;

function segment(kind, [[x1, y1], [x2, y2]]) {
  return drawing("line", { class: kind, x1: column(x1), y1: row(y1), x2: column(x2), y2: row(y2) });
}

function dot([x, y], label, { wrong, looked, picked }) {
  const shape = label > 0 ? { d: "M-8.5 0A8.5 8.5 0 1 0 8.5 0A8.5 8.5 0 1 0 -8.5 0Z" } : { d: "M0-11L10.5 7.5H-10.5Z" };
  const parts = [
    drawing("path", { class: "shape", ...shape }),
    drawing("path", { class: "sign", d: label > 0 ? "M-4.5 0H4.5M0-4.5V4.5" : "M-4.5 2H4.5" }),
  ];
  if (wrong) parts.push(drawing("path", { class: "cross", d: "M-14-14L-6-6M14-14L6-6M-14 14L-6 6M14 14L6 6" }));
  if (looked) parts.push(drawing("circle", { class: "ring", r: 19 }));
  if (picked) parts.push(drawing("path", { class: "picked", d: "M-16-8V-16H-8M8-16H16V-8M16 8V16H8M-8 16H-16V8" }));
  const kind = `dot ${label > 0 ? "plus" : "minus"}${wrong ? " wrong" : ""}`;
  return drawing("g", { class: kind, transform: `translate(${column(x).toFixed(1)} ${row(y).toFixed(1)})` }, ...parts);
}

function axes() {
  const ticks = [-3, -2, -1, 1, 2, 3];
  return drawing(
    "g",
    { class: "axes", "aria-hidden": "true" },
    segment("", [[-reach, 0], [reach, 0]]),
    segment("", [[0, -reach], [0, reach]]),
    ...ticks.map((tick) => drawing("text", { x: column(tick), y: row(0) + 15, "text-anchor": "middle" }, written(tick))),
    ...ticks.map((tick) => drawing("text", { x: column(0) - 5, y: row(tick) + 4, "text-anchor": "end" }, written(tick))),
    drawing("text", { x: side - 16, y: row(0) - 7 }, "x₁"),
    drawing("text", { x: column(0) + 7, y: 15 }, "x₂"),
  );
}

function render({ model, el }) {
  const presets = model.get("presets");
  const names = ["points", "labels", "weights", "bias", "epochs", "step"];
  const state = () => Object.fromEntries(names.map((name) => [name, model.get(name)]));
  let plan = [];
  let picked = -1;
  let own = false; // this script is the one that changes the state

  function set(changes) {
    own = true;
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
    own = false;
    if (!motion.playing) model.save_changes(); // while it plays, Python need not hear of every sample
    draw();
  }
  const prepare = () => {
    plan = looks(model.get("points"), model.get("labels"), model.get("epochs"));
  };
  const byHand = (weights, bias) => set({ weights, bias, step: -1 });
  const goTo = (wanted) => {
    const step = Math.min(Math.max(wanted, 0), plan.length);
    const { weights, bias } = step ? plan[step - 1].after : { weights: [0, 0], bias: 0 };
    set({ weights, bias, step });
  };
  const toMistake = () => {
    const from = Math.max(model.get("step"), 0);
    const next = plan.findIndex(({ margin }, n) => n >= from && margin <= 0);
    goTo(next < 0 ? plan.length : next + 1);
  };
  const replace = (points, labels) => {
    own = true;
    model.set("points", points);
    model.set("labels", labels);
    own = false;
    picked = Math.min(picked, points.length - 1);
    prepare();
    set({ step: -1 });
  };

  const motion = player({
    step: () => (stillness() ? toMistake() : goTo(Math.max(model.get("step"), 0) + 1)),
    done: () => model.get("step") >= plan.length,
    restart: () => goTo(0),
    wait: () => (stillness() ? 2000 : 1000 / Object.values(speeds)[speed.selectedIndex]),
    changed: () => {
      model.save_changes();
      draw();
    },
  });
  const move = (action) => motion.first(action);

  // ---------------------------------------- points

  function pick(by) {
    const { points } = state();
    if (points.length) picked = (picked + by + points.length + (picked < 0 && by < 0 ? 1 : 0)) % points.length;
    draw();
  }
  function shift(dx, dy) {
    const { points, labels } = state();
    if (picked < 0) return pick(1);
    const [x, y] = points[picked];
    return replace(points.with(picked, [snapped(x + dx * grid), snapped(y + dy * grid)]), labels);
  }
  function add(place) {
    const { points, labels } = state();
    if (points.length >= most) return;
    picked = points.length;
    replace([...points, place], [...labels, fresh.selectedIndex === 0 ? 1 : -1]);
  }
  function turn() {
    const { points, labels } = state();
    if (picked >= 0) replace(points, labels.with(picked, -labels[picked]));
  }
  function remove() {
    const { points, labels } = state();
    if (picked < 0) return;
    const rest = (list) => list.filter((_, n) => n !== picked);
    replace(rest(points), rest(labels));
  }

  // ---------------------------------------- what the mouse does

  const where = (event) => {
    const box = plane.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * 2 * reach - reach, reach - ((event.clientY - box.top) / box.height) * 2 * reach];
  };
  let arrow = null; // base and tip of the weights as they are drawn
  let held = null;
  const grab = (place) => {
    const { points, weights, bias } = state();
    const far = points.map((point) => distance(point, place));
    const nearest = far.indexOf(Math.min(...far));
    if (nearest >= 0 && far[nearest] < 0.25) return { point: nearest };
    if (arrow && distance(arrow.tip, place) < 0.3) return { tip: arrow.base };
    const length = Math.hypot(...weights);
    if (length && Math.abs(score(place, weights, bias)) / length < 0.12) return { line: true };
    return {};
  };
  const press = (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    scene.focus({ preventScroll: true });
    held = { ...grab(where(event)), start: [event.clientX, event.clientY], moved: false };
    plane.setPointerCapture(event.pointerId);
  };
  const drag = (event) => {
    if (!held) return;
    held.moved ||= distance(held.start, [event.clientX, event.clientY]) > 4;
    if (!held.moved) return;
    move(pull)(where(event));
  };
  const pull = (place) => {
    const { points, labels, weights } = state();
    const length = Math.hypot(...weights);
    if (held.point !== undefined) {
      picked = held.point;
      replace(points.with(picked, place.map(snapped)), labels);
    } else if (held.tip) {
      const way = place.map((value, d) => value - held.tip[d]);
      const drawn = Math.hypot(...way);
      if (drawn < 0.2) return;
      const turned = way.map((value) => Math.round((value * 200 * Math.max(drawn, 0.3)) / drawn) / 100);
      byHand(turned, Math.round(-score(held.tip, turned, 0) * 100) / 100);
    } else if (held.line) byHand(weights, Math.round(-score(place, weights, 0) * 100) / 100);
    else if (length) held.moved = true;
  };
  const release = (event) => {
    if (!held) return;
    const { point, tip, moved } = held;
    held = null;
    if (moved) return;
    if (point !== undefined) {
      picked = picked === point ? -1 : point;
      draw();
    } else if (!tip) move(add)(where(event).map(snapped));
  };

  // ---------------------------------------- controls

  const preset = menu(["choose …", ...presets.map(({ name }) => name)], (line) => {
    if (line) move(() => {
      picked = -1;
      replace(presets[line - 1].points, presets[line - 1].labels);
    })();
  });
  preset.setAttribute("aria-label", "Points to begin with");
  const fresh = menu(["● class +1", "▲ class −1"], () => {});
  const switching = button("Switch class", move(turn));
  const removing = button("Remove", move(remove));

  const polar = () => {
    const [w1, w2] = model.get("weights");
    return { angle: (Math.atan2(w2, w1) * 180) / Math.PI, length: Math.hypot(w1, w2) };
  };
  const steer = (angle, length) => {
    const way = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
    byHand(way.map((part) => Math.round(part * length * 1000) / 1000), model.get("bias"));
  };
  const angle = slider("Direction of the weights", [-180, 180], move((value) => steer(value, polar().length || 1)));
  const length = slider("Length of the weights", [1, 10 * longest], move((value) => steer(polar().angle, value / 10)));
  const bias = slider("Bias", [-10 * longest, 10 * longest], move((value) => byHand(model.get("weights"), value / 10)));
  const [angleText, lengthText, biasText] = [1, 2, 3].map(() => element("span", { class: "count" }));

  const playing = button("Learn", motion.toggle, { class: "play" });
  const one = button("One sample", move(() => goTo(model.get("step") + 1)));
  const skip = button("Next mistake", move(toMistake));
  const again = button("Start over", move(() => goTo(0)));
  const speed = menu(Object.keys(speeds), () => {
    if (motion.playing) [motion.toggle, motion.toggle].forEach((toggle) => toggle());
  });
  speed.selectedIndex = 1;
  const place = slider("Samples looked at", [0, 1], move(goTo));
  const count = element("span", { class: "count" });

  // ---------------------------------------- the picture

  const ground = drawing("g", { class: "ground", "aria-hidden": "true" });
  const line = drawing("g", { class: "neuron" });
  const dots = drawing("g", {});
  const plane = drawing(
    "svg",
    { class: "plane", viewBox: `0 0 ${side} ${side}`, role: "img", onpointerdown: press, onpointermove: drag, onpointerup: release, onpointercancel: () => { held = null; } },
    ground,
    axes(),
    line,
    dots,
  );
  const keys = {
    " ": motion.toggle,
    ArrowLeft: move(() => shift(-1, 0)),
    ArrowRight: move(() => shift(1, 0)),
    ArrowUp: move(() => shift(0, 1)),
    ArrowDown: move(() => shift(0, -1)),
    n: () => pick(1),
    p: () => pick(-1),
    a: move(() => add(vacancy(model.get("points")))),
    c: move(turn),
    Delete: move(remove),
    Backspace: move(remove),
    Enter: move(() => goTo(model.get("step") + 1)),
  };
  const help =
    "N and P pick the next and the previous point, the arrow keys move it, C switches its class, Delete removes it, " +
    "A adds a point. Enter looks at one sample, the space bar plays and pauses.";
  const scene = stage(`The plane. ${help}`, keys, plane);

  const cells = Object.fromEntries(["sample", "class", "margin", "before", "now"].map((name) => [name, element("td")]));
  const titles = { sample: "sample (x₁, x₂, 1)", class: "its class", margin: "margin before", before: "weights before", now: "weights now" };
  const table = element(
    "table",
    { class: "numbers" },
    element("caption", {}, "Weights (w₁, w₂, bias)"),
    element("tbody", {}, ...Object.keys(cells).map((name) => element("tr", {}, element("th", { scope: "row" }, titles[name]), cells[name]))),
  );
  const bars = drawing("svg", { class: "bars", viewBox: "0 0 320 120", role: "img" });
  const said = element("p", { class: "said", role: "status" });

  // ---------------------------------------- drawing

  function drawLine({ weights, bias: shiftBy, step }) {
    const [up, down] = [1, -1].map((sign) => halves(weights, shiftBy, sign));
    const name = (polygon, text) => {
      const heights = polygon.map((corner) => Math.abs(score(corner, weights, shiftBy)));
      const corner = polygon[heights.indexOf(Math.max(...heights))]; // far from the line, and from the axes
      return drawing("text", { class: "name", x: column(0.86 * corner[0]), y: row(0.86 * corner[1]) + 14, "text-anchor": "middle" }, text);
    };
    const half = (polygon, kind, text) => (polygon.length < 3 ? [] : [drawing("polygon", { class: kind, points: outline(polygon) }), name(polygon, text)]);
    ground.replaceChildren(...half(up.polygon, "plus", "+1"), ...half(down.polygon, "minus", "−1"));

    arrow = null;
    const parts = [];
    const old = step > 0 ? plan[step - 1] : null;
    if (old && old.before !== old.after) {
      const earlier = halves(old.before.weights, old.before.bias).crossings;
      if (earlier.length === 2) parts.push(segment("earlier", earlier));
    }
    if (up.crossings.length === 2) {
      const size = Math.hypot(...weights);
      const base = [0, 1].map((d) => (up.crossings[0][d] + up.crossings[1][d]) / 2);
      const rooms = weights.map((weight, d) => (weight ? (reach - 0.2 - Math.sign(weight) * base[d]) / (Math.abs(weight) / size) : Infinity));
      const drawn = Math.max(Math.min(size / 2, 3, ...rooms), 0.3);
      const tip = weights.map((weight, d) => base[d] + (weight / size) * drawn);
      arrow = { base, tip };
      const turnBy = (-Math.atan2(weights[1], weights[0]) * 180) / Math.PI;
      parts.push(
        segment("border", up.crossings),
        segment("arrow", [base, tip]),
        drawing("path", { class: "tip", d: "M12 0L-7-6.5V6.5Z", transform: `translate(${column(tip[0])} ${row(tip[1])}) rotate(${turnBy})` }),
      );
    }
    line.replaceChildren(...parts);
  }

  function drawBars(step) {
    const counts = mistakes(plan.slice(0, Math.max(step, 0)));
    const top = Math.max(4, ...counts);
    const wide = Math.min(28, 290 / Math.max(counts.length, 1));
    const tall = (value) => (value / top) * 72;
    const text = (attributes, content) => drawing("text", attributes, content);
    bars.replaceChildren(
      text({ x: 0, y: 12 }, "mistakes in each epoch"),
      drawing("line", { x1: 0, x2: 320, y1: 102, y2: 102 }),
      ...counts.map((value, n) =>
        drawing("rect", { class: n === counts.length - 1 ? "latest" : "", x: n * wide + wide * 0.1, y: 102 - tall(value), width: wide * 0.8, height: Math.max(tall(value), 1) }),
      ),
      ...(counts.length <= 16
        ? counts.flatMap((value, n) => [
            text({ x: (n + 0.5) * wide, y: 98 - tall(value), "text-anchor": "middle" }, value),
            text({ x: (n + 0.5) * wide, y: 116, "text-anchor": "middle" }, n + 1),
          ])
        : [text({ x: 0, y: 116 }, "1"), text({ x: counts.length * wide, y: 116, "text-anchor": "end" }, counts.length)]),
    );
    bars.setAttribute("aria-label", counts.length ? `Mistakes in each epoch: ${counts.join(", ")}.` : "Mistakes in each epoch: nothing learned yet.");
  }

  function summary({ points, step, epochs }, wrong) {
    const off = `${wrong} of ${plural(points.length, "point")} on the wrong side or on the line`;
    const total = mistakes(plan.slice(0, Math.max(step, 0))).reduce((sum, value) => sum + value, 0);
    if (step < 0) return wrong ? `By hand: ${off}.` : `By hand: all ${plural(points.length, "point")} on the right side.`;
    if (!step) return "Before learning, all weights are 0: there is no line, and every margin is 0.";
    const { epoch, sample, margin, before, after } = plan[step - 1];
    if (step === plan.length) {
      if (mistakes(plan).at(-1)) return `Stopped after ${plural(epochs, "epoch")} and ${plural(total, "mistake")}; now ${off}.`;
      return `Epoch ${epoch} passed without a mistake: done, after ${plural(total, "mistake")} in all.`;
    }
    const verdict = before === after ? "right, nothing changes" : "a mistake, so the weights change";
    return `Epoch ${epoch}, sample ${sample + 1} of ${points.length}: margin ${written(margin)}, ${verdict}. ${plural(total, "mistake")} so far; now ${off}.`;
  }

  function draw() {
    const now = state();
    const { points, labels, weights, step } = now;
    const all = margins(now);
    const wrong = all.filter((margin) => margin <= 0).length;
    const look = step > 0 ? plan[step - 1] : null;
    drawLine(now);
    dots.replaceChildren(
      ...points.map((point, n) => dot(point, labels[n], { wrong: all[n] <= 0, looked: look?.sample === n, picked: picked === n })),
    );
    const chosen = picked < 0 ? "" : ` Picked: ${listed(points[picked])}, class ${signed(labels[picked])}, margin ${written(all[picked])}.`;
    plane.setAttribute(
      "aria-label",
      `${plural(points.length, "point")}, ${wrong} of them wrong. Weights ${listed(weights)}, bias ${written(now.bias)}.${chosen}`,
    );

    cells.sample.textContent = look ? listed([...points[look.sample], 1]) : "–";
    cells.class.textContent = look ? signed(labels[look.sample]) : "–";
    cells.margin.textContent = look ? `${written(look.margin)}${look.margin <= 0 ? ", a mistake" : ", right"}` : "–";
    cells.before.textContent = look ? listed([...look.before.weights, look.before.bias]) : "–";
    cells.now.textContent = listed([...weights, now.bias]);
    table.classList.toggle("changed", Boolean(look) && look.before !== look.after);
    drawBars(step);

    const way = polar();
    angle.value = way.angle;
    angleText.textContent = way.length ? `${Math.round(way.angle)}°`.replace("-", "−") : "none";
    length.value = 10 * way.length;
    lengthText.textContent = written(way.length);
    bias.value = 10 * now.bias;
    biasText.textContent = written(now.bias);
    for (const [control, text] of [[angle, angleText], [length, lengthText], [bias, biasText]]) control.setAttribute("aria-valuetext", text.textContent);
    place.max = plan.length;
    place.value = Math.max(step, 0);
    count.textContent = step < 0 ? "by hand" : plural(step, "look");
    place.setAttribute("aria-valuetext", step < 0 ? "weights set by hand" : `${step} samples looked at`);
    for (const control of [switching, removing]) control.disabled = picked < 0;
    for (const control of [playing, one, skip]) control.disabled = !points.length;
    const same = ({ points: theirs, labels: kinds }) => JSON.stringify([theirs, kinds]) === JSON.stringify([points, labels]);
    preset.selectedIndex = presets.findIndex(same) + 1;
    playing.textContent = motion.playing ? "Pause" : "Learn";
    said.setAttribute("aria-live", motion.playing ? "off" : "polite");
    said.textContent = summary(now, wrong) + (motion.playing ? "" : chosen);
  }

  el.append(
    view(
      "decision-boundary",
      "A neuron's line between two classes",
      controls(
        element("label", {}, "Points ", preset),
        element("label", {}, "A click adds ", fresh),
        element("span", { class: "group" }, switching, removing),
      ),
      controls(
        element("span", { class: "knob" }, "Direction ", angle, angleText),
        element("span", { class: "knob" }, "Length ", length, lengthText),
        element("span", { class: "knob" }, "Bias ", bias, biasText),
      ),
      controls(
        element("span", { class: "group" }, playing, one, skip, again),
        element("label", {}, "Speed ", speed),
        element("span", { class: "knob" }, place, count),
      ),
      said,
      element("div", { class: "scene" }, scene, element("div", { class: "beside" }, table, bars)),
      element("p", { class: "help" }, `Drag the arrow, the line or a point; click to add one or to pick one. Keys: ${help}`),
    ),
  );

  // Python changed something
  const theirs = (act) => () => {
    if (own) return;
    act();
    draw();
  };
  const relearn = theirs(() => {
    picked = -1;
    prepare();
    if (model.get("step") >= 0) set({ step: -1 });
  });
  const reweigh = theirs(() => {
    const { weights, bias: shiftBy, step } = state();
    const { weights: learned, bias: learnedBias } = step > 0 ? plan[step - 1].after : { weights: [0, 0], bias: 0 };
    if (step >= 0 && JSON.stringify([weights, shiftBy]) !== JSON.stringify([learned, learnedBias])) set({ step: -1 });
  });
  const restep = theirs(() => {
    if (model.get("step") >= 0) goTo(model.get("step"));
  });
  const unfollow = follow(model, { points: relearn, labels: relearn, epochs: relearn, weights: reweigh, bias: reweigh, step: restep });
  prepare();
  if (model.get("step") > plan.length) set({ step: -1 });
  draw();
  return () => {
    motion.stop();
    unfollow();
  };
}

export default { render };
