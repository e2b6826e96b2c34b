// A kernel slides over a small image: every product and every sum, computed in the page, with or without Python behind it.

// ------------------------------------------------------------ the arithmetic: pure functions, tested on their own

export function turned(kernel) {
  return kernel.map((row) => [...row].reverse()).reverse();
}

export function padded(image, padding) {
  const width = image[0].length + 2 * padding;
  const border = Array.from({ length: padding }, () => Array(width).fill(0));
  const side = Array(padding).fill(0);
  return [...border, ...image.map((row) => [...side, ...row, ...side]), ...border];
}

export function places(size, kernelSize, stride, padding) {
  return Math.max(0, Math.floor((size + 2 * padding - kernelSize) / stride) + 1);
}

export function layout({ image, kernel, stride, padding, flip }) {
  const input = padded(image, padding);
  const weights = flip ? turned(kernel) : kernel;
  const rows = places(image.length, kernel.length, stride, padding);
  const columns = places(image[0].length, kernel[0].length, stride, padding);
  const windowAt = (position) => {
    const row = Math.floor(position / columns);
    const column = position % columns;
    const [top, left] = [row * stride, column * stride];
    const terms = weights.flatMap((line, i) => line.map((weight, j) => [input[top + i][left + j], weight]));
    return { row, column, top, left, terms, sum: terms.reduce((total, [x, w]) => total + x * w, 0) };
  };
  return { input, weights, rows, columns, count: rows * columns, windowAt };
}

export function written(number) {
  return String(Math.round(number * 100) / 100).replace("-", "−");
}

// ------------------------------------------------------------ the view

function table(caption, numbers, cell) {
  const rows = numbers.map((line, r) =>
    element("tr", {}, ...line.map((number, c) => element("td", { class: cell(r, c)[0] }, ...cell(r, c)[1]))),
  );
  return element("table", {}, element("caption", {}, caption), element("tbody", {}, ...rows));
}

function formula(name, size, kernelSize, stride, padding, result) {
  return `${name} = ⌊(${size} + 2·${padding} − ${kernelSize}) / ${stride}⌋ + 1 = ${result}`;
}

function render({ model, el }) {
  const names = ["image", "kernel", "stride", "padding", "flip", "position"];
  const state = () => Object.fromEntries(names.map((name) => [name, model.get(name)]));
  const set = (changes) => {
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
    model.save_changes();
  };
  const { kernel } = state();
  const longest = Math.max(kernel.length, kernel[0].length);

  const goTo = (position) => set({ position: Math.min(Math.max(position, 0), layout(state()).count - 1) });
  const step = (by) => goTo(model.get("position") + by);
  const motion = player({
    step: () => step(1),
    done: () => model.get("position") >= layout(state()).count - 1,
    restart: () => goTo(0),
    wait: () => (stillness() ? 2000 : 800),
    changed: () => draw(),
  });
  const move = (action) => motion.first(action);

  const first = button("«", move(() => goTo(0)), { "aria-label": "First window" });
  const back = button("‹", move(() => step(-1)), { "aria-label": "Previous window" });
  const next = button("›", move(() => step(1)), { "aria-label": "Next window" });
  const playing = button("Play", motion.toggle, { class: "play" });
  const place = slider("Position of the window", [1, 1], move((position) => goTo(position - 1)));
  const count = element("span", { class: "count" });
  const stride = menu([1, 2, 3], (line) => set({ stride: line + 1, position: 0 }));
  const padding = menu([...Array(longest).keys()], (line) => set({ padding: line, position: 0 }));
  const flip = checkbox((on) => set({ flip: on }));

  const tables = element("div", { class: "tables" });
  const terms = element("p", { class: "terms" });
  const sum = element("p", { class: "sum", "aria-live": "polite" });
  const shape = element("p", { class: "shape" });
  const moves = { ArrowLeft: () => step(-1), ArrowRight: () => step(1), Home: () => goTo(0), End: () => goTo(Infinity) };
  const keys = Object.fromEntries(Object.entries(moves).map(([key, action]) => [key, move(action)]));
  const scene = stage("Image, kernel and output. The left and right arrow keys move the window.", keys, tables, terms);

  function draw() {
    const now = state();
    const plan = layout(now);
    const at = Math.min(now.position, plan.count - 1);
    const here = plan.windowAt(at);
    const [height, width] = [now.image.length, now.image[0].length];
    const [kernelHeight, kernelWidth] = [now.kernel.length, now.kernel[0].length];

    const input = table(now.padding ? `Input ${height} × ${width}, padding ${now.padding}` : `Input ${height} × ${width}`, plan.input, (r, c) => {
      const border = r < now.padding || c < now.padding || r >= now.padding + height || c >= now.padding + width;
      const weight = plan.weights[r - here.top]?.[c - here.left];
      const covered = weight !== undefined;
      const kind = `${border ? "border" : ""} ${covered ? "window" : ""}`.trim();
      const parts = [written(plan.input[r][c])];
      if (covered) parts.push(element("sub", {}, `×${written(weight)}`));
      return [kind, parts];
    });
    const weights = table(now.flip ? "Kernel, flipped" : "Kernel", plan.weights, (r, c) => ["weight", [written(plan.weights[r][c])]]);
    const blank = Array.from({ length: plan.rows }, () => Array(plan.columns).fill(0));
    const output = table(`Output ${plan.rows} × ${plan.columns}`, blank, (r, c) => {
      const position = r * plan.columns + c;
      if (position > at) return ["later", ["·"]];
      return [position === at ? "result" : "", [written(plan.windowAt(position).sum)]];
    });
    tables.replaceChildren(input, weights, output);

    const products = here.terms.map(([x, w]) => (w < 0 ? `${written(x)}·(${written(w)})` : `${written(x)}·${written(w)}`));
    terms.textContent = `${products.join(" + ")} = ${written(here.sum)}`;
    sum.setAttribute("aria-live", motion.playing ? "off" : "polite");
    sum.textContent = `Row ${here.row + 1}, column ${here.column + 1} of the output: the products add up to ${written(here.sum)}.`;
    const [restDown, restRight] = [
      (height + 2 * now.padding - kernelHeight) % now.stride,
      (width + 2 * now.padding - kernelWidth) % now.stride,
    ];
    const unused = restDown + restRight ? ` The window never reaches the last ${restDown} rows and ${restRight} columns.` : "";
    shape.textContent =
      `${formula("rows", height, kernelHeight, now.stride, now.padding, plan.rows)};  ` +
      `${formula("columns", width, kernelWidth, now.stride, now.padding, plan.columns)}.${unused}`;

    place.max = plan.count;
    place.value = at + 1;
    place.setAttribute("aria-valuetext", `window ${at + 1} of ${plan.count}`);
    count.textContent = `${at + 1} of ${plan.count}`;
    stride.selectedIndex = now.stride - 1;
    padding.selectedIndex = now.padding;
    flip.checked = now.flip;
    playing.textContent = motion.playing ? "Pause" : "Play";
  }

  el.append(
    view(
      "sliding-window",
      "Sliding window",
      controls(first, back, next, playing, place, count),
      controls(
        element("label", {}, "Stride ", stride),
        element("label", {}, "Padding ", padding),
        element("label", {}, flip, " Flip the kernel (convolution)"),
      ),
      scene,
      sum,
      shape,
    ),
  );
  const unfollow = follow(model, Object.fromEntries(names.map((name) => [name, draw])));
  draw();
  return () => {
    motion.stop();
    unfollow();
  };
}

export default { render };
