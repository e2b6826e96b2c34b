// Optimizers race down a surface. Their paths were computed before; the page only draws, with or without Python behind it.

const [width, height] = [600, 400];
const beyond = 65535;
const speeds = { slow: 8, normal: 25, fast: 75 }; // steps a second

// Shapes, so that nobody needs the colours to tell seven optimizers apart.
const shapes = [
  "M-5.5 0A5.5 5.5 0 1 0 5.5 0A5.5 5.5 0 1 0 -5.5 0Z",
  "M-5-5H5V5H-5Z",
  "M0-6.5L6 4.5H-6Z",
  "M0-7L6 0L0 7L-6 0Z",
  "M-6-3L-3-6L0-3L3-6L6-3L3 0L6 3L3 6L0 3L-3 6L-6 3L-3 0Z",
  "M-2.2-6.5H2.2V-2.2H6.5V2.2H2.2V6.5H-2.2V2.2H-6.5V-2.2H-2.2Z",
  "M0-7.5L2-2.5L7.2-2.3L3.2 1L4.5 6.2L0 3.2L-4.5 6.2L-3.2 1L-7.2-2.3L-2-2.5Z",
];
const dashes = ["none", "9 3", "3 3", "12 3 3 3", "6 2 2 2 2 2", "2 5", "none"];

// ------------------------------------------------------------ reading the paths: pure functions, tested on their own

export function unpacked(text) {
  return new Uint16Array(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
}

export function placed(codes, at) {
  const [column, row, climb] = codes.subarray(3 * at, 3 * at + 3);
  return {
    column: ((3 * column) / 65534 - 1) * width,
    row: ((3 * row) / 65534 - 1) * height,
    height: climb === beyond ? Infinity : 10 ** ((12 * climb) / 65534 - 8),
  };
}

export function path(race, { rates, steps, ownRates, rate }, optimizer) {
  const chosen = ownRates ? race.best[optimizer] : rate;
  const start = (optimizer * rates + chosen) * (steps + 1);
  const places = Array.from({ length: steps + 1 }, (_, step) => placed(race.codes, start + step));
  return { rate: chosen, places };
}

export function drawn(places, step) {
  const first = places.findIndex((place) => place.height === Infinity);
  const last = first < 0 ? step : Math.min(step, first);
  return "M" + places.slice(0, last + 1).map(({ column, row }) => `${column.toFixed(1)} ${row.toFixed(1)}`).join("L");
}

export function written(number) {
  if (number === Infinity) return "out of sight";
  if (number < 2e-8) return "0";
  if (number >= 0.001) return number.toPrecision(2).includes("e") ? String(Math.round(number)) : String(Number(number.toPrecision(2)));
  const power = Math.floor(Math.log10(number));
  const digits = [..."⁰¹²³⁴⁵⁶⁷⁸⁹"];
  return `${(number / 10 ** power).toFixed(1)}·10⁻${[...String(-power)].map((digit) => digits[digit]).join("")}`;
}

// ------------------------------------------------------------ the view

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

function element(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function drawing(tag, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function range(label, most, oninput) {
  const attributes = { type: "range", min: 0, max: most, "aria-label": label, "data-lm-suppress-shortcuts": "true" };
  return element("input", { ...attributes, oninput: (event) => oninput(Number(event.target.value)) });
}

function render({ model, el }) {
  const names = ["surface", "rate", "own_rates", "shown", "step"];
  const optimizers = model.get("names");
  const rates = model.get("rates");
  const steps = model.get("steps");
  const races = model.get("races").map((race) => ({ ...race, codes: unpacked(race.places) }));

  let timer = null;
  let paths = [];
  const set = (changes) => {
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
    if (!timer) model.save_changes(); // while it plays, Python need not hear of every step
  };
  const pause = () => {
    clearInterval(timer);
    timer = null;
    model.save_changes();
    draw();
  };
  const goTo = (step) => set({ step: Math.min(Math.max(step, 0), steps) });
  const play = () => {
    if (timer) return pause();
    if (model.get("step") >= steps) goTo(0);
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const [by, wait] = still ? [25, 1500] : [1, 1000 / speeds[speed.value]];
    timer = setInterval(() => {
      goTo(model.get("step") + by);
      if (model.get("step") >= steps) pause();
    }, wait);
    draw();
  };
  const click = (action) => () => {
    if (timer) pause();
    action();
  };

  const surface = element(
    "select",
    { onchange: () => set({ surface: Number(surface.value), step: 0 }) },
    ...races.map((race, index) => element("option", { value: index }, race.name)),
  );
  const speed = element(
    "select",
    {
      onchange: () => {
        if (timer) [play, play].forEach((toggle) => toggle());
      },
    },
    ...Object.keys(speeds).map((name) => element("option", { value: name }, name)),
  );
  speed.value = "normal";
  const playing = element("button", { type: "button", class: "play", onclick: play }, "Play");
  const again = element("button", { type: "button", onclick: click(() => goTo(0)) }, "Back to start");
  const slider = range("Step of the race", steps, (value) => click(() => goTo(value))());
  const count = element("span", { class: "count" });
  const rate = range("Learning rate of all", rates.length - 1, (value) => set({ rate: value, own_rates: false }));
  const rateText = element("span", { class: "count" });
  const own = element("input", { type: "checkbox", onchange: () => set({ own_rates: own.checked }) });

  const hills = drawing("g", { class: "hills" });
  const marks = drawing("g", { class: "marks" });
  const lines = optimizers.map((_, index) => drawing("path", { class: `line racer-${index}`, "stroke-dasharray": dashes[index] }));
  const heads = optimizers.map((_, index) => drawing("path", { class: `head racer-${index}`, d: shapes[index] }));
  const map = drawing("svg", { viewBox: `0 0 ${width} ${height}`, role: "img" }, hills, marks, ...lines, ...heads);

  const boxes = optimizers.map((name, index) => {
    const box = element("input", {
      type: "checkbox",
      "aria-label": `Show ${name}`,
      onchange: () => set({ shown: model.get("shown").map((on, other) => (other === index ? box.checked : on)) }),
    });
    return box;
  });
  const rateCells = optimizers.map(() => element("td"));
  const heightCells = optimizers.map(() => element("td"));
  const rows = optimizers.map((name, index) => {
    const sample = drawing("svg", { viewBox: "-9 -9 18 18", "aria-hidden": "true" }, drawing("path", { class: `head racer-${index}`, d: shapes[index] }));
    const label = element("label", {}, boxes[index], sample, ` ${name}`);
    return element("tr", {}, element("th", { scope: "row" }, label), rateCells[index], heightCells[index]);
  });
  const heading = ["optimizer", "rate", "height"].map((text) => element("th", { scope: "col" }, text));
  const table = element("table", {}, element("thead", {}, element("tr", {}, ...heading)), element("tbody", {}, ...rows));

  const said = element("p", { class: "said", role: "status" });
  const formula = element("p", { class: "formula" });
  const stage = element(
    "div",
    {
      class: "stage",
      tabindex: 0,
      role: "group",
      "aria-label": "The race. The space bar plays and pauses, the left and right arrow keys step.",
      "data-lm-suppress-shortcuts": "true",
      onkeydown: (event) => {
        const step = model.get("step");
        const moves = { ArrowLeft: step - 1, ArrowRight: step + 1, Home: 0, End: steps };
        if ((event.key !== " " && !(event.key in moves)) || event.altKey || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        event.stopPropagation();
        if (event.key === " ") play();
        else click(() => goTo(moves[event.key]))();
      },
    },
    map,
  );

  function prepare() {
    const race = races[model.get("surface")];
    const choice = { rates: rates.length, steps, ownRates: model.get("own_rates"), rate: model.get("rate") };
    paths = optimizers.map((_, index) => path(race, choice, index));
    hills.replaceChildren(...race.contours.map((d) => drawing("path", { d, "fill-rule": "evenodd" })));
    const [column, row] = race.start;
    marks.replaceChildren(
      drawing("circle", { cx: column, cy: row, r: 9 }),
      drawing("text", { x: column + 14, y: row + 5 }, "start"),
      ...race.minima.map(([x, y]) => drawing("path", { d: `M${x - 9} ${y}h18M${x} ${y - 9}v18` })),
    );
    map.setAttribute("aria-label", `Map of the surface ${race.name}: shaded by height, with the paths of the optimizers. Crosses mark the lowest places.`);
    formula.textContent = `Height: ${race.formula}. The circle is the start, a cross marks the lowest place; the stronger the shading, the higher.`;
    surface.value = model.get("surface");
    rate.value = choice.rate;
    own.checked = choice.ownRates;
    rateText.textContent = choice.ownRates ? "each its own" : String(rates[choice.rate]);
    rate.setAttribute("aria-valuetext", rateText.textContent);
    draw();
  }

  function draw() {
    const step = model.get("step");
    const shown = model.get("shown");
    const heights = paths.map(({ places }) => places[step].height);
    const lowest = Math.min(...heights.filter((_, index) => shown[index]));
    optimizers.forEach((name, index) => {
      const { places, rate: chosen } = paths[index];
      const { column, row } = places[step];
      const away = heights[index] === Infinity;
      lines[index].setAttribute("d", drawn(places, step));
      lines[index].style.display = shown[index] ? "" : "none";
      heads[index].setAttribute("transform", `translate(${column.toFixed(1)} ${row.toFixed(1)})`);
      heads[index].style.display = shown[index] && !away ? "" : "none";
      boxes[index].checked = shown[index];
      rateCells[index].textContent = rates[chosen];
      heightCells[index].textContent = written(heights[index]);
      rows[index].classList.toggle("lowest", step > 0 && shown[index] && heights[index] === lowest && !away);
      rows[index].classList.toggle("hidden", !shown[index]);
    });
    slider.value = step;
    slider.setAttribute("aria-valuetext", `step ${step} of ${steps}`);
    count.textContent = `${step} of ${steps}`;
    playing.textContent = timer ? "Pause" : "Play";
    if (!timer) said.textContent = summary(step, heights, shown);
  }

  function summary(step, heights, shown) {
    const order = optimizers.map((_, index) => index).filter((index) => shown[index]);
    if (!order.length) return "No optimizer is shown.";
    if (!step) return "At the start. Press Play.";
    order.sort((one, other) => heights[one] - heights[other] || 0);
    const leaders = order.slice(0, 3).filter((index) => heights[index] < Infinity);
    const away = order.filter((index) => heights[index] === Infinity).map((index) => optimizers[index]);
    const lead = leaders.map((index) => `${optimizers[index]} at ${written(heights[index])}`).join(", ");
    return `After ${step} steps${lead ? `, lowest first: ${lead}` : ""}.${away.length ? ` Out of sight: ${away.join(", ")}.` : ""}`;
  }

  const root = element(
    "div",
    { class: "optimizer-race", role: "group", "aria-label": "Race of optimizers" },
    element("div", { class: "controls" }, playing, again, slider, count, element("label", {}, "Speed ", speed)),
    element(
      "div",
      { class: "controls" },
      element("label", {}, "Surface ", surface),
      element("span", {}, "Learning rate"),
      rate,
      rateText,
      element("label", {}, own, " each at its own best rate"),
    ),
    element("div", { class: "scene" }, stage, table),
    said,
    formula,
  );
  el.append(root);
  const redraw = { step: draw, shown: draw };
  for (const name of names) model.on(`change:${name}`, redraw[name] ?? prepare);
  prepare();
  return () => {
    clearInterval(timer);
    for (const name of names) model.off(`change:${name}`, redraw[name] ?? prepare);
  };
}

export default { render };
