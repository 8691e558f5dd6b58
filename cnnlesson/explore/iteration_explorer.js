// The iteration explorer: forward, loss, backward and update of a tiny network, one stage at a time.
// Digit 8×8 → two 3×3 filters → maps 6×6 → ReLU → 2×2 max pooling → 18 values → dense layer → 10 logits.

const SIZES = { kernels: 18, kernel_bias: 2, dense: 180, dense_bias: 10 };
const OFFSET = { kernels: 0, kernel_bias: 18, dense: 20, dense_bias: 200 };

function softmaxOf(logits) {
  const top = Math.max(...logits), e = logits.map(z => Math.exp(z - top)), sum = e.reduce((a, b) => a + b, 0);
  return e.map(v => v / sum);
}

// Forward of one digit with the 210 weights in one list. Tested against cnnlesson.ops.
function forwardPass(image, label, w) {
  const maps = new Float64Array(72), active = new Float64Array(72), pooled = new Float64Array(18), winner = new Int32Array(18), logits = [];
  for (let f = 0, at = 0; f < 2; f++) for (let i = 0; i < 6; i++) for (let j = 0; j < 6; j++, at++) {
    let sum = w[18 + f];
    for (let a = 0; a < 3; a++) for (let b = 0; b < 3; b++) sum += w[9 * f + 3 * a + b] * image[8 * (i + a) + j + b];
    maps[at] = sum; active[at] = sum > 0 ? sum : 0;
  }
  for (let f = 0, at = 0; f < 2; f++) for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++, at++) {
    const first = 36 * f + 12 * i + 2 * j;
    winner[at] = [first, first + 1, first + 6, first + 7].reduce((best, one) => active[one] > active[best] ? one : best);
    pooled[at] = active[winner[at]];
  }
  for (let k = 0; k < 10; k++) {
    let sum = w[200 + k];
    for (let j = 0; j < 18; j++) sum += w[20 + 18 * k + j] * pooled[j];
    logits.push(sum);
  }
  const top = Math.max(...logits), loss = top + Math.log(logits.reduce((sum, z) => sum + Math.exp(z - top), 0)) - logits[label];
  return { maps, active, pooled, winner, logits, probabilities: softmaxOf(logits), loss };
}

// The same and back again: `gradient` holds one number for each weight, in the same order.
function bothWays(image, label, w) {
  const pass = forwardPass(image, label, w), gradLogits = pass.probabilities.map((p, k) => p - (k === label ? 1 : 0));
  const gradient = new Float64Array(210), gradPooled = new Float64Array(18), gradActive = new Float64Array(72), gradMaps = new Float64Array(72);
  gradLogits.forEach((g, k) => {
    gradient[200 + k] = g;
    for (let j = 0; j < 18; j++) { gradient[20 + 18 * k + j] = g * pass.pooled[j]; gradPooled[j] += g * w[20 + 18 * k + j]; }
  });
  pass.winner.forEach((cell, j) => { gradActive[cell] = gradPooled[j]; });
  for (let f = 0, at = 0; f < 2; f++) for (let i = 0; i < 6; i++) for (let j = 0; j < 6; j++, at++) {
    const g = gradMaps[at] = pass.maps[at] > 0 ? gradActive[at] : 0;
    if (!g) continue;
    gradient[18 + f] += g;
    for (let a = 0; a < 3; a++) for (let b = 0; b < 3; b++) gradient[9 * f + 3 * a + b] += g * image[8 * (i + a) + j + b];
  }
  return { ...pass, gradLogits, gradPooled, gradActive, gradMaps, gradient };
}

// A number in a cell or a sentence: small ones keep a third digit.
const brief = value => {
  const v = Math.round(value * 1e9) / 1e9;                       // 0.1 + 0.2 − 0.3 is 0 for people
  return !Number.isFinite(v) ? "?" : Math.abs(v) >= 1000 ? v.toExponential(1).replace("-", "−") : v === 0 ? "0" : Math.abs(v) < 0.0005 ? (v < 0 ? "−0.000" : "0.000") : fixed(v, Math.abs(v) < 0.1 ? 3 : 2);
};
const added = (terms, bias) => {
  const all = bias === undefined || bias === 0 && terms.length ? terms : [...terms, brief(bias)];
  return all.length ? all.join(" + ").replaceAll("+ −", "− ") : "0";
};
const product = (a, b) => `${brief(a)} · ${b < 0 ? `(${brief(b)})` : brief(b)}`;

function render({ model, el }) {
  const TRAITS = ["stage", "digit", "filter", "row", "column", "array", "index", "nudge", "lr", "numbers", "losses"], ratio = 2;
  const images = model.get("images"), labels = model.get("labels"), names = model.get("stages"), rates = model.get("rates"), send = sender(model), state = {};
  const CHOSEN = "#1976d2";
  for (const trait of TRAITS) state[trait] = model.get(trait);
  let pass, grids = [], built = 0, ink = "#222";

  // -- the page -------------------------------------------------------------------------------------------
  const select = (label, options, trait) => {
    const node = h("select", { "aria-label": label, onchange: () => change({ [trait]: Number(node.value), nudge: 0, row: 0, column: 0 }) }, ...options.map((text, value) => h("option", { value }, text)));
    return node;
  };
  const digit = select("digit", labels.map((label, i) => `${label}${labels.indexOf(label) < i ? " (another)" : ""}`), "digit"), filter = select("filter", ["0", "1"], "filter");
  const button = (text, act, kind = "") => h("button", { type: "button", class: kind, onclick: act }, text);
  const go = stage => change({ stage: Math.max(1, Math.min(names.length, stage)), row: 0, column: 0 });
  const first = button("First", () => go(1)), back = button("◀ Back", () => go(state.stage - 1)), next = button("Next ▶", () => go(state.stage + 1));
  const stages = slider("stage", { min: 1, max: names.length, text: v => `${v} of ${names.length}` }, go);
  const nudge = slider("nudge", { min: -1, max: 1, step: 0.01, text: v => (v > 0 ? "+" : "") + fixed(v, 2) }, value => change({ nudge: value }));
  const rate = slider("learning rate", { min: 0, max: rates.length - 1, text: i => number(rates[i], 3) }, i => change({ lr: rates[i] }));
  const step = button("Take the step", take, "cl-take"), reset = button("Reset", () => change({ ...model.get("start") }));
  const title = h("p", { class: "cl-title cl-heading" }), formula = h("p", { class: "cl-formula" }), table = h("div", { class: "cl-stage" });
  const where = h("p", { class: "cl-where", role: "status" }), error = h("p", { class: "cl-error", role: "alert", hidden: true });
  const weightNote = h("p", { class: "cl-weight" }), lossNote = h("p", { class: "cl-losses" }), stepNote = h("p", { class: "cl-steps" });
  const chart = h("canvas", { class: "cl-chart", width: 320 * ratio, height: 170 * ratio, style: "width:320px", role: "img" });
  const labelled = (text, node) => h("label", {}, h("span", {}, text + " "), node);
  el.append(h("div", { class: "cl cl-iteration" },
    h("div", { class: "cl-row cl-settings" }, labelled("digit", digit), labelled("filter", filter), first, back, next, stages.node),
    title, formula, table, where, error,
    h("div", { class: "cl-row cl-below" },
      h("section", { class: "cl-panel cl-one" }, h("p", { class: "cl-title" }, "the weight outlined in blue"), weightNote, nudge.node, lossNote),
      h("section", { class: "cl-panel" }, h("p", { class: "cl-title" }, "loss against the nudge; dashed: what the gradient predicts"), chart),
      h("section", { class: "cl-panel cl-update" }, h("p", { class: "cl-title" }, "one step for all 210"), rate.node, step, " ", reset, stepNote))));

  // -- state ----------------------------------------------------------------------------------------------
  function change(changes) {
    Object.assign(state, changes);
    const only = (...traits) => Object.keys(changes).every(trait => traits.includes(trait));
    if (only("nudge")) { nudge.set(state.nudge); tell(); } else if (only("stage", "row", "column")) show(); else update();
    send(changes);
  }
  function take() {
    if (!Number.isFinite(pass.loss)) return;
    change({ numbers: state.numbers.map((v, i) => v - state.lr * pass.gradient[i]), losses: [...state.losses, pass.loss], nudge: 0 });
  }
  const at = (array, index) => OFFSET[array] + index;

  // -- the nine stages: columns of grids, the formula, and the sentence of one cell -------------------------
  const image = () => images[state.digit], label = () => labels[state.digit];
  const own = (values, size) => Array.from(values.slice(size * state.filter, size * (state.filter + 1)));
  const pixels = extra => ({ title: "digit", rows: 8, columns: 8, wide: 30, values: image(), palette: "grey", limits: [0, 1], ...extra });
  const map = (title, values, palette, extra) => ({ title, rows: 6, columns: 6, wide: 42, values: own(values, 36), palette, ...extra });
  const kernel = (title, values, extra) => ({ title, rows: 3, columns: 3, wide: 54, values, palette: "signed", pick: (i, j) => ({ array: "kernels", index: 9 * state.filter + 3 * i + j }), ...extra });
  const bias = (title, value, extra) => ({ title, rows: 1, columns: 1, wide: 54, values: [value], palette: "signed", limits: [-1, 1], pick: () => ({ array: "kernel_bias", index: state.filter }), ...extra });
  const classes = (title, values, extra) => ({ title, rows: 10, columns: 1, wide: 66, tall: 25, values, palette: "signed", names: true, ...extra });
  const features = (title, values, extra) => ({ title, rows: 1, columns: 18, wide: 36, tall: 30, decimals: 2, values, palette: "magnitude", ...extra });
  const matrix = (title, from, extra) => ({ title, rows: 10, columns: 18, wide: 36, tall: 25, bare: true, values: Array.from(from.slice(20, 200)), palette: "signed", pick: (i, j) => ({ array: "dense", index: 18 * i + j }), ...extra });
  const weightsOf = () => state.numbers.slice(9 * state.filter, 9 * state.filter + 9);
  const gradientOf = () => Array.from(pass.gradient.slice(9 * state.filter, 9 * state.filter + 9));

  const STAGES = [
    ({ row, column }) => {
      const terms = [], w = weightsOf(), b = state.numbers[18 + state.filter];
      for (let a = 0; a < 3; a++) for (let c = 0; c < 3; c++) if (image()[8 * (row + a) + column + c]) terms.push(product(image()[8 * (row + a) + column + c], w[3 * a + c]));
      return { formula: "map = sum of the nine products in the window + bias",
        columns: [[pixels({ window: [row, column, 3, 3] })], "∗", [kernel("kernel", w), bias("bias", b)], "=", [map("map", pass.maps, "signed", { cursor: true })]],
        said: `row ${row}, column ${column} of the map: ${added(terms, b)} = ${brief(pass.maps[36 * state.filter + 6 * row + column])}${terms.length < 9 ? ` (${9 - terms.length} of 9 pixels are 0)` : ""}` };
    },
    ({ row, column }) => {
      const i = 36 * state.filter + 6 * row + column;
      return { formula: "after ReLU = max(0, map)",
        columns: [[map("map", pass.maps, "signed", { window: [row, column, 1, 1] })], "→", [map("after ReLU", pass.active, "magnitude", { cursor: true })]],
        said: `row ${row}, column ${column}: max(0, ${brief(pass.maps[i])}) = ${brief(pass.active[i])}` };
    },
    ({ row, column }) => {
      const i = 36 * state.filter + 12 * row + 2 * column, cells = [i, i + 1, i + 6, i + 7].map(k => brief(pass.active[k]));
      return { formula: "pooled = largest of each 2×2 window",
        columns: [[map("after ReLU", pass.active, "magnitude", { window: [2 * row, 2 * column, 2, 2] })], "→", [{ title: "pooled", rows: 3, columns: 3, wide: 54, values: own(pass.pooled, 9), palette: "magnitude", limits: limitsOf(own(pass.active, 36), "magnitude"), cursor: true }]],
        said: `row ${row}, column ${column}: max(${cells.join(", ")}) = ${brief(pass.pooled[9 * state.filter + 3 * row + column])}` };
    },
    ({ row: k }) => {
      const w = state.numbers, terms = [];
      for (let j = 0; j < 18; j++) if (pass.pooled[j]) terms.push(product(pass.pooled[j], w[20 + 18 * k + j]));
      return { formula: "logit of a class = sum of (pooled value · its weight) + bias; the pooled values of both filters stand in one row, flattened",
        columns: [[features("pooled, flattened", Array.from(pass.pooled)), matrix("dense weights, a row for each class", w, { window: [k, 0, 1, 18] })], "+", [classes("biases", w.slice(200), { pick: i => ({ array: "dense_bias", index: i }) })], "=", [classes("logits", pass.logits, { cursor: true })]],
        said: `logit of class ${k}: ${added(terms, w[200 + k])} = ${brief(pass.logits[k])}` };
    },
    ({ row: k }) => {
      const e = pass.logits.map(Math.exp), sum = e.reduce((a, b) => a + b, 0), p = pass.probabilities;
      return { formula: "probability = e^logit / sum of all ten;  loss = −ln(probability of the right class)",
        columns: [[classes("logits", pass.logits, { window: [k, 0, 1, 1] })], "→", [classes("e^logit", e, { palette: "magnitude", window: [k, 0, 1, 1] })], "→", [classes("probabilities", p, { palette: "magnitude", limits: [0, 1], cursor: true })]],
        said: `class ${k}: ${brief(e[k])} / ${brief(sum)} = ${brief(p[k])}. Loss: −ln(probability of ${label()}) = −ln ${brief(p[label()])} = ${fixed(pass.loss, 4)}` };
    },
    ({ row: k, column: j }) => {
      const g = pass.gradLogits, w = state.numbers;
      return { formula: "gradient of a logit = p − y (y is 1 for the right class, else 0);  of a weight = p − y of its class · its pooled value;  of a pooled value = sum over the classes of (p − y) · weight",
        columns: [[classes("p − y", g, { window: [k, 0, 1, 1] })], "·", [features("pooled, flattened", Array.from(pass.pooled), { window: [0, j, 1, 1] }), matrix("gradient of the dense weights", pass.gradient, { cursor: true }), features("gradient of the pooled values", Array.from(pass.gradPooled), { palette: "signed", window: [0, j, 1, 1] })]],
        said: `weight from value ${j} to class ${k}: ${product(g[k], pass.pooled[j])} = ${brief(g[k] * pass.pooled[j])}. Value ${j}: ${g.slice(0, 3).map((v, i) => product(v, w[20 + 18 * i + j])).join(" + ").replaceAll("+ −", "− ")} + … (ten products) = ${brief(pass.gradPooled[j])}` };
    },
    ({ row, column }) => {
      const cell = 36 * state.filter + 6 * row + column, i = Math.floor(row / 2), j = Math.floor(column / 2), at = 9 * state.filter + 3 * i + j, won = pass.winner[at] === cell, alive = pass.maps[cell] > 0;
      const reason = !won ? "another cell won this window: 0" : `it won its window and gets ${brief(pass.gradPooled[at])}; ${alive ? `before ReLU it was ${brief(pass.maps[cell])}, above 0: the gradient goes through` : `before ReLU it was ${brief(pass.maps[cell])}, not above 0: 0 is left`}`;
      const grads = limitsOf([...own(pass.gradPooled, 9)], "signed");
      return { formula: "pooling hands the gradient to the winner of the window; ReLU lets it through where the map was above 0",
        columns: [[{ title: "gradient: pooled", rows: 3, columns: 3, wide: 54, values: own(pass.gradPooled, 9), palette: "signed", limits: grads, window: [i, j, 1, 1] }], "→", [map("gradient: after ReLU", pass.gradActive, "signed", { limits: grads, window: [2 * i, 2 * j, 2, 2] })], "→", [map("gradient: map", pass.gradMaps, "signed", { limits: grads, cursor: true })]],
        said: `row ${row}, column ${column}: ${reason}` };
    },
    ({ row: a, column: b }) => {
      const g = own(pass.gradMaps, 36), terms = [];
      for (let i = 0; i < 6; i++) for (let j = 0; j < 6; j++) if (g[6 * i + j]) terms.push(product(image()[8 * (i + a) + j + b], g[6 * i + j]));
      return { formula: "gradient of a kernel cell = sum over all positions of (pixel under that cell · gradient of the map there);  of the bias = sum of the map's gradient",
        columns: [[pixels({ window: [a, b, 6, 6] })], "∗", [map("gradient: map", pass.gradMaps, "signed")], "=", [kernel("gradient: kernel", gradientOf(), { cursor: true }), bias("gradient: bias", pass.gradient[18 + state.filter])]],
        said: `row ${a}, column ${b} of the kernel: ${added(terms)} = ${brief(gradientOf()[3 * a + b])} (${terms.length} of 36 positions have a gradient)` };
    },
    ({ row: a, column: b }) => {
      const w = weightsOf(), g = gradientOf(), both = limitsOf(w, "signed"), moved = w.map((v, i) => v - state.lr * g[i]), i = 3 * a + b;
      const wb = state.numbers[18 + state.filter], gb = pass.gradient[18 + state.filter];
      return { formula: `new weight = weight − learning rate · gradient, for all 210 at once (here: filter ${state.filter}, learning rate ${number(state.lr, 3)})`,
        columns: [[kernel("kernel", w, { limits: both, window: [a, b, 1, 1] }), bias("bias", wb)], `− ${number(state.lr, 3)} ·`, [kernel("gradient", g, { window: [a, b, 1, 1] }), bias("gradient", gb)], "=", [kernel("new kernel", moved, { limits: both, cursor: true, decimals: 3 }), bias("new bias", wb - state.lr * gb)]],
        said: `row ${a}, column ${b}: ${fixed(w[i], 4)} − ${number(state.lr, 3)} · ${g[i] < 0 ? `(${fixed(g[i], 4)})` : fixed(g[i], 4)} = ${fixed(moved[i], 4)}. Take the step (below) to make it so.` };
    },
  ];
  // How far the cursor may go in each stage: rows and columns of the grid that it walks in.
  const REACH = [[6, 6], [6, 6], [3, 3], [10, 1], [10, 1], [10, 18], [6, 6], [3, 3], [3, 3]];

  // -- drawing: all of it in the event that asked for it, so that the next frame shows it -------------------
  function update() {
    pass = bothWays(image(), label(), state.numbers);
    ink = getComputedStyle(el).color;                            // asked once: it makes the page settle its styles
    digit.value = state.digit; filter.value = state.filter;
    nudge.set(state.nudge); rate.set(rates.indexOf(state.lr));
    const finite = Number.isFinite(pass.loss);
    error.hidden = finite; step.disabled = !finite;
    error.textContent = finite ? "" : "The numbers have become too large for the computer. Press Reset and choose a smaller learning rate.";
    show();
    tell();
  }
  function show() {                                              // another stage of the same pass
    const [rows, columns] = REACH[state.stage - 1];
    state.row = Math.min(state.row, rows - 1); state.column = Math.min(state.column, columns - 1);
    stages.set(state.stage);
    first.disabled = back.disabled = state.stage === 1; next.disabled = state.stage === names.length;
    filter.disabled = [4, 5, 6].includes(state.stage);
    title.textContent = `Stage ${state.stage} of ${names.length}: ${names[state.stage - 1]}`;
    look();
  }
  function look() {                                              // the pictures of this stage
    const { columns, formula: rule, said } = STAGES[state.stage - 1](state), all = columns.flat().filter(part => typeof part === "object");
    formula.textContent = rule; where.textContent = `${said}.`.replace("..", ".");
    if (built !== state.stage) {
      built = state.stage;
      grids = all.map(build);
      let n = 0;
      table.replaceChildren(...columns.map(part => typeof part === "string" ? h("span", { class: "cl-sign" }, part) : h("div", { class: "cl-column" }, ...part.map(() => grids[n++].node))));
    } else table.querySelectorAll(".cl-sign").forEach((node, i) => { node.textContent = columns.filter(part => typeof part === "string")[i]; });
    grids.forEach((shown, i) => { shown.grid = all[i]; draw(shown); });
  }
  function build(grid) {
    const live = grid.cursor || grid.pick, tall = grid.tall ?? grid.wide, margin = grid.names ? 26 : 0, wide = grid.columns * grid.wide + margin, shown = { grid };
    const canvas = h("canvas", { width: wide * ratio, height: grid.rows * tall * ratio, style: `width:${wide}px`, ...(live ? { tabindex: 0, role: "application" } : { role: "img" }) });
    const caption = h("p", { class: "cl-title" }, grid.title);
    Object.assign(shown, { canvas, caption, tall, margin, node: h("div", { class: "cl-panel" }, caption, canvas) });
    if (live) {
      const place = e => { const box = canvas.getBoundingClientRect(), y = (e.clientY - box.top) / box.height * grid.rows, x = ((e.clientX - box.left) / box.width * wide - margin) / grid.wide;
        return [Math.max(0, Math.min(grid.rows - 1, Math.floor(y))), Math.max(0, Math.min(grid.columns - 1, Math.floor(x)))]; };
      canvas.addEventListener("pointermove", e => { if (shown.grid.cursor) walk(...place(e)); });
      canvas.addEventListener("click", e => choose(shown.grid, ...place(e)));
      canvas.addEventListener("keydown", e => {
        const [down, right] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Enter: [0, 0], " ": [0, 0] }[e.key] ?? [];
        if (down === undefined) return;
        e.preventDefault();
        const { cursor, rows, columns } = shown.grid, [i, j] = cursor ? [state.row, state.column] : chosenIn(shown.grid) ?? [0, 0];
        const to = [Math.max(0, Math.min(rows - 1, i + down)), Math.max(0, Math.min(columns - 1, j + right))];
        if (cursor && (down || right)) walk(...to); else choose(shown.grid, ...to);
      });
    }
    return shown;
  }
  function walk(row, column) {
    if (row === state.row && column === state.column) return;
    Object.assign(state, { row, column });
    look();
    send({ row, column });
  }
  function choose(grid, i, j) {
    if (grid.pick) change({ ...grid.pick(i, j), nudge: 0, ...(state.stage === 4 ? { row: i } : {}) });
  }
  function chosenIn(grid) {                                      // where in a grid the chosen weight stands
    if (!grid.pick) return null;
    for (let i = 0; i < grid.rows; i++) for (let j = 0; j < grid.columns; j++) { const { array, index } = grid.pick(i, j); if (array === state.array && index === state.index) return [i, j]; }
    return null;
  }
  const spell = (v, { palette, decimals }) => palette === "grey" ? number(v, 1) : decimals ? fixed(v, decimals) : brief(v);
  function draw({ grid, canvas, tall, margin }) {
    const c = canvas.getContext("2d"), { rows, columns, values, palette, wide } = grid, limits = grid.limits ?? limitsOf(values, palette);
    c.clearRect(0, 0, canvas.width, canvas.height);
    c.textAlign = "center"; c.textBaseline = "middle";
    const texts = grid.bare ? null : values.map(v => spell(v, grid)), longest = texts && Math.max(...texts.map(text => text.length));
    if (texts) c.font = `${Math.min(15, (wide - 5) / (0.58 * longest)) * ratio}px system-ui, sans-serif`;
    for (let i = 0, at = 0; i < rows; i++) for (let j = 0; j < columns; j++, at++) {
      const x = (margin + j * wide) * ratio, y = i * tall * ratio, look = colour(values[at], limits, palette), dark = palette === "magnitude" ? shade(values[at], limits) < 112 : look.color === "#fff";
      c.fillStyle = look.background; c.fillRect(x, y, wide * ratio, tall * ratio);
      c.strokeStyle = "#c4c9cf"; c.lineWidth = 1; c.strokeRect(x + 0.5, y + 0.5, wide * ratio - 1, tall * ratio - 1);
      if (texts) { c.fillStyle = dark ? "#fff" : "#000"; c.fillText(texts[at], x + wide * ratio / 2, y + tall * ratio / 2 + 2); }
    }
    if (grid.names) {
      c.fillStyle = ink;
      for (let k = 0; k < 10; k++) { c.font = `${k === label() ? "bold " : ""}${14 * ratio}px system-ui, sans-serif`; c.fillText(k === label() ? `▸${k}` : k, 11 * ratio, (k + 0.5) * tall * ratio + 2); }
    }
    const frame = ([i, j, high, across], style, line, inset) => {
      const box = [(margin + j * wide) * ratio + inset, i * tall * ratio + inset, across * wide * ratio - 2 * inset, high * tall * ratio - 2 * inset];
      for (const [stroke, thick] of [["#fff", line + 3], [style, line]]) { c.strokeStyle = stroke; c.lineWidth = thick; c.strokeRect(...box); }
    };
    const chosen = chosenIn(grid), window = grid.cursor ? [state.row, state.column, 1, 1] : grid.window;
    if (window) frame(window, ACCENT, 5, 3);
    if (chosen) frame([...chosen, 1, 1], CHOSEN, 5, window ? 8 : 3);
    const peak = values.reduce((best, v, i) => Math.abs(v) > Math.abs(values[best]) ? i : best, 0);
    canvas.setAttribute("aria-label", `${grid.title}, ${rows} × ${columns}. ` + (texts && texts.length <= 20 ? texts.join(", ") : `Largest: ${brief(values[peak])} in row ${Math.floor(peak / columns)}, column ${peak % columns}`)
      + (grid.pick ? ". Click or press Enter to choose a weight." : grid.cursor ? ". Arrow keys move through it." : "."));
  }
  const WHAT = { kernels: i => `kernel ${Math.floor(i / 9)}, row ${Math.floor(i % 9 / 3)}, column ${i % 3}`, kernel_bias: i => `bias of filter ${i}`,
    dense: i => `dense weight from value ${i % 18} to class ${Math.floor(i / 18)}`, dense_bias: i => `bias of class ${i}` };
  function lossAt(by) {
    const moved = state.numbers.slice();
    moved[at(state.array, state.index)] += by;
    return forwardPass(image(), label(), moved).loss;
  }
  function tell() {                                              // the chosen weight, the nudge, the step
    const k = at(state.array, state.index), g = pass.gradient[k], L = pass.loss, by = state.nudge, predicted = L + g * by, truth = lossAt(by);
    weightNote.textContent = `${WHAT[state.array](state.index)}: ${fixed(state.numbers[k], 3)}. Its gradient: ${fixed(g, 4)}.`;
    lossNote.textContent = by ? `Loss ${fixed(L, 4)}. Predicted: ${fixed(L, 4)} ${g * by < 0 ? "−" : "+"} ${fixed(Math.abs(by), 2)} · ${fixed(Math.abs(g), 4)} = ${fixed(predicted, 4)}. True: ${fixed(truth, 4)}, which is ${fixed(Math.abs(truth - predicted), 4)} ${truth >= predicted ? "more" : "less"} than predicted.`
      : `Loss ${fixed(L, 4)}. Nudge the weight: the loss answers.`;
    const after = forwardPass(image(), label(), state.numbers.map((v, i) => v - state.lr * pass.gradient[i])).loss, trail = [...state.losses, L];
    stepNote.textContent = `Iterations done: ${state.losses.length}. Loss ${trail.length > 5 ? "… → " : ""}${trail.slice(-5).map(v => fixed(v, 3)).join(" → ")}. The next step makes it ${Number.isFinite(after) ? fixed(after, 3) : "too large"}.`;
    const c = chart.getContext("2d"), W = chart.width, H = chart.height, points = Array.from({ length: 41 }, (_, i) => lossAt(i / 20 - 1));
    const low = Math.min(...points), high = Math.max(...points), pad = Math.max(0.02, 0.15 * (high - low));
    const X = x => 92 + (x + 1) / 2 * (W - 112), Y = y => H - 48 - (y - low + pad) / (high - low + 2 * pad) * (H - 64);
    c.clearRect(0, 0, W, H);
    if (!points.every(Number.isFinite)) return;
    c.font = "24px system-ui, sans-serif"; c.fillStyle = c.strokeStyle = ink; c.textAlign = "right"; c.textBaseline = "middle";
    c.fillText(fixed(high, 2), 84, Y(high)); if (Y(low) - Y(high) > 26) c.fillText(fixed(low, 2), 84, Y(low));
    c.textAlign = "center"; for (const x of [-1, 0, 1]) c.fillText(x > 0 ? "+1" : number(x), X(x), H - 18);
    c.globalAlpha = 0.4; c.lineWidth = 1; c.beginPath(); c.moveTo(X(-1), H - 42); c.lineTo(X(1), H - 42); c.moveTo(X(0), 8); c.lineTo(X(0), H - 42); c.stroke(); c.globalAlpha = 1;
    c.save(); c.beginPath(); c.rect(88, 4, W - 100, H - 46); c.clip();
    c.strokeStyle = CHOSEN; c.lineWidth = 5; c.beginPath(); points.forEach((y, i) => c[i ? "lineTo" : "moveTo"](X(i / 20 - 1), Y(y))); c.stroke();
    c.strokeStyle = ink; c.lineWidth = 3; c.setLineDash([10, 8]); c.beginPath(); c.moveTo(X(-1), Y(L - g)); c.lineTo(X(1), Y(L + g)); c.stroke(); c.setLineDash([]);
    c.restore();
    c.fillStyle = ACCENT; c.beginPath(); c.arc(X(by), Y(truth), 9, 0, 7); c.fill();
    chart.setAttribute("aria-label", `Loss for nudges from −1 to +1: from ${fixed(points[0], 2)} to ${fixed(points[40], 2)}, lowest ${fixed(low, 2)}; slope at 0: ${fixed(g, 4)}. At the nudge of ${fixed(by, 2)}: ${fixed(truth, 4)}.`);
  }

  const unlisten = listen(model, TRAITS, () => {
    const changes = TRAITS.filter(trait => JSON.stringify(model.get(trait)) !== JSON.stringify(state[trait]));
    if (!changes.length || el.contains(document.activeElement) && changes.every(t => t === "row" || t === "column")) return;
    for (const trait of changes) state[trait] = model.get(trait);
    update();
  });
  update();
  const themed = new MutationObserver(update);                  // ink follows the theme
  themed.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-name"] });
  requestAnimationFrame(update);                                // by now the page has its colours
  return () => { themed.disconnect(); unlisten(); };
}

export default { render };
