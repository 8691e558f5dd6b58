// The pooling explorer: a map, its pooled map, what a shift changes; a strided convolution and the global average beside.

// Pooling of one map. Tested against cnnlesson.ops: max_pool2d, avg_pool2d, sum_pool2d.
function poolMap(values, height, width, { kind, window: side, stride, padding }) {
  const rows = Math.floor((height + 2 * padding - side) / stride) + 1, columns = Math.floor((width + 2 * padding - side) / stride) + 1;
  const out = new Float64Array(rows * columns);
  for (let i = 0, o = 0; i < rows; i++) for (let j = 0; j < columns; j++, o++) {
    const top = i * stride - padding, left = j * stride - padding;
    let most = -Infinity, sum = 0, cells = 0;
    for (let y = Math.max(0, top); y < Math.min(height, top + side); y++) for (let x = Math.max(0, left); x < Math.min(width, left + side); x++) {
      const value = values[y * width + x];
      if (value > most) most = value;
      sum += value; cells++;
    }
    out[o] = kind === "max" ? most : kind === "sum" ? sum : sum / (kind === "average" ? side * side : cells);
  }
  return { values: out, rows, columns };
}

// A convolution with a border of zeros, 1 wide. Tested against cnnlesson.ops.conv2d.
function stridedMap(values, height, width, kernel, stride) {
  const k = kernel.length, rows = Math.floor((height + 2 - k) / stride) + 1, columns = Math.floor((width + 2 - k) / stride) + 1;
  const out = new Float64Array(rows * columns);
  for (let i = 0, o = 0; i < rows; i++) for (let j = 0; j < columns; j++, o++)
    for (let a = 0; a < k; a++) for (let b = 0; b < k; b++) {
      const y = i * stride - 1 + a, x = j * stride - 1 + b;
      if (y >= 0 && x >= 0 && y < height && x < width) out[o] += kernel[a][b] * values[y * width + x];
    }
  return { values: out, rows, columns };
}

// A map shifted by whole cells: what leaves is lost, zeros come in.
function movedMap(values, height, width, down, right) {
  const out = new Float64Array(height * width);
  for (let i = Math.max(0, down); i < Math.min(height, height + down); i++) for (let j = Math.max(0, right); j < Math.min(width, width + right); j++)
    out[i * width + j] = values[(i - down) * width + j - right];
  return out;
}

// The sentence that cnnlesson.ops answers when a setting is impossible; empty when it is not.
function refusalOf(height, width, { window: side, padding }) {
  if (2 * padding > side) return `padding must be ≤ ${Math.floor(side / 2)}, half of kernel_size ${side}, got ${padding}`;
  for (const size of [height, width]) if (side > size + 2 * padding)
    return `kernel_size must fit into the padded input of ${size + 2 * padding} pixels, got a kernel that spans ${side}`;
  return "";
}

const differ = (a, b) => Array.from(a, (value, i) => Math.abs(value - b[i]) > 1e-5);
const many = (count, what) => `${count} ${what}${count === 1 ? "" : "s"}`;

function render({ model, el }) {
  const SIDE = 324, SMALL = 204, ratio = 2, send = sender(model), limits = model.get("limits"), sources = model.get("sources");
  const NAMES = Object.keys(limits), TRAITS = ["source", "kind", ...NAMES, "row", "column"], kernel = model.get("filter"), state = {};
  for (const trait of TRAITS) state[trait] = model.get(trait);
  let height, width, input, pooled, strided, marks, cell, palette, range;

  // -- the page -------------------------------------------------------------------------------------------
  const canvas = (side, kind, attributes) => h("canvas", { width: side * ratio, height: side * ratio, class: `cl-${kind}`, ...attributes });
  const inputCanvas = canvas(SIDE, "input", { role: "img" }), mapCanvas = canvas(SIDE, "map", { tabindex: 0, role: "application" });
  const sideCanvas = canvas(SMALL, "strided", { role: "img" });
  const pick = (label, options, trait) => {
    const select = h("select", { "aria-label": label, onchange: () => change({ [trait]: select.value }) }, ...options.map(name => h("option", { value: name }, name)));
    return { select, node: h("label", {}, h("span", {}, label), select) };
  };
  const picks = { source: pick("map", Object.keys(sources), "source"), kind: pick("type", model.get("kinds"), "kind") };
  const label = { right: "shift right", down: "shift down" };
  const sliders = Object.fromEntries(NAMES.map(name => [name, slider(label[name] ?? name,
    { min: limits[name][0], max: limits[name][1], text: v => label[name] ? `${number(v)} px` : String(v) }, value => change({ [name]: value }))]));
  const reset = h("button", { type: "button", onclick: () => change({ ...model.get("start") }) }, "Reset");
  const note = kind => h("p", { class: `cl-note cl-${kind}-note` });
  const inputNote = note("input"), mapNote = note("map"), sideNote = note("side"), meanNote = note("mean");
  const error = h("p", { class: "cl-error", role: "alert", hidden: true });
  const where = h("p", { class: "cl-where", role: "status" }), changed = h("p", { class: "cl-changed" });
  const title = h("p", { class: "cl-title" });
  el.append(h("div", { class: "cl cl-pooling" },
    h("div", { class: "cl-row cl-settings" }, picks.source.node, picks.kind.node, ...NAMES.slice(0, 3).map(name => sliders[name].node)),
    h("div", { class: "cl-row cl-settings" }, sliders.right.node, sliders.down.node, reset),
    h("div", { class: "cl-row cl-maps" },
      h("section", { class: "cl-panel" }, h("p", { class: "cl-title" }, "input"), h("div", { class: "cl-stage" }, inputCanvas), inputNote),
      h("section", { class: "cl-panel" }, title, h("div", { class: "cl-stage" }, mapCanvas, error), mapNote),
      h("section", { class: "cl-panel cl-beside" }, h("p", { class: "cl-title" }, "strided convolution"), sideCanvas, sideNote,
        h("p", { class: "cl-title" }, "global average"), meanNote)),
    where, changed));

  // -- state ----------------------------------------------------------------------------------------------
  function change(changes) {
    Object.assign(state, changes);
    update();
    send({ ...changes, row: state.row, column: state.column });
  }
  function move(row, column) {
    if (!pooled) return;
    state.row = Math.max(0, Math.min(pooled.rows - 1, row));
    state.column = Math.max(0, Math.min(pooled.columns - 1, column));
    look();
    send({ row: state.row, column: state.column });
  }

  // -- drawing: all of it in the event that asked for it, so that the next frame shows it -------------------
  function update() {
    const still = sources[state.source].flat(), refusal = (height = sources[state.source].length, width = sources[state.source][0].length,
      refusalOf(height, width, state));
    input = movedMap(still, height, width, state.down, state.right);
    palette = still.some(v => v < 0) ? "signed" : "magnitude";
    range = limitsOf(still, palette);
    cell = Math.floor(SIDE / (Math.max(height, width) + 2 * Math.max(1, state.padding))) * ratio;
    strided = stridedMap(input, height, width, kernel, state.stride);
    const before = { strided: stridedMap(still, height, width, kernel, state.stride), pooled: refusal ? null : poolMap(still, height, width, state) };
    pooled = refusal ? null : poolMap(input, height, width, state);
    marks = { input: differ(input, still), strided: differ(strided.values, before.strided.values), pooled: pooled ? differ(pooled.values, before.pooled.values) : [] };
    if (pooled) { state.row = Math.max(0, Math.min(state.row, pooled.rows - 1)); state.column = Math.max(0, Math.min(state.column, pooled.columns - 1)); }
    for (const name of NAMES) sliders[name].set(state[name]);
    for (const trait of ["source", "kind"]) picks[trait].select.value = state[trait];
    const share = mark => `${mark.filter(Boolean).length} of ${mark.length} (${Math.round(100 * mark.filter(Boolean).length / mark.length)} %)`;
    const shifted = state.right || state.down, mean = list => list.reduce((a, b) => a + b, 0) / list.length;
    title.textContent = state.kind === "max" ? "the largest of each window" : state.kind === "sum" ? "the sum of each window" : "the average of each window";
    inputNote.textContent = `${height} × ${width} values` + (state.padding ? `, a border ${state.padding} wide` : "");
    mapNote.textContent = pooled ? `${pooled.rows} × ${pooled.columns} values, 0 weights` : "";
    sideNote.textContent = `Sobel x, 3×3, stride ${state.stride}, padding 1: ${strided.rows} × ${strided.columns} values, 9 weights`;
    meanNote.textContent = `${number(mean([...input]), 3)}: one number for the whole map` + (shifted ? `; ${number(mean(still), 3)} before the shift` : "");
    changed.textContent = shifted ? `Changed by the shift (◥): ${pooled ? `pooled cells ${share(marks.pooled)}; ` : ""}input cells ${share(marks.input)}; strided convolution ${share(marks.strided)}.`
      : "No shift: move one of the two shift sliders to see which cells change.";
    error.textContent = refusal; error.hidden = !refusal; mapCanvas.hidden = Boolean(refusal);
    drawSide();
    look();
  }
  function drawSide() {
    const context = sideCanvas.getContext("2d"), side = Math.floor(SMALL / Math.max(strided.rows, strided.columns, 3)) * ratio;
    context.clearRect(0, 0, sideCanvas.width, sideCanvas.height);
    const own = limitsOf(strided.values, "signed"), text = writer(strided.values, side);
    type(context, text);
    each(strided, (i, j, at) => tile(context, j * side, i * side, side, strided.values[at], own, "signed", text, marks.strided[at]));
    sideCanvas.setAttribute("aria-label", `${sideNote.textContent}. Rows: ${spoken(strided)}.`);
  }
  function look() {
    const context = inputCanvas.getContext("2d"), { padding, stride, row, column, kind, window: side } = state;
    const x0 = (SIDE * ratio - cell * width) / 2, y0 = (SIDE * ratio - cell * height) / 2, text = writer(input, cell);
    context.clearRect(0, 0, inputCanvas.width, inputCanvas.height);
    for (let i = -padding; i < height + padding; i++) for (let j = -padding; j < width + padding; j++)
      if (i < 0 || j < 0 || i >= height || j >= width) hatch(context, x0 + j * cell, y0 + i * cell);
    type(context, text);
    each({ rows: height, columns: width }, (i, j, at) => tile(context, x0 + j * cell, y0 + i * cell, cell, input[at], range, palette, text, marks.input[at]));
    if (!pooled) { where.textContent = ""; inputCanvas.setAttribute("aria-label", `Input, ${inputNote.textContent}.`); return; }
    const top = row * stride - padding, left = column * stride - padding, cells = [];
    for (let i = Math.max(0, top); i < Math.min(height, top + side); i++) for (let j = Math.max(0, left); j < Math.min(width, left + side); j++)
      cells.push({ i, j, value: input[i * width + j] });
    const winner = cells.reduce((best, one) => one.value > best.value ? one : best);
    if (kind !== "max") for (const { i, j } of cells) frame(context, x0 + j * cell, y0 + i * cell, cell, 2);
    frame(context, x0 + left * cell, y0 + top * cell, side * cell, 5);
    if (kind === "max") bracket(context, x0 + winner.j * cell, y0 + winner.i * cell);
    drawMap();
    where.textContent = sum(cells, winner, pooled.values[row * pooled.columns + column]);
    inputCanvas.setAttribute("aria-label", `Input, ${inputNote.textContent}. ${where.textContent}`);
    mapCanvas.setAttribute("aria-label", `Pooled map, ${mapNote.textContent}. Rows: ${spoken(pooled)}. Arrow keys move the window.`);
  }
  function drawMap() {
    const context = mapCanvas.getContext("2d"), { row, column, kind } = state, text = writer(pooled.values, cell);
    const x0 = (SIDE * ratio - cell * pooled.columns) / 2, y0 = (SIDE * ratio - cell * pooled.rows) / 2;
    const own = kind === "sum" ? limitsOf(pooled.values, palette) : range;
    context.clearRect(0, 0, mapCanvas.width, mapCanvas.height);
    type(context, text);
    each(pooled, (i, j, at) => tile(context, x0 + j * cell, y0 + i * cell, cell, pooled.values[at], own, palette, text, marks.pooled[at]));
    frame(context, x0 + column * cell, y0 + row * cell, cell, 5);
  }
  // The arithmetic of one window in words.
  function sum(cells, winner, result) {
    const { kind, row, column, window: side } = state, outside = side * side - cells.length;
    const show = v => number(v), terms = cells.map(({ value }) => show(value)), few = terms.length <= 16 ? terms : [...terms.slice(0, 14), "…", terms.at(-1)];
    const place = `row ${row}, column ${column}: `, equals = Math.abs(result - Number(result.toFixed(2))) < 1e-6 ? "=" : "≈";
    if (kind === "max") {
      const ties = cells.filter(({ value }) => value === winner.value).length;
      return `${place}max(${few.join(", ")}) = ${show(result)}; the winner stands in row ${winner.i}, column ${winner.j} of the input`
        + (ties > 1 ? `, the first of ${ties} equals` : "") + (outside ? `; ${many(outside, "cell")} of the border never win${outside === 1 ? "s" : ""}` : "");
    }
    const added = few.join(" + ").replaceAll("+ −", "− "), zeros = outside ? ` (and ${many(outside, "zero")} of the border)` : "";
    if (kind === "sum") return `${place}${added} ${equals} ${show(result)}${zeros}`;
    const counts = kind === "average" ? side * side : cells.length;
    return `${place}(${added}) / ${counts} ${equals} ${show(result)}` + (outside ? kind === "average" ? `; ${many(outside, "zero")} of the border count${outside === 1 ? "s" : ""}` : `; ${many(outside, "cell")} of the border do${outside === 1 ? "es" : ""} not count` : "");
  }
  const each = ({ rows, columns }, paintCell) => { for (let i = 0, at = 0; i < rows; i++) for (let j = 0; j < columns; j++, at++) paintCell(i, j, at); };
  const spoken = ({ values, rows, columns }) => Array.from({ length: rows }, (_, i) => Array.from(values.slice(i * columns, (i + 1) * columns), v => number(v, 1)).join(", ")).join("; ");
  function writer(values, side) {                               // how the numbers of one map are written into its cells
    const whole = values.every(v => Math.abs(v - Math.round(v)) < 1e-9), longest = digits => Math.max(...Array.from(values, v => fixed(v, digits).length));
    const digits = whole ? 0 : [2, 1].find(d => longest(d) * 0.6 * 20 + 6 <= side) ?? 1, size = Math.min(26, Math.floor((side - 6) / (0.6 * longest(digits))));
    return size < 15 ? null : { size, write: v => fixed(v, digits) };
  }
  function type(context, text) {                                // once a map: setting a font is slow
    if (text) context.font = `${text.size}px system-ui, sans-serif`;
    context.textAlign = "center"; context.textBaseline = "middle";
  }
  function tile(context, x, y, side, value, limit, name, text, mark) {
    const look = colour(value, limit, name), dark = name === "magnitude" ? shade(value, limit) < 112 : look.color === "#fff";
    context.fillStyle = look.background;
    context.fillRect(x, y, side, side);
    context.strokeStyle = "#c4c9cf"; context.lineWidth = 1;
    context.strokeRect(x + 0.5, y + 0.5, side - 1, side - 1);
    context.fillStyle = dark ? "#fff" : "#000";
    if (text) {
      context.fillText(text.write(value), x + side / 2, y + side / 2 + 2);
    }
    if (mark) {                                                 // changed by the shift: a filled corner, not only a colour
      const arm = Math.max(8, side * 0.22);
      context.beginPath(); context.moveTo(x + side - 2 - arm, y + 2); context.lineTo(x + side - 2, y + 2); context.lineTo(x + side - 2, y + 2 + arm); context.fill();
    }
  }
  function hatch(context, x, y) {                               // a cell of the border; grey shows in both themes
    context.strokeStyle = "#8a94a0"; context.lineWidth = 1;
    context.strokeRect(x + 0.5, y + 0.5, cell - 1, cell - 1);
    context.beginPath();
    for (const at of [0.5, 1, 1.5]) {
      const low = Math.max(0, at - 1) * cell, high = Math.min(1, at) * cell;
      context.moveTo(x + low, y + high); context.lineTo(x + high, y + low);
    }
    context.stroke();
  }
  function bracket(context, x, y) {                             // under the winner's number, so that it can be read
    context.beginPath();
    context.moveTo(x + 7, y + cell * 0.72); context.lineTo(x + 7, y + cell - 7);
    context.lineTo(x + cell - 7, y + cell - 7); context.lineTo(x + cell - 7, y + cell * 0.72);
    for (const [style, line] of [["#fff", 9], [ACCENT, 6]]) { context.strokeStyle = style; context.lineWidth = line; context.stroke(); }
  }
  function frame(context, x, y, side, line) {
    if (line > 2) { context.strokeStyle = "#fff"; context.lineWidth = line + 3; context.strokeRect(x, y, side, side); }
    context.strokeStyle = ACCENT; context.lineWidth = line;
    context.strokeRect(x, y, side, side);
  }

  // -- pointer and keys -------------------------------------------------------------------------------------
  const hover = (canvas, place) => canvas.addEventListener("pointermove", e => {
    if (!pooled) return;
    const box = canvas.getBoundingClientRect();
    move(place((e.clientY - box.top) / box.height, height, pooled.rows), place((e.clientX - box.left) / box.width, width, pooled.columns));
  });
  hover(mapCanvas, (share, size, count) => Math.floor((share * SIDE * ratio - (SIDE * ratio - cell * count) / 2) / cell));
  hover(inputCanvas, (share, size) => Math.round(((share * SIDE * ratio - (SIDE * ratio - cell * size) / 2) / cell + state.padding - state.window / 2) / state.stride));
  mapCanvas.addEventListener("keydown", e => {
    const [down, right] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[e.key] ?? [];
    if (down === undefined) return;
    e.preventDefault();
    move(state.row + down, state.column + right);
  });

  const unlisten = listen(model, TRAITS, () => {
    const changes = TRAITS.filter(trait => model.get(trait) !== state[trait]);
    if (!changes.length || el.contains(document.activeElement) && changes.every(t => t === "row" || t === "column")) return;
    for (const trait of changes) state[trait] = model.get(trait);
    update();
    if (state.row !== model.get("row") || state.column !== model.get("column")) send({ row: state.row, column: state.column });
  });
  update();
  return unlisten;
}

export default { render };
