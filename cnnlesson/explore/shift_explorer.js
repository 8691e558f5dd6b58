// The shift explorer: a picture is dragged in its frame; maps are compared with the moved maps, and the network answers.

const SIDE = 28, REACH = 10;

// A square picture, moved; `fill` comes in.
function moved(image, down, right, fill = 0, side = SIDE) {
  const out = new Float32Array(side * side).fill(fill);
  for (let i = Math.max(0, down); i < side + Math.min(0, down); i++)
    for (let j = Math.max(0, right); j < side + Math.min(0, right); j++) out[i * side + j] = image[(i - down) * side + j - right];
  return out;
}

// One square map of a square picture, with a border of zeros. Tested against cnnlesson.ops.conv2d.
function mapOf(image, weight, k, bias, stride, padding, side = SIDE) {
  const n = Math.floor((side + 2 * padding - k) / stride) + 1, out = new Float32Array(n * n);
  for (let i = 0, o = 0; i < n; i++) for (let j = 0; j < n; j++, o++) {
    const top = i * stride - padding, left = j * stride - padding;
    let sum = bias;
    for (let a = Math.max(0, -top); a < Math.min(k, side - top); a++)
      for (let b = Math.max(0, -left); b < Math.min(k, side - left); b++) sum += image[(top + a) * side + left + b] * weight[a * k + b];
    out[o] = sum;
  }
  return { values: out, n };
}

// The largest of each 2 × 2 cells.
function pooled({ values, n }) {
  const half = Math.floor(n / 2), out = new Float32Array(half * half);
  for (let i = 0; i < half; i++) for (let j = 0; j < half; j++) {
    const at = 2 * i * n + 2 * j;
    out[i * half + j] = Math.max(values[at], values[at + 1], values[at + n], values[at + n + 1]);
  }
  return { values: out, n: half };
}

// New map against the old one, moved: as `difference` in shift_explorer.py says, which is what it is tested against.
function compare(old, fresh, n, shift, step, width, padding, side = SIDE) {
  const expected = new Float32Array(n * n), error = new Float32Array(n * n), kind = new Uint8Array(n * n), most = [0, NaN, NaN];
  const by = shift.map(s => Math.trunc(s / step));
  const inside = [0, 1].map(axis => Array.from({ length: n }, (_, i) => {
    const first = step * i - padding;
    return [first, first - step * by[axis], first - shift[axis]].every(start => start >= 0 && start + width <= side);
  }));
  for (let i = 0, o = 0; i < n; i++) for (let j = 0; j < n; j++, o++) {
    const row = i - by[0], column = j - by[1];
    if (row < 0 || row >= n || column < 0 || column >= n) continue;
    kind[o] = inside[0][i] && inside[1][j] ? 2 : 1;
    expected[o] = old[row * n + column];
    error[o] = fresh[o] - expected[o];
    if (!(most[kind[o]] >= Math.abs(error[o]))) most[kind[o]] = Math.abs(error[o]);
  }
  return { expected, error, kind, by, interior: most[2], border: most[1] };
}

function softmax(logits) {
  const top = Math.max(...logits), parts = Array.from(logits, v => Math.exp(v - top)), sum = parts.reduce((a, b) => a + b);
  return parts.map(v => v / sum);
}

const write = (node, text) => { if (node.textContent !== text) node.textContent = text; };

function render({ model, el }) {
  const names = model.get("names"), all = floats(model.get("pictures")), weights = floats(model.get("weight")), table = floats(model.get("logits_at"));
  const [mean, deviation] = model.get("scale"), biases = model.get("bias"), k = model.get("kernel"), send = sender(model);
  const TRAITS = ["picture", "down", "right", "filter", "stride", "padded"], state = {}, ratio = 2, FRAME = 224, SMALL = 168;
  for (const trait of TRAITS) state[trait] = model.get(trait);

  // -- the page -------------------------------------------------------------------------------------------
  const canvas = (side, attributes) => h("canvas", { width: side * ratio, height: side * ratio, style: `width:${side}px`, ...attributes });
  const frame = canvas(FRAME, { class: "cl-frame", tabindex: 0, role: "application" });
  const picture = h("select", { "aria-label": "picture", onchange: () => change({ picture: picture.value }) }, ...names.map(name => h("option", {}, name)));
  const filter = h("select", { "aria-label": "filter of the first layer", onchange: () => change({ filter: Number(filter.value) }) }, ...biases.map((_, f) => h("option", { value: f }, String(f))));
  const pixels = (plus, minus) => v => v === 0 ? "0" : `${Math.abs(v)} px ${v > 0 ? plus : minus}`;
  const right = slider("move sideways", { min: -REACH, max: REACH, text: pixels("right", "left") }, value => change({ right: value }));
  const down = slider("move up or down", { min: -REACH, max: REACH, text: pixels("down", "up") }, value => change({ down: value }));
  const stride = slider("stride", { min: 1, max: 2 }, value => change({ stride: value }));
  const padded = h("input", { type: "checkbox", onchange: () => change({ padded: padded.checked }) });
  const back = h("button", { type: "button", onclick: () => change({ down: 0, right: 0 }) }, "Back to its place");
  const reset = h("button", { type: "button", onclick: () => change(structuredClone(model.get("start"))) }, "Reset");
  const ink = h("p", { class: "cl-note cl-ink" }), answer = h("p", { class: "cl-answer" }), logitNote = h("p", { class: "cl-note" });
  const told = h("p", { class: "cl-quiet", role: "status" });
  const bars = Array.from({ length: 10 }, (_, c) => {
    const fill = h("span", { class: "cl-fill" }), mark = h("span", { class: "cl-mark" }), percent = h("span", { class: "cl-percent" }), logit = h("span", { class: "cl-percent cl-logit" });
    return { fill, mark, percent, logit, row: h("div", { class: "cl-bar" }, h("span", {}, String(c)), h("span", { class: "cl-track" }, fill, mark), percent, logit) };
  });
  const answers = h("div", { role: "img" }, ...bars.map(bar => bar.row));
  const stages = ["feature map", "pooled map"].map(name => {
    const [now, expected, error] = [0, 1, 2].map(() => canvas(SMALL, { role: "img" }));
    const heading = h("p", { class: "cl-title" }), shape = h("p"), scale = h("p"), lines = [h("p"), h("p"), h("p")];
    const block = (title, node, note) => h("div", {}, title, node, note);
    const title = text => h("p", { class: "cl-title" }, text);
    return { name, now, expected, error, shape, scale, lines, node: h("section", { class: "cl-stage", role: "group", "aria-label": name },
      block(title(name), now, shape), block(title("the old one, moved"), expected, scale), block(title("difference"), error, h("p", {}, "outlined: the interior")),
      h("div", { class: "cl-errors" }, ...lines)) };
  });
  el.append(h("div", { class: "cl cl-shift" },
    h("div", { class: "cl-row" },
      h("section", { class: "cl-panel" }, h("p", { class: "cl-title" }, "drag it"), frame, ink),
      h("section", { class: "cl-panel cl-controls" },
        h("label", { class: "cl-pick" }, "picture ", picture), right.node, down.node,
        h("label", { class: "cl-pick" }, "filter of the first layer ", filter), stride.node,
        h("label", { class: "cl-check" }, padded, "padding of zeros"), h("div", { class: "cl-row" }, back, reset)),
      h("section", { class: "cl-panel cl-answers" }, h("p", { class: "cl-title" }, "probabilities and logits"), answers, answer, logitNote)),
    ...stages.map(stage => stage.node), told));

  // -- state ----------------------------------------------------------------------------------------------
  function change(changes) { Object.assign(state, changes); update(); send(changes); }
  const before = {};                                            // the maps of the unmoved picture: a drag does not change them
  let later = null;                                             // what will be read out
  const within = v => Math.max(-REACH, Math.min(REACH, v));
  const move = (down, right) => {
    if (within(down) !== state.down || within(right) !== state.right) change({ down: within(down), right: within(right) });
  };

  // -- drawing: all of it in the event that asked for it, so that the next frame shows it -------------------
  function update() {
    const at = names.indexOf(state.picture), still = all.subarray(at * SIDE * SIDE, (at + 1) * SIDE * SIDE);
    const now = moved(still, state.down, state.right), padding = state.padded ? k >> 1 : 0;
    picture.value = state.picture; filter.value = state.filter; padded.checked = state.padded;
    right.set(state.right); down.set(state.down); stride.set(state.stride);
    paint(frame, now, SIDE, SIDE, [0, 1], "grey");
    const total = still.reduce((a, b) => a + b, 0), lost = 1 - now.reduce((a, b) => a + b, 0) / total;
    write(ink, lost < 0.0005 ? "All of the ink is in the frame." : `${(100 * lost).toFixed(lost < 0.1 ? 1 : 0)} % of the ink has left the frame. No network can see what is not there.`);
    const where = state.down || state.right ? [state.right && pixels("right", "left")(state.right), state.down && pixels("down", "up")(state.down)].filter(Boolean).join(", ") : "in its place";
    const name = at < 10 ? `a test ${state.picture}` : state.picture;
    frame.setAttribute("aria-label", `${name}, ${where}. Drag it, or use the arrow keys, with Shift by five; Home takes it back.`);

    const normal = values => values.map(v => (v - mean) / deviation), weight = weights.subarray(state.filter * k * k, (state.filter + 1) * k * k);
    const mapped = image => mapOf(normal(image), weight, k, biases[state.filter], state.stride, padding);
    const settings = String([at, state.filter, state.stride, padding]), fresh = mapped(now);
    if (before.settings !== settings) { before.settings = settings; before.map = mapped(still); before.pooled = pooled(before.map); }
    const pairs = [[before.map, fresh, state.stride, k], [before.pooled, pooled(fresh), 2 * state.stride, k + state.stride]];
    const sentences = stages.map((stage, s) => show(stage, ...pairs[s], padding));
    const answered = respond(at);
    clearTimeout(later);
    later = setTimeout(() => write(told, `${name}, ${where}. ${sentences.join(" ")} ${answered} ${ink.textContent}`), 700);   // what is read out waits until the hand rests
  }

  function show({ name, now, expected, error, shape, scale, lines }, old, fresh, step, width, padding) {
    const shift = [state.down, state.right], n = fresh.n, found = compare(old.values, fresh.values, n, shift, step, width, padding);
    const limits = limitsOf([limitsOf(old.values, "signed")[1], limitsOf(fresh.values, "signed")[1]], "signed"), most = limits[1];
    for (const [target, values, gaps] of [[now, fresh.values, false], [expected, found.expected, true], [error, found.error, true]]) {
      const cell = step * SMALL * ratio / SIDE, rim = Math.round((target.width - n * cell) / 2), context = target.getContext("2d");
      context.imageSmoothingEnabled = false;
      context.clearRect(0, 0, target.width, target.height);
      context.drawImage(raster(values, n, n, limits, "signed"), rim, rim, n * cell, n * cell);
      if (gaps) hatch(context, found.kind, n, cell, rim);
      if (gaps) around(context, found.kind, n, cell, rim);
    }
    write(shape, `${n} × ${n}`);
    write(scale, `purple ${number(-most, 1)}, white 0, orange +${number(most, 1)}`);
    const cells = shift.map(v => v / step), whole = cells.every(Number.isInteger), [rows, columns] = cells;
    const says = [columns && `${number(Math.abs(columns))} ${columns > 0 ? "right" : "left"}`, rows && `${number(Math.abs(rows))} ${rows > 0 ? "down" : "up"}`].filter(Boolean).join(", ");
    const moves = !says ? `The ${name} has not moved.` : whole ? `It should move by ${says} (in cells).`
      : `It would have to move by ${says} (in cells). There are no such parts of cells: the old one is moved by whole cells only.`;
    const amount = value => Number.isNaN(value) ? "no cells left" : value <= 1e-5 * most ? "equal" : `off by up to ${fixed(value)}, ${fixed(100 * value / most, 0)} % of the largest value`;
    const inner = `interior: ${amount(found.interior)}.`, outer = `border: ${amount(found.border)}.`;
    write(lines[0], moves); write(lines[1], inner); write(lines[2], outer);
    now.setAttribute("aria-label", `${name} of the picture where it is now, ${n} by ${n}.`);
    expected.setAttribute("aria-label", `${name} of the picture in its old place, moved along; hatched where nothing comes from.`);
    error.setAttribute("aria-label", `difference of the two: ${inner} ${outer}`);
    return `${name}: ${inner} ${outer}`;
  }
  let stripes = null;
  function stripe(context) {
    const tile = new OffscreenCanvas(12, 12), pen = tile.getContext("2d");
    pen.fillStyle = "#d5d8dc"; pen.fillRect(0, 0, 12, 12);
    pen.strokeStyle = "#6b7280"; pen.lineWidth = 2;
    for (const x of [-12, 0, 12]) { pen.moveTo(x, 12); pen.lineTo(x + 12, 0); }
    pen.stroke();
    return context.createPattern(tile, "repeat");
  }
  // Cells that no old cell comes to.
  function hatch(context, kind, n, cell, rim) {
    context.fillStyle = stripes ??= stripe(context);
    kind.forEach((what, o) => { if (!what) context.fillRect(rim + o % n * cell, rim + Math.floor(o / n) * cell, cell, cell); });
  }
  // The interior is a rectangle.
  function around(context, kind, n, cell, rim) {
    const first = kind.indexOf(2), last = kind.lastIndexOf(2);
    if (first < 0) return;
    const [top, left] = [Math.floor(first / n), first % n], [bottom, end] = [Math.floor(last / n), last % n];
    for (const [style, line] of [["#fff", 6], [ACCENT, 3]]) {
      context.strokeStyle = style; context.lineWidth = line;
      context.strokeRect(rim + left * cell, rim + top * cell, (end - left + 1) * cell, (bottom - top + 1) * cell);
    }
  }
  function respond(at) {
    const size = table.length / names.length / (2 * REACH + 1) ** 2;
    const logitsAt = (down, right) => { const o = ((at * (2 * REACH + 1) + down + REACH) * (2 * REACH + 1) + right + REACH) * size; return table.subarray(o, o + size); };
    const logits = logitsAt(state.down, state.right), before = logitsAt(0, 0), p = softmax(logits), was = softmax(before);
    const best = p.indexOf(Math.max(...p)), first = was.indexOf(Math.max(...was));
    const text = v => v > 0.9995 ? "> 99.9 %" : v < 0.0005 ? "< 0.1 %" : `${(100 * v).toFixed(1)} %`;
    bars.forEach(({ row, fill, mark, percent, logit }, c) => {
      fill.style.width = `${100 * p[c]}%`; mark.style.left = `${100 * was[c]}%`;
      write(percent, text(p[c])); write(logit, fixed(logits[c], 1));
      row.classList.toggle("cl-best", c === best);
    });
    answers.setAttribute("aria-label", `probabilities and logits: ${p.map((v, c) => `${c} ${text(v)} ${fixed(logits[c], 1)}`).join(", ")}`);
    const still = !state.down && !state.right, note = at < 10 ? "" : " It is no digit, and the network has to name one.";
    write(answer, `The network says ${best}${still ? "" : best === first ? ", as before" : `; before the shift it said ${first}`}.${note}`);
    const change = Math.max(...logits.map((v, c) => Math.abs(v - before[c])));
    write(logitNote, `The upright marks show the probabilities in the old place. The logits have changed by up to ${fixed(change)}.`);
    return answer.textContent;
  }

  // -- pointer and keys -------------------------------------------------------------------------------------
  let from = null;
  frame.addEventListener("pointerdown", e => {
    if (e.button) return;
    frame.setPointerCapture(e.pointerId);
    from = { x: e.clientX, y: e.clientY, down: state.down, right: state.right };
  });
  frame.addEventListener("pointermove", e => {
    if (!from) return;
    const cell = frame.getBoundingClientRect().width / SIDE;
    move(from.down + Math.round((e.clientY - from.y) / cell), from.right + Math.round((e.clientX - from.x) / cell));
  });
  for (const end of ["pointerup", "pointercancel"]) frame.addEventListener(end, () => { from = null; });
  frame.addEventListener("keydown", e => {
    if (e.key === "Home") { e.preventDefault(); return move(0, 0); }
    const [rows, columns] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[e.key] ?? [];
    if (rows === undefined) return;
    e.preventDefault();
    const by = e.shiftKey ? 5 : 1;
    move(state.down + rows * by, state.right + columns * by);
  });

  const unlisten = listen(model, TRAITS, () => {
    if (from || TRAITS.every(trait => model.get(trait) === state[trait])) return;
    for (const trait of TRAITS) state[trait] = model.get(trait);
    update();
  });
  update();
  return () => { clearTimeout(later); unlisten(); };
}

export default { render };
