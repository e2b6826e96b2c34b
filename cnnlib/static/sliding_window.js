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

function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

function table(caption, numbers, cell) {
  const rows = numbers.map((line, r) =>
    element("tr", {}, ...line.map((number, c) => element("td", { class: cell(r, c)[0] }, ...cell(r, c)[1]))),
  );
  return element("table", {}, element("caption", {}, caption), element("tbody", {}, ...rows));
}

function select(label, values, onchange) {
  const options = values.map((value) => element("option", { value }, String(value)));
  const input = element("select", { onchange: () => onchange(Number(input.value)) }, ...options);
  return [input, element("label", {}, `${label} `, input)];
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

  let timer = null;
  const pause = () => {
    clearInterval(timer);
    timer = null;
    draw();
  };
  const goTo = (position) => {
    const { count } = layout(state());
    set({ position: Math.min(Math.max(position, 0), count - 1) });
  };
  const step = (by) => goTo(model.get("position") + by);
  const play = () => {
    if (timer) return pause();
    if (model.get("position") >= layout(state()).count - 1) goTo(0);
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    timer = setInterval(
      () => (model.get("position") >= layout(state()).count - 1 ? pause() : step(1)),
      still ? 2000 : 800,
    );
    draw();
  };
  const click = (action) => () => {
    if (timer) pause();
    action();
  };

  const first = element("button", { type: "button", "aria-label": "First window", onclick: click(() => goTo(0)) }, "«");
  const back = element("button", { type: "button", "aria-label": "Previous window", onclick: click(() => step(-1)) }, "‹");
  const next = element("button", { type: "button", "aria-label": "Next window", onclick: click(() => step(1)) }, "›");
  const playing = element("button", { type: "button", class: "play", onclick: play }, "Play");
  const slider = element("input", {
    type: "range",
    min: 1,
    "aria-label": "Position of the window",
    "data-lm-suppress-shortcuts": "true",
    oninput: click(() => goTo(Number(slider.value) - 1)),
  });
  const count = element("span", { class: "count" });
  const [stride, strideLabel] = select("Stride", [1, 2, 3], (value) => set({ stride: value, position: 0 }));
  const paddings = Array.from({ length: longest }, (_, value) => value);
  const [padding, paddingLabel] = select("Padding", paddings, (value) => set({ padding: value, position: 0 }));
  const flip = element("input", { type: "checkbox", onchange: () => set({ flip: flip.checked }) });
  const flipLabel = element("label", {}, flip, " Flip the kernel (convolution)");

  const tables = element("div", { class: "tables" });
  const terms = element("p", { class: "terms" });
  const sum = element("p", { class: "sum", "aria-live": "polite" });
  const shape = element("p", { class: "shape" });
  const stage = element(
    "div",
    {
      class: "stage",
      tabindex: 0,
      role: "group",
      "aria-label": "Image, kernel and output. The left and right arrow keys move the window.",
      "data-lm-suppress-shortcuts": "true",
      onkeydown: (event) => {
        const moves = { ArrowLeft: () => step(-1), ArrowRight: () => step(1), Home: () => goTo(0), End: () => goTo(Infinity) };
        if (!moves[event.key] || event.altKey || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        event.stopPropagation();
        click(moves[event.key])();
      },
    },
    tables,
    terms,
  );

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
    sum.setAttribute("aria-live", timer ? "off" : "polite");
    sum.textContent = `Row ${here.row + 1}, column ${here.column + 1} of the output: the products add up to ${written(here.sum)}.`;
    const [restDown, restRight] = [
      (height + 2 * now.padding - kernelHeight) % now.stride,
      (width + 2 * now.padding - kernelWidth) % now.stride,
    ];
    const unused = restDown + restRight ? ` The window never reaches the last ${restDown} rows and ${restRight} columns.` : "";
    shape.textContent =
      `${formula("rows", height, kernelHeight, now.stride, now.padding, plan.rows)};  ` +
      `${formula("columns", width, kernelWidth, now.stride, now.padding, plan.columns)}.${unused}`;

    slider.max = plan.count;
    slider.value = at + 1;
    slider.setAttribute("aria-valuetext", `window ${at + 1} of ${plan.count}`);
    count.textContent = `${at + 1} of ${plan.count}`;
    stride.value = now.stride;
    padding.value = now.padding;
    flip.checked = now.flip;
    playing.textContent = timer ? "Pause" : "Play";
  }

  const root = element(
    "div",
    { class: "sliding-window", role: "group", "aria-label": "Sliding window" },
    element("div", { class: "controls" }, first, back, next, playing, slider, count),
    element("div", { class: "controls" }, strideLabel, paddingLabel, flipLabel),
    stage,
    sum,
    shape,
  );
  el.append(root);
  for (const name of names) model.on(`change:${name}`, draw);
  draw();
  return () => {
    clearInterval(timer);
    for (const name of names) model.off(`change:${name}`, draw);
  };
}

export default { render };
