// The activation explorer: a curve, its slope, and a feature map before and after.

// What an activation makes of x, and its slope there. Tested against cnnlesson.ops.
const ACTIVATIONS = {
  "ReLU": x => x > 0 ? x : 0,
  "leaky ReLU": (x, a) => x > 0 ? x : a * x,
  "sigmoid": x => 1 / (1 + Math.exp(-x)),
  "tanh": x => Math.tanh(x),
};
const SLOPES = {
  "ReLU": x => x > 0 ? 1 : 0,
  "leaky ReLU": (x, a) => x > 0 ? 1 : a,
  "sigmoid": x => { const e = Math.exp(-Math.abs(x)); return e / (1 + e) ** 2; },
  "tanh": x => 1 - Math.tanh(x) ** 2,
};

// How many values fall into each of `bins` equal parts of [low, high]; the last part holds its upper end too.
function tally(values, low, high, bins) {
  const counts = new Array(bins).fill(0);
  for (const v of values) if (v >= low && v <= high) counts[Math.min(bins - 1, Math.floor((v - low) / (high - low) * bins))]++;
  return counts;
}

// Numbers near 0 keep three digits: 0.00247 must not read 0.00.
const small = v => v !== 0 && Math.abs(v) < 0.1 ? number(v, 2 - Math.floor(Math.log10(Math.abs(v)))) : fixed(v, 3);
const percent = share => `${number(100 * share, 1)} %`;

function render({ model, el }) {
  const TRAITS = ["function", "slope", "x", "scale", "bias"], [rows, columns] = model.get("shape"), values = floats(model.get("values"));
  const limits = model.get("limits"), send = sender(model), state = {}, ratio = 2, BINS = 40;
  for (const trait of TRAITS) state[trait] = model.get(trait);

  // -- the page -------------------------------------------------------------------------------------------
  const canvas = (kind, wide, high) => h("canvas", { class: kind, width: ratio * wide, height: ratio * high, style: `width:${wide}px`, role: "img" });
  const side = 200, across = Math.round(side * columns / Math.max(rows, columns)), down = Math.round(side * rows / Math.max(rows, columns));
  const [curve, derivative] = ["cl-curve", "cl-derivative"].map(kind => canvas(kind, 260, 170));
  const maps = ["cl-before", "cl-after"].map(kind => canvas(kind, across, down));
  const histograms = ["cl-hist-before", "cl-hist-after"].map(kind => canvas(kind, 200, 80));
  const pick = h("select", { onchange: () => change({ function: pick.value }) }, ...model.get("functions").map(name => h("option", {}, name)));
  const make = (trait, label, step) => slider(label, { min: limits[trait][0], max: limits[trait][1], step, text: v => number(v) }, value => change({ [trait]: value }));
  const sliders = { slope: make("slope", "slope of the leak", 0.01), x: make("x", "x", 0.1), scale: make("scale", "map times", 0.05), bias: make("bias", "map plus", 0.05) };
  const reset = h("button", { type: "button", onclick: () => change({ ...model.get("start") }) }, "Reset");
  const note = () => h("p", { class: "cl-note" }), notes = [note(), note()], scaleNote = note();
  const said = h("p", { class: "cl-sum", role: "status" });
  const panel = (title, ...nodes) => h("section", { class: "cl-panel" }, h("p", { class: "cl-title" }, title), ...nodes);
  el.append(h("div", { class: "cl cl-activation" },
    h("div", { class: "cl-row" },
      panel("function", h("label", { class: "cl-pick" }, "function ", pick), sliders.slope.node, sliders.x.node),
      panel("curve: what comes out", curve), panel("slope of the curve", derivative)),
    said,
    h("div", { class: "cl-row" },
      panel("before", maps[0], histograms[0], notes[0]), panel("after", maps[1], histograms[1], notes[1]),
      panel("the map before", sliders.scale.node, sliders.bias.node, reset, scaleNote))));

  // -- drawing: all of it in the event that asked for it, so that the next frame shows it -------------------
  function change(changes) { Object.assign(state, changes); update(); send(changes); }
  const ink = () => getComputedStyle(el).color;
  function chart(target, f, low, high, label) {
    const c = target.getContext("2d"), W = target.width, H = target.height, [x0, x1] = limits.x;
    const X = x => 60 + (x - x0) / (x1 - x0) * (W - 80), Y = y => H - 44 - (y - low) / (high - low) * (H - 64);
    c.clearRect(0, 0, W, H);
    c.fillStyle = c.strokeStyle = ink(); c.font = "24px system-ui, sans-serif"; c.lineWidth = 1; c.globalAlpha = 0.45;
    for (const [a, b] of [[[x0, 0], [x1, 0]], [[0, low], [0, high]]]) { c.beginPath(); c.moveTo(X(a[0]), Y(a[1])); c.lineTo(X(b[0]), Y(b[1])); c.stroke(); }
    c.globalAlpha = 1;
    c.textAlign = "center"; for (const x of [x0, x0 / 2, 0, x1 / 2, x1]) c.fillText(number(x), X(x), H - 12);
    c.textAlign = "right"; for (const y of new Set([low, 0, high])) c.fillText(number(y), 54, Y(y) + 8);
    c.save(); c.beginPath(); c.rect(60, 12, W - 72, H - 48); c.clip();
    c.lineWidth = 5; c.strokeStyle = "#1976d2"; c.beginPath();
    for (let i = 0; i <= 240; i++) { const x = x0 + (x1 - x0) * i / 240; c[i ? "lineTo" : "moveTo"](X(x), Y(f(x))); }
    c.stroke(); c.restore();
    c.fillStyle = ACCENT; c.beginPath(); c.arc(X(state.x), Y(f(state.x)), 9, 0, 7); c.fill();
    target.setAttribute("aria-label", label);
  }
  function bars(target, all, low, high, label) {
    const c = target.getContext("2d"), W = target.width, H = target.height, counts = tally(all, low, high, BINS), most = Math.max(1, ...counts);
    c.clearRect(0, 0, W, H);
    c.fillStyle = "#8a94a0";
    counts.forEach((n, i) => { const tall = n ? Math.max(2, n / most * (H - 40)) : 0; c.fillRect(i * W / BINS, H - 34 - tall, W / BINS - 1, tall); });
    c.fillStyle = ink(); c.font = "22px system-ui, sans-serif"; c.fillRect(0, H - 34, W, 1);
    c.textAlign = "left"; c.fillText(number(low), 0, H - 8); c.textAlign = "right"; c.fillText(`+${number(high)}`, W, H - 8); c.textAlign = "center"; c.fillText("0", W / 2, H - 8);
    c.fillStyle = ACCENT; c.fillRect(W / 2 - 1, 0, 2, H - 34);
    target.setAttribute("aria-label", label);
  }
  function update() {
    const { slope, x, scale, bias } = state, f = v => ACTIVATIONS[state.function](v, slope), d = v => SLOPES[state.function](v, slope);
    pick.value = state.function;
    for (const [trait, control] of Object.entries(sliders)) control.set(state[trait]);
    sliders.slope.node.style.visibility = state.function === "leaky ReLU" ? "visible" : "hidden";
    const bounded = ["sigmoid", "tanh"].includes(state.function), top = state.function === "sigmoid" ? 0.25 : 1;
    chart(curve, f, bounded ? -1.2 : -6, bounded ? 1.2 : 6, `Curve of ${state.function}; at ${number(x)} it is ${small(f(x))}`);
    chart(derivative, d, 0, 1, `Slope of ${state.function}, at most ${top}; at ${number(x)} it is ${small(d(x))}`);
    const before = values.map(v => v * scale + bias), after = before.map(f), most = limitsOf([...before, ...after], "signed");
    const mean = before.reduce((sum, v) => sum + d(v), 0) / before.length;
    [before, after].forEach((all, i) => {
      const zeros = all.reduce((n, v) => n + (v === 0), 0) / all.length, below = all.reduce((n, v) => n + (v < 0), 0) / all.length;
      paint(maps[i], all, rows, columns, most, "signed");
      notes[i].textContent = `exactly 0: ${percent(zeros)}, negative: ${percent(below)}`;
      const what = `${["before", "after"][i]}, ${rows} by ${columns}, ${notes[i].textContent}`;
      maps[i].setAttribute("aria-label", `Feature map ${what}`);
      bars(histograms[i], all, ...most, `Histogram ${what}`);
    });
    scaleNote.textContent = `purple ${number(most[0])}, white 0, orange +${number(most[1])}, in both maps`;
    said.textContent = `x = ${number(x)}: value ${small(f(x))}, slope ${small(d(x))}. Mean slope over the map: ${small(mean)}.`;
  }

  const unlisten = listen(model, TRAITS, () => {
    const changed = TRAITS.filter(trait => model.get(trait) !== state[trait]);
    if (!changed.length) return;
    for (const trait of changed) state[trait] = model.get(trait);
    update();
  });
  update();
  const themed = new MutationObserver(update);                  // ink follows the theme
  themed.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-name"] });
  requestAnimationFrame(update);                                // by now the page has its colours
  return () => { themed.disconnect(); unlisten(); };
}

export default { render };
