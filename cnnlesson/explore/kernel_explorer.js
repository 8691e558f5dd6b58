// The kernel explorer: input → kernel → feature map, and the arithmetic of the window under the pointer.

// Slide a kernel over an image: sums of products, scaled, plus bias. Tested against cnnlesson.ops.conv2d.
function correlate(image, height, width, kernel, stride, scale, bias) {
  const kh = kernel.length, kw = kernel[0].length;
  const rows = Math.floor((height - kh) / stride) + 1, columns = Math.floor((width - kw) / stride) + 1;
  const out = new Float32Array(rows * columns), weights = kernel.flat();
  for (let i = 0, o = 0; i < rows; i++) for (let j = 0; j < columns; j++, o++) {
    let sum = 0;
    for (let a = 0, k = 0; a < kh; a++) {
      const start = (i * stride + a) * width + j * stride;
      for (let b = 0; b < kw; b++, k++) sum += image[start + b] * weights[k];
    }
    out[o] = sum * scale + bias;
  }
  return { values: out, rows, columns };
}

function render({ model, el }) {
  const [height, width] = model.get("shape"), image = floats(model.get("image")), send = sender(model);
  const low = image.reduce((a, b) => Math.min(a, b), 0);        // black: 0, or less where pixels are negative
  const side = 288, ratio = 2;                                  // css pixels; canvas pixels for each of them
  const state = {}, TRAITS = ["kernel", "bias", "stride", "divide", "colours", "row", "column"];
  for (const trait of TRAITS) state[trait] = model.get(trait);
  const kh = state.kernel.length, kw = state.kernel[0].length;
  let map, revealed = Infinity, playing = null;

  // -- the page -------------------------------------------------------------------------------------------
  const scale = side * ratio / Math.max(height, width);         // canvas pixels for each image pixel
  const canvas = (kind, attributes) => h("canvas", { width: Math.round(width * scale), height: Math.round(height * scale),
    style: `width:${Math.round(width * scale / ratio)}px`, class: `cl-${kind}`, ...attributes });
  const input = canvas("input", { role: "img" });
  const output = canvas("map", { tabindex: 0, role: "application" });
  const cells = Array.from({ length: kh * kw }, (_, k) => cellInput(k));
  const presets = h("select", { onchange: () => presets.value && change({ kernel: model.get("presets")[presets.value].map(r => [...r]) }) },
    h("option", { value: "" }, "your own"), ...Object.keys(model.get("presets")).map(name => h("option", {}, name)));
  const bias = slider("bias", { min: -2, max: 2, step: 0.05, text: v => number(v) }, value => change({ bias: value }));
  const stride = slider("stride", { min: 1, max: 4 }, value => change({ stride: value }));
  const speed = slider("speed, windows a second", { min: 0, max: 7, text: v => 4 ** v }, () => {});
  const divide = h("input", { type: "checkbox", onchange: () => change({ divide: divide.checked }) });
  const colours = h("select", { onchange: () => change({ colours: colours.value }) },
    ...["automatic", "signed", "grey"].map(name => h("option", {}, name)));
  const play = h("button", { type: "button", onclick: () => playing ? stop() : start() }, "▶ Play");
  const step = h("button", { type: "button", onclick: () => { stop(); advance(1); } }, "Step");
  const reset = h("button", { type: "button", onclick: () => { stop(); change(structuredClone(model.get("start"))); } }, "Reset");
  const inputNote = h("p", { class: "cl-note" }), kernelNote = h("p", { class: "cl-note" }), mapNote = h("p", { class: "cl-note cl-limits", style: `width:${side}px` });
  const error = h("p", { class: "cl-error", role: "alert", hidden: true });
  const grids = ["pixels", "kernel", "products"].map(name => h("div", { class: "cl-grid", role: "img", "data-grid": name, style: `grid-template-columns:repeat(${kw},auto)` },
    ...Array.from({ length: kh * kw }, () => h("span"))));
  const sum = h("p", { class: "cl-sum", role: "status" });
  const panel = (title, ...nodes) => h("section", { class: "cl-panel" }, h("p", { class: "cl-title" }, title), ...nodes);
  el.append(h("div", { class: "cl cl-kernel" },
    h("div", { class: "cl-row" },
      panel("input", input, inputNote),
      panel("kernel", h("div", { class: "cl-grid cl-edit", style: `grid-template-columns:repeat(${kw},auto)` }, ...cells), kernelNote,
        h("label", { class: "cl-pick" }, "preset ", presets), stride.node, bias.node,
        h("label", { class: "cl-check" }, divide, `divide by ${kh * kw}`)),
      panel("feature map", h("div", { style: `min-height:${Math.round(height * scale / ratio)}px; min-width:${Math.round(width * scale / ratio)}px` }, output, error), mapNote,
        h("label", { class: "cl-pick" }, "colours ", colours))),
    h("div", { class: "cl-row cl-run" }, play, step, reset, speed.node),
    h("p", { class: "cl-title" }, "the window"),
    h("div", { class: "cl-row cl-window" }, grids[0], h("span", { class: "cl-sign" }, "×"), grids[1], h("span", { class: "cl-sign" }, "="), grids[2], sum)));
  speed.set(2);

  function cellInput(k) {
    const place = `row ${Math.floor(k / kw)}, column ${k % kw}`;
    return numberCell(`kernel, ${place}`, {
      value: () => state.kernel.flat()[k],
      put: (value, typing) => put(k, value, typing),
      refuse: () => fail(`kernel must hold numbers, the cell in ${place} holds none`),
      leave: half => { if (!error.hidden || half) update(); },
    });
  }

  // -- state ----------------------------------------------------------------------------------------------
  function put(k, value, typing) {
    const kernel = state.kernel.map(row => [...row]);
    kernel[Math.floor(k / kw)][k % kw] = value;
    change({ kernel }, typing);
  }
  function change(changes, typing) {
    Object.assign(state, changes);
    update(typing);
    send({ ...changes, row: state.row, column: state.column });
  }
  function move(row, column) {
    state.row = Math.max(0, Math.min(map.rows - 1, row));
    state.column = Math.max(0, Math.min(map.columns - 1, column));
    look();
    send({ row: state.row, column: state.column });
  }
  function fail(sentence) { error.textContent = sentence; error.hidden = false; output.hidden = true; mapNote.textContent = ""; }

  // -- drawing: all of it in the event that asked for it, so that the next frame shows it -------------------
  function update(typing) {
    map = correlate(image, height, width, state.kernel, state.stride, state.divide ? 1 / (kh * kw) : 1, state.bias);
    state.row = Math.min(state.row, map.rows - 1); state.column = Math.min(state.column, map.columns - 1);
    const flat = state.kernel.flat(), total = flat.reduce((a, b) => a + b, 0), most = Math.max(1e-6, ...flat.map(Math.abs));
    const alike = !state.divide && Math.abs(total - 1) < 1e-6;   // such a kernel keeps the brightness: the map is a picture
    map.palette = state.colours === "automatic" ? (alike ? "grey" : "signed") : state.colours;
    map.limits = map.palette === "grey" ? [0, 1] : limitsOf(map.values, "signed");
    flat.forEach((value, k) => {
      if (cells[k] !== typing) cells[k].value = Number(value.toFixed(3));
      Object.assign(cells[k].style, colour(value, [-most, most], "signed"));
    });
    stride.set(state.stride); bias.set(state.bias); divide.checked = state.divide; colours.value = state.colours;
    presets.value = Object.entries(model.get("presets")).find(([, k]) => String(k) === String(state.kernel))?.[0] ?? "";
    kernelNote.textContent = `the ${kh * kw} numbers add up to ${number(total)}`;
    mapNote.textContent = `${map.rows} × ${map.columns}, ` + (map.palette === "grey" ? "grey: 0 black, 1 white" : `purple ${number(map.limits[0])}, white 0, orange +${number(map.limits[1])}`);
    inputNote.textContent = `${height} × ${width}, ${number(low)} black, 1 white`;
    output.setAttribute("aria-label", `Feature map, ${mapNote.textContent}. Arrow keys move the window, with Shift by ten.`);
    error.hidden = true; output.hidden = false;
    look();
  }
  function look() {
    const { row, column, stride: s } = state, top = row * s, left = column * s;
    paint(input, image, height, width, [low, 1], "grey");
    outline(input, top, left, kh, kw, scale, 16);
    const shown = revealed >= map.values.length ? map.values : map.values.map((v, i) => i < revealed ? v : map.palette === "grey" ? 1 : 0);
    output.width = Math.round(map.columns * scale); output.height = Math.round(map.rows * scale);   // cells as large as the input's
    output.style.width = `${output.width / ratio}px`;
    paint(output, shown, map.rows, map.columns, map.limits, map.palette);
    outline(output, row, column, 1, 1, scale, 10);
    input.setAttribute("aria-label", `Input picture, ${height} by ${width}; the window covers rows ${top} to ${top + kh - 1}, columns ${left} to ${left + kw - 1}.`);
    const flat = state.kernel.flat(), pixels = flat.map((_, k) => image[(top + Math.floor(k / kw)) * width + left + k % kw]);
    const products = pixels.map((p, k) => p * flat[k]), total = products.reduce((a, b) => a + b, 0);
    fill(grids[0], pixels, [low, 1], "grey", "pixels"); fill(grids[1], flat, limitsOf(flat, "signed"), "signed", "kernel", number);
    fill(grids[2], products, limitsOf(products, "signed"), "signed", "products");
    let text = `row ${row}, column ${column}: ${products.map(p => fixed(p)).join(" + ").replaceAll("+ −", "− ")} = ${fixed(total)}`;
    if (state.divide) text += `; ÷ ${kh * kw} = ${fixed(total / (kh * kw))}`;
    if (state.bias) text += `; + bias ${number(state.bias)} = ${fixed(map.values[row * map.columns + column])}`;
    sum.textContent = text;
  }
  function fill(grid, values, limits, palette, name, text = fixed) {
    values.forEach((value, k) => { grid.children[k].textContent = text(value); Object.assign(grid.children[k].style, colour(value, limits, palette)); });
    grid.setAttribute("aria-label", `${name}: ${values.map(v => text(v)).join(", ")}`);
  }

  // -- playing: the window runs along the rows and the map appears behind it --------------------------------
  function start() {
    let last = performance.now(), due = 0;
    if (revealed >= map.values.length) { revealed = 0; state.row = state.column = 0; }
    play.textContent = "❚❚ Pause";
    const tick = now => {
      due += (now - last) / 1000 * 4 ** Number(speed.node.querySelector("input").value); last = now;
      const count = Math.floor(due); due -= count;
      if (count) advance(count);
      if (revealed < map.values.length) playing = requestAnimationFrame(tick); else stop();
    };
    playing = requestAnimationFrame(tick);
  }
  function stop() { cancelAnimationFrame(playing); playing = null; play.textContent = "▶ Play"; }
  function advance(count) {
    const total = map.values.length, at = Math.min(total - 1, state.row * map.columns + state.column + count);
    if (revealed < total) revealed = at === total - 1 ? Infinity : at + 1;
    move(Math.floor(at / map.columns), at % map.columns);
  }

  // -- pointer and keys -------------------------------------------------------------------------------------
  const hover = (canvas, place) => canvas.addEventListener("pointermove", e => {
    if (playing) return;
    const box = canvas.getBoundingClientRect();
    revealed = Infinity;
    move(...place((e.clientY - box.top) / box.height, (e.clientX - box.left) / box.width));
  });
  hover(output, (y, x) => [Math.floor(y * map.rows), Math.floor(x * map.columns)]);
  hover(input, (y, x) => [Math.round((y * height - kh / 2) / state.stride), Math.round((x * width - kw / 2) / state.stride)]);
  output.addEventListener("keydown", e => {
    const [down, right] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[e.key] ?? [];
    if (down === undefined) return;
    e.preventDefault(); stop(); revealed = Infinity;
    move(state.row + down * (e.shiftKey ? 10 : 1), state.column + right * (e.shiftKey ? 10 : 1));
  });

  const unlisten = listen(model, TRAITS, () => {
    const changed = TRAITS.filter(trait => String(model.get(trait)) !== String(state[trait]));
    if (!changed.length || el.contains(document.activeElement) && changed.every(t => t === "row" || t === "column")) return;
    for (const trait of changed) state[trait] = model.get(trait);
    update();                                                   // may have moved the window, so that it is on the map
    if (state.row !== model.get("row") || state.column !== model.get("column")) send({ row: state.row, column: state.column });
  });
  update();
  return () => { stop(); unlisten(); };
}

export default { render };
