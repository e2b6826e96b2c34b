// What the views share: elements, controls, playing. Each view's own script follows it in the same module.

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

function button(text, onclick, attributes = {}) {
  return element("button", { type: "button", onclick, ...attributes }, text);
}

function slider(label, [least, most], moved) {
  const attributes = { type: "range", min: least, max: most, "aria-label": label, "data-lm-suppress-shortcuts": "true" };
  return element("input", { ...attributes, oninput: (event) => moved(Number(event.target.value)) });
}

// `chosen` hears the number of the line.
function menu(lines, chosen) {
  const options = lines.map((line) => element("option", {}, String(line)));
  return element("select", { onchange: (event) => chosen(event.target.selectedIndex) }, ...options);
}

function checkbox(chosen, attributes = {}) {
  return element("input", { type: "checkbox", onchange: (event) => chosen(event.target.checked), ...attributes });
}

// What is looked at; once it has the focus, each key of `moves` does what stands there.
function stage(label, moves, ...children) {
  const onkeydown = (event) => {
    const move = moves[event.key];
    if (!move || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    move();
  };
  const attributes = { class: "stage", tabindex: 0, role: "group", "aria-label": label, onkeydown };
  return element("div", { ...attributes, "data-lm-suppress-shortcuts": "true" }, ...children);
}

function view(name, label, ...children) {
  return element("div", { class: `cnnlib-view ${name}`, role: "group", "aria-label": label }, ...children);
}

function controls(...children) {
  return element("div", { class: "controls" }, ...children);
}

// Steps by themselves, `wait()` milliseconds apart, until `done()`; `changed` hears when it starts and stops.
function player({ step, done, restart, wait, changed }) {
  let timer = null;
  const stop = () => {
    clearInterval(timer);
    timer = null;
  };
  const pause = () => {
    if (timer === null) return;
    stop();
    changed();
  };
  const start = () => {
    if (done()) restart();
    timer = setInterval(() => {
      step();
      if (done()) pause();
    }, wait());
    changed();
  };
  return {
    get playing() {
      return timer !== null;
    },
    toggle: () => (timer === null ? start() : pause()),
    first: (action) => (value) => {
      pause();
      action(value);
    }, // whoever moves by hand takes over
    stop,
  };
}

function stillness() {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}

// Draw whenever one of these parts of the state changes; returns what ends it.
function follow(model, draws) {
  for (const [name, draw] of Object.entries(draws)) model.on(`change:${name}`, draw);
  return () => {
    for (const [name, draw] of Object.entries(draws)) model.off(`change:${name}`, draw);
  };
}
