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

function render({ model, el }) {
  const optimizers = model.get("names");
  const rates = model.get("rates");
  const steps = model.get("steps");
  const races = model.get("races").map((race) => ({ ...race, codes: unpacked(race.places) }));

  let paths = [];
  const set = (changes) => {
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
    if (!motion.playing) model.save_changes(); // while it plays, Python need not hear of every step
  };
  const goTo = (step) => set({ step: Math.min(Math.max(step, 0), steps) });
  const motion = player({
    step: () => goTo(model.get("step") + (stillness() ? 25 : 1)),
    done: () => model.get("step") >= steps,
    restart: () => goTo(0),
    wait: () => (stillness() ? 1500 : 1000 / Object.values(speeds)[speed.selectedIndex]),
    changed: () => {
      model.save_changes();
      draw();
    },
  });
  const move = (action) => motion.first(action);

  const surface = menu(races.map((race) => race.name), (line) => set({ surface: line, step: 0 }));
  const speed = menu(Object.keys(speeds), () => {
    if (motion.playing) [motion.toggle, motion.toggle].forEach((toggle) => toggle());
  });
  speed.selectedIndex = 1;
  const playing = button("Play", motion.toggle, { class: "play" });
  const again = button("Back to start", move(() => goTo(0)));
  const place = slider("Step of the race", [0, steps], move(goTo));
  const count = element("span", { class: "count" });
  const rate = slider("Learning rate of all", [0, rates.length - 1], (value) => set({ rate: value, own_rates: false }));
  const rateText = element("span", { class: "count" });
  const own = checkbox((on) => set({ own_rates: on }));

  const hills = drawing("g", { class: "hills" });
  const marks = drawing("g", { class: "marks" });
  const lines = optimizers.map((_, index) => drawing("path", { class: `line racer-${index}`, "stroke-dasharray": dashes[index] }));
  const heads = optimizers.map((_, index) => drawing("path", { class: `head racer-${index}`, d: shapes[index] }));
  const map = drawing("svg", { viewBox: `0 0 ${width} ${height}`, role: "img" }, hills, marks, ...lines, ...heads);

  const show = (index) => (on) => set({ shown: model.get("shown").map((was, other) => (other === index ? on : was)) });
  const boxes = optimizers.map((name, index) => checkbox(show(index), { "aria-label": `Show ${name}` }));
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
  const scene = stage(
    "The race. The space bar plays and pauses, the left and right arrow keys step.",
    {
      " ": motion.toggle,
      ArrowLeft: move(() => goTo(model.get("step") - 1)),
      ArrowRight: move(() => goTo(model.get("step") + 1)),
      Home: move(() => goTo(0)),
      End: move(() => goTo(steps)),
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
    surface.selectedIndex = model.get("surface");
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
    place.value = step;
    place.setAttribute("aria-valuetext", `step ${step} of ${steps}`);
    count.textContent = `${step} of ${steps}`;
    playing.textContent = motion.playing ? "Pause" : "Play";
    if (!motion.playing) said.textContent = summary(step, heights, shown);
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

  el.append(
    view(
      "optimizer-race",
      "Race of optimizers",
      controls(playing, again, place, count, element("label", {}, "Speed ", speed)),
      controls(
        element("label", {}, "Surface ", surface),
        element("span", {}, "Learning rate"),
        rate,
        rateText,
        element("label", {}, own, " each at its own best rate"),
      ),
      element("div", { class: "scene" }, scene, table),
      said,
      formula,
    ),
  );
  const unfollow = follow(model, { step: draw, shown: draw, surface: prepare, rate: prepare, own_rates: prepare });
  prepare();
  return () => {
    motion.stop();
    unfollow();
  };
}

export default { render };
