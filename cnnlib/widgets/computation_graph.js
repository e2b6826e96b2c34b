// The graph of a small expression: values travel forward, gradients backward. All of it is computed in the page.

// ------------------------------------------------------------ the arithmetic: pure functions, tested on their own

const logistic = (z) => 1 / (1 + Math.exp(-z));
const total = (numbers) => numbers.reduce((sum, number) => sum + number, 0);

// For each operation: its value, its slope for each of the sources, and why that is the slope.
export const operations = {
  "+": { value: total, slopes: (from) => from.map(() => 1), why: () => "a sum passes it on unchanged" },
  "−": { value: ([a, b]) => a - b, slopes: () => [1, -1], why: (_, at) => (at ? "what is subtracted gets a minus" : "passed on unchanged") },
  "·": { value: ([a, b]) => a * b, slopes: ([a, b]) => [b, a], why: (names, at) => `the other factor, ${names[1 - at]}` },
  max: {
    value: ([a, b]) => Math.max(a, b),
    slopes: ([a, b]) => (a === b ? [0.5, 0.5] : [a > b ? 1 : 0, b > a ? 1 : 0]), // a tie is shared, as in PyTorch
    why: (_, at, slopes) => ({ 1: "the larger one gets all", 0: "the smaller one gets nothing" })[slopes[at]] ?? "a tie, shared by convention",
  },
  square: { value: ([a]) => a * a, slopes: ([a]) => [2 * a], why: ([name]) => `2 · ${name}` },
  scale: { value: ([a], factor) => factor * a, slopes: (_, factor) => [factor], why: () => "the fixed factor" },
  sigmoid: { value: ([a]) => logistic(a), slopes: ([a]) => [logistic(a) * logistic(-a)], why: () => "the slope of the sigmoid there" },
};

const isInput = (node) => !node.sources.length;

// The value of each node by its name. No node stands before its sources.
export function forward(nodes, values) {
  const given = [...values];
  const found = {};
  for (const node of nodes) {
    const from = node.sources.map((name) => found[name]);
    found[node.name] = isInput(node) ? given.shift() : operations[node.operation].value(from, node.factor);
  }
  return found;
}

// Each operation from the last to the first, with what it sends to its sources, and what has then arrived at each node.
export function backward(nodes, found) {
  const arrived = Object.fromEntries(nodes.map(({ name }) => [name, []]));
  arrived[nodes.at(-1).name].push(1);
  return nodes.toReversed().filter((node) => !isInput(node)).map((node) => {
    const incoming = total(arrived[node.name]);
    const slopes = operations[node.operation].slopes(node.sources.map((name) => found[name]), node.factor);
    const sent = node.sources.map((source, at) => {
      const outgoing = incoming * slopes[at] + 0; // never −0
      arrived[source].push(outgoing);
      return { source, slope: slopes[at], outgoing, why: operations[node.operation].why(node.sources, at, slopes) };
    });
    return { name: node.name, incoming, sent, arrived: Object.fromEntries(Object.entries(arrived).map(([name, parts]) => [name, [...parts]])) };
  });
}

// The gradient of the last node with respect to each.
export function gradients(nodes, values) {
  const { arrived } = backward(nodes, forward(nodes, values)).at(-1);
  return Object.fromEntries(Object.entries(arrived).map(([name, parts]) => [name, total(parts)]));
}

// By how much each node changes when one input does.
export function changes(nodes, values, input, by) {
  const at = nodes.filter(isInput).findIndex(({ name }) => name === input);
  const [before, after] = [values, values.map((value, n) => (n === at ? value + by : value))].map((given) => forward(nodes, given));
  return Object.fromEntries(nodes.map(({ name }) => [name, after[name] - before[name]]));
}

export function written(number) {
  const size = Math.abs(number);
  const sign = number < 0 ? "−" : "";
  if (size < 1e-12) return "0"; // what rounding leaves
  if (size >= 0.001 && size < 9999.5) return sign + Number(size.toPrecision(4));
  const [digits, power] = size.toExponential(2).split("e");
  const raised = [...String(Number(power))].map((letter) => (letter === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[letter])).join("");
  return `${sign}${Number(digits)}·10${raised}`;
}

// ------------------------------------------------------------ the view

const box = { width: 92, height: 46 };
const wideCell = [178, 112]; // from the left to the right
const narrowCell = [116, 146]; // from the top to the bottom
const narrow = 620; // pixels: below this width the graph stands upright

const bracketed = (number) => (number < 0 ? `(${written(number)})` : written(number));
const signed = (number) => (number > 0 ? `+${written(number)}` : written(number));
const listing = (texts) => (texts.length < 2 ? texts.join("") : `${texts.slice(0, -1).join(", ")} and ${texts.at(-1)}`);

function render({ model, el }) {
  const graphs = model.get("graphs");
  const names = Object.keys(graphs);
  const sizes = model.get("nudges");
  let upright = false;

  const nodes = () => graphs[model.get("expression")];
  const inputs = () => nodes().filter(isInput);
  const worked = () => nodes().filter((node) => !isInput(node));
  const last = () => 2 * worked().length + 1;
  const set = (changed) => {
    for (const [name, value] of Object.entries(changed)) model.set(name, value);
    if (!motion.playing) model.save_changes(); // while it plays, Python need not hear of every step
  };
  const goTo = (step) => set({ step: Math.min(Math.max(step, 0), last()) });
  const motion = player({
    step: () => goTo(model.get("step") + 1),
    done: () => model.get("step") >= last(),
    restart: () => goTo(0),
    wait: () => (stillness() ? 3000 : 1600),
    changed: () => {
      model.save_changes();
      draw();
    },
  });
  const move = (action) => motion.first(action);

  const choose = menu(names, move((line) => {
    const values = graphs[names[line]].filter(isInput).map(({ value }) => value);
    set({ step: 0, nudged: "", values, expression: names[line] });
  }));
  const playing = button("Play", motion.toggle, { class: "play" });
  const back = button("Step back", move(() => goTo(model.get("step") - 1)));
  const next = button("Step", move(() => goTo(model.get("step") + 1)));
  const turn = button("All forward", move(() => goTo(worked().length)));
  const end = button("To the end", move(() => goTo(last())));
  const place = slider("Step", [0, 1], move(goTo));
  const count = element("span", { class: "count" });
  const knobs = element("div", { class: "controls knobs", role: "group", "aria-label": "Inputs" });
  const nudging = menu([""], (line) => set({ nudged: line ? inputs()[line - 1].name : "" }));
  const amount = menu(sizes.map(signed), (line) => set({ nudge: sizes[line] }));
  const picture = drawing("svg", { class: "graph", role: "img" });
  const scene = stage(
    "The graph. The left and right arrow keys step, home and end go to the start and the end, the space bar plays and pauses.",
    {
      " ": motion.toggle,
      ArrowLeft: move(() => goTo(model.get("step") - 1)),
      ArrowRight: move(() => goTo(model.get("step") + 1)),
      Home: move(() => goTo(0)),
      End: move(() => goTo(last())),
    },
    picture,
  );
  const said = element("p", { class: "said", role: "status" });
  const sums = element("table", { class: "sums" });
  const effect = element("p", { class: "effect", role: "status" });

  // ---------------------------------------- inputs
  let dials = [];
  function prepare() {
    dials = inputs().map(({ name, limits }, at) => {
      const change = (value) => set({ values: model.get("values").with(at, value / 100) });
      const dial = slider(name, limits.map((limit) => 100 * limit), change);
      dial.step = 10;
      const text = element("span", { class: "count" });
      return { dial, text, label: element("label", { class: "knob" }, text, dial) };
    });
    knobs.replaceChildren(...dials.map(({ label }) => label));
    nudging.replaceChildren(...["nothing", ...inputs().map(({ name }) => name)].map((text) => element("option", {}, text)));
    draw();
  }

  // ---------------------------------------- the picture
  const middle = ({ place: [column, row] }) => {
    const [width, height] = upright ? narrowCell : wideCell;
    return upright ? [row * width + width / 2, column * height + height / 2] : [column * width + width / 2, row * height + height / 2];
  };

  function wire(source, node, { passed, slope, below }) {
    const [[x1, y1], [x2, y2]] = [middle(source), middle(node)];
    const [from, to] = upright ? [[x1, y1 + box.height / 2 + (below ? 24 : 2)], [x2, y2 - box.height / 2 - 24]] : [[x1 + box.width / 2 + 2, y1], [x2 - box.width / 2 - 2, y2]];
    const [tip, angle] = passed ? [from, Math.atan2(from[1] - to[1], from[0] - to[0])] : [to, Math.atan2(to[1] - from[1], to[0] - from[0])];
    const share = y1 === y2 ? 0.5 : 0.42; // nearer to the source, where ways that cross are apart
    const at = [0, 1].map((axis) => from[axis] + share * (to[axis] - from[axis]));
    const parts = [
      drawing("path", { class: "line", d: `M${from}L${to}` }),
      drawing("path", { class: "tip", d: "M2 0L-9-5V5Z", transform: `translate(${tip}) rotate(${(angle * 180) / Math.PI})` }),
    ];
    if (passed) parts.push(drawing("text", { x: at[0], y: at[1] + 5, "text-anchor": "middle" }, `×${bracketed(slope)}`));
    return drawing("g", { class: passed ? "wire passed" : "wire" }, ...parts);
  }

  function block(node, { value, parts, active, delta, complete }) {
    const [x, y] = middle(node);
    const text = (kind, dy, content) => drawing("text", { class: kind, x, y: y + dy, "text-anchor": "middle" }, content);
    const label = node.formula ? `${node.name} = ${node.formula}` : node.name;
    const shape = drawing("rect", { x: x - box.width / 2, y: y - box.height / 2, ...box, rx: isInput(node) ? 23 : 6 });
    const group = drawing("g", { class: `node${active ? " active" : ""}` }, text("label", -box.height / 2 - 8, label));
    if (parts.length) {
      const sum = parts.length > 1 ? `${parts.map((part, n) => (n ? bracketed(part) : written(part))).join(" + ")} = ${written(total(parts))}` : written(parts[0]);
      group.append(text("gradient", box.height / 2 + 18, complete ? sum : `${sum} + …`));
    }
    group.append(shape); // over the clear ground around the texts
    if (value !== undefined) group.append(text("value", delta === undefined ? 6 : 0, written(value)));
    if (delta !== undefined) group.append(text("delta", 17, signed(delta)));
    return group;
  }

  // What has happened up to a step.
  function story() {
    const [list, values, step, work] = [nodes(), model.get("values"), model.get("step"), worked()];
    const found = forward(list, values);
    const way = backward(list, found);
    const known = new Set([...inputs(), ...work.slice(0, step)].map(({ name }) => name));
    const behind = step - work.length - 1; // operations passed on the way back; −1 before it begins
    const passes = way.slice(0, Math.max(behind, 0));
    const result = list.at(-1).name;
    const arrived = passes.at(-1)?.arrived ?? (behind === 0 ? { [result]: [1] } : {});
    const active = step === 0 ? "" : behind < 0 ? work[step - 1].name : (passes.at(-1)?.name ?? result);
    return { list, values, found, way, known, behind, passes, result, arrived, active, work, step };
  }

  function formulaInNumbers(node, found) {
    const from = node.sources.map((name) => bracketed(found[name]));
    const text = { "+": from.join(" + "), "−": from.join(" − "), "·": from.join(" · "), max: `max(${from.join(", ")})`, square: `${from[0]}²`, scale: `${written(node.factor)} · ${from[0]}`, sigmoid: `sigmoid(${written(found[node.sources[0]])})` };
    return `${node.name} = ${node.formula} = ${text[node.operation]} = ${written(found[node.name])}`;
  }

  function sentence({ list, found, behind, passes, result, work, step, way }) {
    if (!step) return "The inputs are known, nothing else.";
    if (behind < 0) return `Forward: ${formulaInNumbers(work[step - 1], found)}.`;
    if (!behind) return `Backward begins at the end: when ${result} grows by a little, ${result} grows by just as much, so its gradient is 1.`;
    const { name, incoming, sent, arrived } = passes.at(-1);
    const gets = sent.map(({ source, outgoing }) => {
      const parts = arrived[source];
      const already = parts.length > 1 ? `, on top of ${written(total(parts.slice(0, -1)))}: together ${written(total(parts))}` : "";
      return `${source} gets ${written(outgoing)}${already}`;
    });
    const done = behind === way.length ? ` Done: the gradient of the inputs is ${listing(list.filter(isInput).map((input) => `${written(total(arrived[input.name]))} for ${input.name}`))}.` : "";
    return `Backward through ${name}, where ${written(incoming)} arrives: ${listing(gets)}.${done}`;
  }

  function drawSums({ passes }) {
    const now = passes.at(-1);
    sums.hidden = !now;
    if (!now) return;
    const head = ["goes to", "arrives", "× local slope", "= sent on", "the slope is"].map((text) => element("th", { scope: "col" }, text));
    const lines = now.sent.map(({ source, slope, outgoing, why }) =>
      element("tr", {}, element("th", { scope: "row" }, source), ...[written(now.incoming), `× ${bracketed(slope)}`, `= ${written(outgoing)}`, why].map((text) => element("td", {}, text))),
    );
    sums.replaceChildren(
      element("caption", {}, `Backward through ${now.name}`),
      element("thead", {}, element("tr", {}, ...head)),
      element("tbody", {}, ...lines),
    );
  }

  function drawEffect({ list, values, found, result }) {
    const [input, by] = [model.get("nudged"), model.get("nudge")];
    if (!input) {
      effect.textContent = "";
      return;
    }
    const slope = gradients(list, values)[input];
    const moved = changes(list, values, input, by)[result];
    const gap = moved - slope * by;
    const verdict = Math.abs(gap) < 1e-9 * Math.max(1, Math.abs(found[result])) ? "Exactly." : `Off by ${written(gap)}.`;
    effect.textContent =
      `Nudge ${input} by ${signed(by)}: ${result} changes by ${written(moved)}. ` +
      `The gradient foretells ${bracketed(slope)} × ${bracketed(by)} = ${written(slope * by)}. ${verdict}`;
  }

  function draw() {
    const now = story();
    const { list, values, found, known, passes, arrived, active, step, work, behind, way } = now;
    const input = model.get("nudged");
    const deltas = input ? changes(list, values, input, model.get("nudge")) : {};
    const byName = Object.fromEntries(list.map((node) => [node.name, node]));
    const extent = [0, 1].map((axis) => Math.max(...list.map((node) => node.place[axis])) + 1);
    const size = upright ? [extent[1] * narrowCell[0], extent[0] * narrowCell[1]] : [extent[0] * wideCell[0], extent[1] * wideCell[1]];
    picture.setAttribute("viewBox", `0 0 ${size[0]} ${size[1]}`);
    picture.style.maxWidth = `${size[0]}px`;
    const wires = list.flatMap((node) =>
      node.sources.map((source, at) => {
        const pass = passes.find(({ name }) => name === node.name);
        return wire(byName[source], node, { passed: Boolean(pass), slope: pass?.sent[at].slope, below: arrived[source]?.length });
      }),
    );
    const blocks = list.map((node) => {
      const parts = arrived[node.name] ?? [];
      const all = way.at(-1).arrived[node.name].length;
      const delta = deltas[node.name] && known.has(node.name) ? deltas[node.name] : undefined;
      return block(node, { value: known.has(node.name) ? found[node.name] : undefined, parts, active: node.name === active, delta, complete: parts.length === all });
    });
    picture.replaceChildren(...wires, ...blocks);

    const told = list.filter(({ name }) => known.has(name)).map(({ name }) => {
      const slope = arrived[name]?.length ? `, gradient ${written(total(arrived[name]))}` : "";
      return `${name} = ${written(found[name])}${slope}`;
    });
    picture.setAttribute("aria-label", `Graph of ${model.get("expression")}. ${told.join("; ")}.`);
    said.setAttribute("aria-live", motion.playing && !stillness() ? "off" : "polite");
    said.textContent = sentence(now);
    drawSums(now);
    drawEffect(now);

    choose.selectedIndex = names.indexOf(model.get("expression"));
    place.max = last();
    place.value = step;
    count.textContent = step === 0 ? "start" : behind < 0 ? `forward ${step} of ${work.length}` : behind === 0 ? "turning point" : `backward ${behind} of ${work.length}`;
    place.setAttribute("aria-valuetext", count.textContent);
    playing.textContent = motion.playing ? "Pause" : "Play";
    back.disabled = !step;
    next.disabled = end.disabled = step === last();
    inputs().forEach(({ name }, at) => {
      const { dial, text } = dials[at];
      dial.value = 100 * values[at];
      text.textContent = `${name} = ${written(values[at])}`;
      dial.setAttribute("aria-valuetext", text.textContent);
    });
    nudging.selectedIndex = inputs().findIndex(({ name }) => name === input) + 1;
    amount.selectedIndex = sizes.indexOf(model.get("nudge"));
    amount.disabled = !input;
  }

  el.append(
    view(
      "computation-graph",
      "An expression as a graph: values forward, gradients backward",
      controls(element("label", {}, "Expression ", choose)),
      controls(playing, back, next, turn, end, place, count),
      knobs,
      controls(element("label", {}, "Nudge ", nudging), element("label", {}, "by ", amount)),
      scene,
      said,
      sums,
      effect,
    ),
  );
  const watch = new ResizeObserver(([{ contentRect }]) => {
    const turned = contentRect.width < narrow;
    if (turned === upright || !contentRect.width) return;
    upright = turned;
    draw();
  });
  watch.observe(el);
  const unfollow = follow(model, { expression: prepare, values: draw, step: draw, nudged: draw, nudge: draw });
  prepare();
  return () => {
    motion.stop();
    watch.disconnect();
    unfollow();
  };
}

export default { render };
