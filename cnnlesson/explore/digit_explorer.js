// Draw a digit; Python answers with every layer's maps and ten probabilities. The pad itself needs no Python.

const PAD = 112, PEN = 5;                                      // pixels along one side; radius of the pen

// Add a round dot of ink, soft at its rim.
function dab(ink, x, y, radius = PEN) {
  for (let row = Math.max(0, Math.floor(y - radius - 1)); row <= Math.min(PAD - 1, y + radius + 1); row++)
    for (let column = Math.max(0, Math.floor(x - radius - 1)); column <= Math.min(PAD - 1, x + radius + 1); column++) {
      const value = 255 * Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(column + 0.5 - x, row + 0.5 - y)));
      ink[row * PAD + column] = Math.max(ink[row * PAD + column], value);
    }
}

function stroke(ink, [x0, y0], [x1, y1]) {
  const steps = Math.max(1, Math.ceil(Math.hypot(x1 - x0, y1 - y0)));
  for (let i = 0; i <= steps; i++) dab(ink, x0 + (x1 - x0) * i / steps, y0 + (y1 - y0) * i / steps);
}

function render({ model, el }) {
  const { ask, stop } = asker(model), ratio = 2, stages = model.get("stages");
  const ink = new Uint8Array(PAD * PAD), samples = model.get("samples");
  let pen = null, cursor = null, down = false, shown = { stage: 0, map: 0, row: 0, column: 0 };

  // -- the page -------------------------------------------------------------------------------------------
  const pad = h("canvas", { width: 2 * PAD * 2.5, height: 2 * PAD * 2.5, class: "cl-pad", tabindex: 0, role: "application",
    "aria-label": "Drawing pad. Drag to draw. With the keyboard: arrows move the pen, space puts it down or lifts it, Delete clears." });
  const clear = h("button", { type: "button", onclick: () => { ink.fill(0); cursor = null; touched(); pad.focus(); } }, "Clear");
  const load = h("select", { onchange: () => { sample(Number(load.value)); load.value = ""; } },
    h("option", { value: "" }, "load a digit"), ...Array.from({ length: 10 }, (_, d) => h("option", { value: d }, `a test ${d}`)));
  load.setAttribute("aria-label", "load a digit from the test set");
  const seen = h("canvas", { width: 168, height: 168, style: "width:84px", role: "img" });
  const lens = h("canvas", { width: 336, height: 336, class: "cl-lens", role: "img" }), lensNote = h("p", { class: "cl-note" });
  const answer = h("p", { class: "cl-answer", role: "status" }), error = h("p", { class: "cl-error", role: "alert", hidden: true });
  const bars = Array.from({ length: model.get("classes").length }, (_, c) => {
    const fill = h("span", { class: "cl-fill" }), percent = h("span", { class: "cl-percent" });
    return { row: h("div", { class: "cl-bar" }, h("span", {}, model.get("classes")[c]), h("span", { class: "cl-track" }, fill), percent), fill, percent };
  });
  const views = stages.map(({ name, shape, signed }, s) => {
    const [count, rows, columns] = shape, cell = rows === 1 ? 5 : rows >= 14 ? 3 : 4, tall = rows === 1 ? 14 : rows * cell;
    const perRow = rows === 1 ? 1 : Math.max(1, Math.floor(540 / (columns * cell + 6))), across = Math.min(count, perRow);
    const canvas = h("canvas", { role: "img", width: ratio * across * (columns * cell + 6), height: ratio * Math.ceil(count / perRow) * (tall + 6) });
    canvas.style.width = `${canvas.width / ratio}px`;
    const size = rows === 1 ? `${columns} numbers` : `${count} × ${rows} × ${columns}`;
    const view = { canvas, cell, tall, across, count, rows, columns, signed, name };
    const pick = e => { const at = place(view, e); if (at) { shown = { stage: s, ...at }; magnify(); } };
    canvas.addEventListener("pointermove", pick); canvas.addEventListener("pointerdown", pick);
    view.node = h("section", { class: "cl-stage" }, h("p", { class: "cl-title" }, name, h("span", { class: "cl-size" }, size, signed ? ", orange +, purple −" : ", bright = large")), canvas);
    return view;
  });
  const maps = h("div", { class: "cl-maps", tabindex: 0, role: "application", onkeydown: walk,
    "aria-label": "All layers. Arrow keys: left and right choose a map, up and down a layer; the lens shows it large." }, ...views.map(v => v.node));
  el.append(h("div", { class: "cl cl-digit" }, h("div", { class: "cl-row" },
    h("div", { class: "cl-left" }, h("p", { class: "cl-title" }, "draw a digit"), pad,
      h("div", { class: "cl-row cl-buttons" }, clear, load), answer, error,
      h("div", { class: "cl-bars", role: "img" }, ...bars.map(b => b.row)),
      h("div", { class: "cl-row cl-views" },
        h("section", {}, h("p", { class: "cl-title" }, "it sees"), seen, h("p", { class: "cl-note" }, "28 × 28, scaled and centred")),
        h("section", {}, h("p", { class: "cl-title" }, "lens"), lens, lensNote))),
    maps)));

  // -- ink ------------------------------------------------------------------------------------------------
  function show() {
    paint(pad, ink, PAD, PAD, [0, 255], "grey");
    if (!cursor) return;
    const context = pad.getContext("2d");
    context.strokeStyle = ACCENT; context.lineWidth = down ? 8 : 3;
    context.beginPath(); context.arc(cursor[0] * 5, cursor[1] * 5, PEN * 5, 0, 7); context.stroke();
  }
  function touched() {
    show();
    ask({ ink: new DataView(ink.slice().buffer) });
  }
  function sample(digit) {
    for (let i = 0; i < PAD * PAD; i++) ink[i] = samples.getUint8(digit * 784 + Math.floor(i / PAD / 4) * 28 + Math.floor(i % PAD / 4));
    cursor = null;
    touched();
  }
  const at = e => { const box = pad.getBoundingClientRect(); return [(e.clientX - box.left) / box.width * PAD, (e.clientY - box.top) / box.height * PAD]; };
  pad.addEventListener("pointerdown", e => {
    if (e.button) return;
    pad.setPointerCapture(e.pointerId); cursor = null; pen = at(e); dab(ink, ...pen); touched();
  });
  pad.addEventListener("pointermove", e => {
    if (!pen) return;
    const events = e.getCoalescedEvents?.() ?? [];
    for (const event of events.length ? events : [e]) { const next = at(event); stroke(ink, pen, next); pen = next; }
    touched();
  });
  for (const end of ["pointerup", "pointercancel"]) pad.addEventListener(end, () => { pen = null; });
  pad.addEventListener("keydown", e => {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[e.key];
    if (e.key === "Delete" || e.key === "Backspace") { e.preventDefault(); return clear.click(); }
    if (!move && e.key !== " ") return;
    e.preventDefault();
    const before = cursor ??= [PAD / 2, PAD / 2];
    if (move) cursor = cursor.map((v, k) => Math.max(PEN, Math.min(PAD - PEN, v + 4 * move[k])));
    else down = !down;
    if (down) { stroke(ink, before, cursor); touched(); } else show();
  });
  pad.addEventListener("blur", () => { cursor = null; down = false; show(); });

  // -- what Python answered ---------------------------------------------------------------------------------
  let activations = [];
  function update() {
    const all = floats(model.get("activations")), probabilities = model.get("probabilities"), sentence = model.get("error");
    error.textContent = sentence; error.hidden = !sentence;
    let offset = 0;
    activations = all.length ? views.map(v => all.subarray(offset, offset += v.count * v.rows * v.columns)) : [];
    views.forEach(draw);
    const picture = floats(model.get("seen"));
    paint(seen, picture, 28, 28, [0, 1], "grey");
    seen.setAttribute("aria-label", picture.some(v => v) ? "your digit, centred and scaled to 28 by 28" : "nothing yet");
    const best = probabilities.indexOf(Math.max(...probabilities)), text = p => p > 0.9995 ? "> 99.9 %" : p < 0.0005 ? "< 0.1 %" : `${(100 * p).toFixed(1)} %`;
    answer.textContent = sentence ? "" : probabilities.length ? `The network says ${model.get("classes")[best]}: probability ${text(probabilities[best])}.` : "Draw a digit, or load one.";
    bars.forEach(({ row, fill, percent }, c) => {
      fill.style.width = `${100 * (probabilities[c] ?? 0)}%`;
      percent.textContent = probabilities.length ? text(probabilities[c]) : "";
      row.classList.toggle("cl-best", probabilities.length > 0 && c === best);
    });
    bars[0].row.parentNode.setAttribute("aria-label", "probabilities: " + (probabilities.length ? probabilities.map((p, c) => `${model.get("classes")[c]} ${text(p)}`).join(", ") : "none yet"));
    magnify();
  }
  const palette = view => view.signed ? "signed" : "magnitude";
  function draw(view, s) {
    const { canvas, cell, tall, across, count, rows, columns } = view, context = canvas.getContext("2d"), values = activations[s];
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (!values) return canvas.setAttribute("aria-label", `${view.name}: nothing yet`);
    view.limits = limitsOf(values, palette(view));
    const all = raster(values, count * rows, columns, view.limits, palette(view)), wide = columns * cell;
    context.imageSmoothingEnabled = false;
    for (let m = 0; m < count; m++)
      context.drawImage(all, 0, m * rows, columns, rows,
        ratio * (m % across) * (wide + 6), ratio * Math.floor(m / across) * (tall + 6), ratio * wide, ratio * tall);
    canvas.setAttribute("aria-label", `${view.name}: values up to ${number(view.limits[1])}`);
  }
  function place({ canvas, cell, tall, across, count, rows, columns }, e) {
    const box = canvas.getBoundingClientRect(), wide = columns * cell + 6, zoom = canvas.width / ratio / box.width;
    const x = (e.clientX - box.left) * zoom, y = (e.clientY - box.top) * zoom;
    const map = Math.floor(y / (tall + 6)) * across + Math.floor(x / wide);
    const column = Math.floor(x % wide / cell), row = Math.floor(y % (tall + 6) / (tall / rows));
    return map < count && column < columns && row < rows ? { map, row, column } : null;
  }
  function magnify() {
    const view = views[shown.stage], values = activations[shown.stage], context = lens.getContext("2d");
    context.clearRect(0, 0, lens.width, lens.height);
    if (!values) { lensNote.textContent = "point at a map"; lens.setAttribute("aria-label", "nothing yet"); return; }
    const { rows, columns } = view, flat = rows === 1, near = 12;                // of a long row, show some neighbours
    const first = flat ? Math.max(0, Math.min(columns - near, shown.column - near / 2)) : 0, across = flat ? Math.min(near, columns) : columns;
    const part = flat ? values.subarray(first, first + across) : values.subarray(shown.map * rows * columns, (shown.map + 1) * rows * columns);
    paint(lens, part, rows, across, view.limits, palette(view));
    const wide = lens.width / across, high = lens.height / rows;
    context.strokeStyle = ACCENT; context.lineWidth = 4;
    context.strokeRect((shown.column - first) * wide + 2, shown.row * high + 2, wide - 4, high - 4);
    const value = values[(shown.map * rows + shown.row) * columns + shown.column];
    lensNote.textContent = flat ? `${view.name}, unit ${shown.column}: ${fixed(value)}` : `${view.name}, map ${shown.map}, row ${shown.row}, column ${shown.column}: ${fixed(value)}`;
    lens.setAttribute("aria-label", lensNote.textContent);
  }
  function walk(e) {
    const [layer, step] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[e.key] ?? [];
    if (layer === undefined) return;
    e.preventDefault();
    const stage = Math.max(0, Math.min(views.length - 1, shown.stage + layer)), { count, rows, columns } = views[stage];
    const clamp = (v, most) => Math.max(0, Math.min(most - 1, v));
    shown = rows === 1 ? { stage, map: 0, row: 0, column: clamp(layer ? 0 : shown.column + step, columns) }
      : { stage, map: clamp(layer ? 0 : shown.map + step, count), row: rows >> 1, column: columns >> 1 };
    magnify();
  }

  function pull() {                                            // ink that came from Python; never over a stroke
    const bytes = model.get("ink");
    if (pen || bytes.byteLength !== ink.length) return;
    ink.set(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    show();
  }
  const quiet = [listen(model, ["activations", "probabilities", "error"], update), listen(model, ["ink"], pull), stop];
  pull();
  update();
  return () => quiet.forEach(undo => undo());
}

export default { render };
