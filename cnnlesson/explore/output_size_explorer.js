// The output-size explorer: where the windows lie, which cells none of them sees, and how many there are.

// The windows along one side. Tested against cnnlesson.ops.output_size.
//   count     how many windows: the side of the map; 0 when none fits
//   cells     for each window, the cells that it looks at; pixels are 0 … size − 1, the border lies around them
//   seen      for each pixel, by how many windows it is seen
//   inside    for each window, how many of its cells are pixels
function windows({ size, kernel_size, stride, padding, dilation }) {
  const span = dilation * (kernel_size - 1) + 1, room = size + 2 * padding - span;
  const count = room < 0 ? 0 : Math.floor(room / stride) + 1;
  const cells = Array.from({ length: count }, (_, i) =>
    Array.from({ length: kernel_size }, (_, k) => i * stride - padding + k * dilation));
  const seen = new Array(size).fill(0), inside = cells.map(own => own.filter(cell => cell >= 0 && cell < size).length);
  for (const own of cells) for (const cell of own) if (cell >= 0 && cell < size) seen[cell]++;
  return { span, room, count, cells, seen, inside };
}

// The sentence that ops.output_size answers when no window fits.
const refusal = ({ size, padding }, { span }) =>
  `kernel_size must fit into the padded input of ${size + 2 * padding} pixels, got a kernel that spans ${span}`;

const counted = (count, what) => `${count} ${what}${count === 1 ? "" : "s"}`;
const list = cells => cells.map(cell => number(cell)).join(", ");

// One cell with its number; a cross where no window looks.
function tile(context, x, y, side, count, range, crossed) {
  const cross = !count && crossed, height = Math.min(28, Math.max(18, Math.round(side * (cross ? 0.7 : 0.46))));
  context.fillStyle = cross ? "#fff" : colour(count, range, "magnitude").background;
  context.fillRect(x, y, side, side);
  context.strokeStyle = "#c4c9cf"; context.lineWidth = 1;
  context.strokeRect(x + 0.5, y + 0.5, side - 1, side - 1);
  context.fillStyle = cross ? "#57606a" : shade(count, range) >= 112 ? "#000" : "#fff";      // as legible as it can be
  context.font = `${height}px system-ui, sans-serif`;           // at 18, two figures fit the smallest cell
  context.textAlign = "center"; context.textBaseline = "middle";
  context.fillText(cross ? "×" : count, x + side / 2, y + side / 2 + 1);
}

// A zero of the border; grey shows in both themes.
function hatch(context, x, y, side) {
  context.strokeStyle = "#8a94a0"; context.lineWidth = 1;
  context.strokeRect(x + 0.5, y + 0.5, side - 1, side - 1);
  context.beginPath();
  for (const at of [0.5, 1, 1.5]) {
    const low = Math.max(0, at - 1) * side, high = Math.min(1, at) * side;
    context.moveTo(x + low, y + high); context.lineTo(x + high, y + low);
  }
  context.stroke();
}

function render({ model, el }) {
  const side = 368, ratio = 2, send = sender(model), limits = model.get("limits");
  const NAMES = Object.keys(limits), TRAITS = [...NAMES, "row", "column"], state = {};
  for (const trait of TRAITS) state[trait] = model.get(trait);
  let line, cell, start;                                        // windows of one side; size of a cell; where pixel 0 lies

  // -- the page -------------------------------------------------------------------------------------------
  const canvas = (kind, attributes) => h("canvas", { width: side * ratio, height: side * ratio, class: `cl-${kind}`, ...attributes });
  const input = canvas("input", { role: "img" }), output = canvas("map", { tabindex: 0, role: "application" });
  const sliders = Object.fromEntries(NAMES.map(name => [name, slider(name.replace("_", " "),
    { min: limits[name][0], max: limits[name][1] }, value => change({ [name]: value }))]));
  const reset = h("button", { type: "button", onclick: () => change({ ...model.get("start") }) }, "Reset");
  const inputNote = h("p", { class: "cl-note" }), mapNote = h("p", { class: "cl-note" });
  const error = h("p", { class: "cl-error", role: "alert", hidden: true });
  const formula = h("p", { class: "cl-formula" }), where = h("p", { class: "cl-where", role: "status" });
  const panel = (title, ...nodes) => h("section", { class: "cl-panel" }, h("p", { class: "cl-title" }, title), ...nodes);
  el.append(h("div", { class: "cl cl-output-size" },
    h("div", { class: "cl-row cl-settings" }, ...NAMES.map(name => sliders[name].node), reset),
    h("div", { class: "cl-pair" },
      panel("input", h("div", { class: "cl-stage" }, input), inputNote),
      panel("feature map", h("div", { class: "cl-stage" }, output, error), mapNote)),
    formula, where));

  // -- state ----------------------------------------------------------------------------------------------
  function change(changes) {
    Object.assign(state, changes);
    update();
    send({ ...changes, row: state.row, column: state.column });
  }
  function move(row, column) {
    if (!line.count) return;
    [state.row, state.column] = [row, column].map(place => Math.max(0, Math.min(line.count - 1, place)));
    look();
    send({ row: state.row, column: state.column });
  }

  // -- drawing: all of it in the event that asked for it, so that the next frame shows it -------------------
  function update() {
    line = windows(state);
    cell = Math.floor(side / (state.size + 2 * Math.max(2, state.padding))) * ratio;     // grows and shrinks seldom
    start = (side * ratio - cell * state.size) / 2;
    [state.row, state.column] = [state.row, state.column].map(place => Math.max(0, Math.min(line.count - 1, place)));
    for (const name of NAMES) sliders[name].set(state[name]);
    const { size, kernel_size, stride, padding, dilation } = state, unseen = size ** 2 - line.seen.filter(Boolean).length ** 2;
    inputNote.textContent = `${size} × ${size} pixels` + (padding ? `, a border of zeros ${padding} wide. ` : ". ")
      + (line.count ? "In each pixel: how many windows see it. " : "") + `Seen by none (×): ${unseen}`;
    mapNote.textContent = line.count ? `${line.count} × ${line.count} windows. In each: how many pixels it sees, with its ${kernel_size ** 2} cell${kernel_size > 1 ? "s" : ""}` : "";
    const quotient = line.room / stride, divides = Number.isInteger(quotient);
    const equals = quotient === Number(quotient.toFixed(2)) ? "=" : "≈";
    const rest = divides ? ": nothing is left over" : `, rounded down: ${line.room % stride} left over at the right and at the bottom`;
    const result = line.count ? [` = ${Math.floor(quotient)} + 1 = `, h("b", {}, String(line.count)), h("br"),
      `${line.room} / ${stride} ${equals} ${number(quotient)}${rest}`] : [h("br"), "no window fits: there is no map"];
    formula.replaceChildren("⌊(size + 2 · padding − dilation · (kernel − 1) − 1) / stride⌋ + 1", h("br"),
      `= ⌊(${size} + 2 · ${padding} − ${dilation} · (${kernel_size} − 1) − 1) / ${stride}⌋ + 1 = ⌊${number(line.room)} / ${stride}⌋ + 1`,
      ...result);
    output.setAttribute("aria-label", `Feature map, ${mapNote.textContent}. Arrow keys move the window.`);
    error.textContent = line.count ? "" : refusal(state, line);
    error.hidden = line.count > 0; output.hidden = !line.count;
    look();
  }
  function look() {
    const { size, padding, dilation, row, column } = state;
    const most = Math.max(...line.seen) ** 2;
    const context = input.getContext("2d");
    context.clearRect(0, 0, input.width, input.height);
    for (let i = -padding; i < size + padding; i++) for (let j = -padding; j < size + padding; j++) {
      const pixel = i >= 0 && j >= 0 && i < size && j < size;
      const x = start + j * cell, y = start + i * cell;
      if (pixel) tile(context, x, y, cell, line.seen[i] * line.seen[j], [0, most], true); else hatch(context, x, y, cell);
    }
    if (line.count) {
      const rows = line.cells[row], columns = line.cells[column];
      if (dilation > 1) for (const i of rows) for (const j of columns) frame(context, i, j, 1, start, 4);
      frame(context, rows[0], columns[0], line.span, start, dilation > 1 ? 2 : 6);
      drawMap();
    }
    where.textContent = line.count ? sight(line.cells[row], line.cells[column], line.inside[row] * line.inside[column]) : "";
    input.setAttribute("aria-label", `Input, ${inputNote.textContent}. ${where.textContent}`);
  }
  function sight(rows, columns, pixels) {
    const zeros = state.kernel_size ** 2 - pixels;
    return `row ${state.row}, column ${state.column} of the map: the window sees rows ${list(rows)} and columns ${list(columns)} of the input, `
      + counted(pixels, "pixel") + (zeros ? ` and ${counted(zeros, "zero")} of the border` : "");
  }
  function drawMap() {
    const context = output.getContext("2d"), corner = (side * ratio - cell * line.count) / 2, most = state.kernel_size ** 2;
    context.clearRect(0, 0, output.width, output.height);
    for (let i = 0; i < line.count; i++) for (let j = 0; j < line.count; j++)
      tile(context, corner + j * cell, corner + i * cell, cell, line.inside[i] * line.inside[j], [0, most], false);
    frame(context, state.row, state.column, 1, corner, 6);
  }
  function frame(context, i, j, length, corner, width) {
    context.strokeStyle = ACCENT; context.lineWidth = width;
    context.strokeRect(corner + j * cell, corner + i * cell, length * cell, length * cell);
  }

  // -- pointer and keys -------------------------------------------------------------------------------------
  const hover = (canvas, place) => canvas.addEventListener("pointermove", e => {
    const box = canvas.getBoundingClientRect();
    move(...[(e.clientY - box.top) / box.height, (e.clientX - box.left) / box.width].map(place));
  });
  hover(output, share => Math.floor((share * side * ratio - (side * ratio - cell * line.count) / 2) / cell));
  hover(input, share => Math.round(((share * side * ratio - start) / cell + state.padding - line.span / 2) / state.stride));
  output.addEventListener("keydown", e => {
    const [down, right] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[e.key] ?? [];
    if (down === undefined) return;
    e.preventDefault();
    move(state.row + down, state.column + right);
  });

  const unlisten = listen(model, TRAITS, () => {
    const changed = TRAITS.filter(trait => model.get(trait) !== state[trait]);
    if (!changed.length || el.contains(document.activeElement) && changed.every(t => t === "row" || t === "column")) return;
    for (const trait of changed) state[trait] = model.get(trait);
    update();                                                   // may have moved the window, so that it is on the map
    if (state.row !== model.get("row") || state.column !== model.get("column")) send({ row: state.row, column: state.column });
  });
  update();
  return unlisten;
}

export default { render };
