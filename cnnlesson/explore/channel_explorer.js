// The channel explorer: each slice of one filter on its channel of a colour picture, and the one map that they add up to.

const CHANNELS = ["red", "green", "blue"];
const UP_TO = ["red", "red + green", "red + green + blue", "all three + bias"];

// What each slice of the filter gives on its channel: a map for each. Tested against cnnlesson.ops.conv2d.
function partsOf(image, height, width, weight) {
  const kh = weight[0].length, kw = weight[0][0].length, rows = height - kh + 1, columns = width - kw + 1;
  const parts = weight.map((slice, c) => {
    const out = new Float32Array(rows * columns), flat = slice.flat();
    for (let i = 0, o = 0; i < rows; i++) for (let j = 0; j < columns; j++, o++) {
      let sum = 0;
      for (let a = 0, k = 0; a < kh; a++) {
        const start = (c * height + i + a) * width + j;
        for (let b = 0; b < kw; b++, k++) sum += image[start + b] * flat[k];
      }
      out[o] = sum;
    }
    return out;
  });
  return { parts, rows, columns };
}

// One map: the parts that count, added up, and the bias once.
function addUp(parts, counts, bias) {
  const out = new Float32Array(parts[0].length).fill(bias);
  parts.forEach((part, c) => { if (counts[c]) for (let i = 0; i < out.length; i++) out[i] += part[i]; });
  return out;
}

// Change a text only where it differs: the page is laid out anew for each change.
const write = (node, text) => { if (node.textContent !== text) node.textContent = text; };

// Draw the colour picture, without the channels that are switched off.
function photograph(canvas, planes, on, height, width) {
  const pixels = new ImageData(width, height), small = new OffscreenCanvas(width, height), context = canvas.getContext("2d");
  for (let i = 0; i < height * width; i++) {
    for (let c = 0; c < 3; c++) pixels.data[4 * i + c] = on[c] ? Math.round(planes[c][i] * 255) : 0;
    pixels.data[4 * i + 3] = 255;
  }
  small.getContext("2d").putImageData(pixels, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, canvas.width, canvas.height);
}

function render({ model, el }) {
  const [, height, width] = model.get("shape"), image = floats(model.get("image")), send = sender(model);
  const ratio = 2, size = height * width, planes = CHANNELS.map((_, c) => image.subarray(c * size, (c + 1) * size));
  const state = {}, TRAITS = ["weight", "bias", "channels", "step", "row", "column"];
  for (const trait of TRAITS) state[trait] = model.get(trait);
  const kh = state.weight[0].length, kw = state.weight[0][0].length;
  let map, drawn;

  // -- the page -------------------------------------------------------------------------------------------
  const LARGE = 248, SMALL = 120, scaleOf = side => side * ratio / Math.max(height, width);
  const canvas = (side, kind, rows, columns, attributes) => h("canvas", { width: Math.round(columns * scaleOf(side)), height: Math.round(rows * scaleOf(side)),
    style: `width:${Math.round(columns * scaleOf(side) / ratio)}px`, class: kind, ...attributes });
  const mapRows = height - kh + 1, mapColumns = width - kw + 1;
  const input = canvas(LARGE, "cl-input", height, width, { role: "img" });
  const output = canvas(LARGE, "cl-map", mapRows, mapColumns, { tabindex: 0, role: "application" });
  const presets = h("select", { onchange: () => presets.value && change({ weight: structuredClone(model.get("presets")[presets.value]) }) },
    h("option", { value: "" }, "your own"), ...Object.keys(model.get("presets")).map(name => h("option", {}, name)));
  const bias = slider("bias", { min: -2, max: 2, step: 0.05, text: v => number(v) }, value => change({ bias: value }));
  const upTo = count => count === 4 && !state.channels.every(Boolean) ? "all that are switched on + bias" : UP_TO[count - 1];
  const step = slider("add up", { min: 1, max: 4, text: upTo }, value => change({ step: value }));
  const next = h("button", { type: "button", onclick: () => change({ step: state.step % 4 + 1 }) }, "Next term");
  const reset = h("button", { type: "button", onclick: () => change(structuredClone(model.get("start"))) }, "Reset");
  const inputNote = h("p", { class: "cl-note" }), mapNote = h("p", { class: "cl-note", style: `width:${LARGE}px` });
  const error = h("p", { class: "cl-error", role: "alert", hidden: true });
  const sum = h("p", { class: "cl-sum", role: "status" });
  const channels = CHANNELS.map((name, c) => {
    const on = h("input", { type: "checkbox", onchange: () => change({ channels: state.channels.map((v, i) => i === c ? on.checked : v) }) });
    const grid = (kind, ...cells) => h("div", { class: `cl-grid ${kind}`, style: `grid-template-columns:repeat(${kw},auto)` }, ...cells);
    const cells = Array.from({ length: kh * kw }, (_, k) => cellInput(c, k));
    const products = grid("cl-products", ...Array.from({ length: kh * kw }, () => h("span")));
    products.setAttribute("role", "img");
    const plane = canvas(SMALL, "cl-plane", height, width, { role: "img" });
    const part = canvas(SMALL, "cl-part", mapRows, mapColumns, { role: "img" }), said = h("p", { class: "cl-note" });
    const node = h("div", { class: "cl-row cl-channel", role: "group", "aria-label": name },
      h("div", {}, h("label", { class: "cl-check" }, on, name), plane), h("span", { class: "cl-sign" }, "∗"), grid("cl-edit", ...cells),
      h("span", { class: "cl-sign" }, "="), part, h("div", { class: "cl-said" }, products, said));
    return { node, on, cells, products, plane, part, said };
  });
  const panel = (title, ...nodes) => h("section", { class: "cl-panel" }, h("p", { class: "cl-title" }, title), ...nodes);
  const heading = h("p", { class: "cl-title" });
  el.append(h("div", { class: "cl cl-channels" },
    h("div", { class: "cl-row" },
      panel("input", input, inputNote),
      panel("feature map", h("div", { style: `min-height:${Math.round(mapRows * scaleOf(LARGE) / ratio)}px; min-width:${Math.round(mapColumns * scaleOf(LARGE) / ratio)}px` }, output, error), mapNote),
      panel("filter", h("label", { class: "cl-pick" }, "preset ", presets), step.node, bias.node, h("div", { class: "cl-row cl-run" }, next, reset))),
    sum, heading, ...channels.map(channel => channel.node)));
  heading.textContent = `channel ∗ slice = its part of the sum, and the ${kh * kw} products of the outlined window`;

  function cellInput(c, k) {
    const place = `${CHANNELS[c]} slice, row ${Math.floor(k / kw)}, column ${k % kw}`;
    return numberCell(place, {
      value: () => state.weight[c].flat()[k],
      put: (value, typing) => put(c, k, value, typing),
      refuse: () => fail(`weight must hold numbers, the cell in the ${place} holds none`),
      leave: half => { if (!error.hidden || half) update(); },
    });
  }

  // -- state ----------------------------------------------------------------------------------------------
  function put(c, k, value, typing) {
    const weight = structuredClone(state.weight);
    weight[c][Math.floor(k / kw)][k % kw] = value;
    change({ weight }, typing);
  }
  function change(changes, typing) { Object.assign(state, changes); update(typing); send(changes); }
  function move(row, column) {
    state.row = Math.max(0, Math.min(map.rows - 1, row));
    state.column = Math.max(0, Math.min(map.columns - 1, column));
    look();
    send({ row: state.row, column: state.column });
  }
  function fail(sentence) { error.textContent = sentence; error.hidden = false; output.hidden = true; mapNote.textContent = ""; }

  // -- drawing: all of it in the event that asked for it, so that the next frame shows it -------------------
  function update(typing) {
    map = partsOf(image, height, width, state.weight);
    map.counts = CHANNELS.map((_, c) => state.channels[c] && c < state.step);
    map.bias = state.step > 3 ? state.bias : 0;
    map.values = addUp(map.parts, map.counts, map.bias);
    const whole = addUp(map.parts, [true, true, true], state.bias);      // its scale holds for the parts too, and while stepping
    map.limits = limitsOf([whole, ...map.parts].map(values => limitsOf(values, "signed")[1]), "signed");
    const flat = state.weight.flat(2), most = Math.max(1e-6, ...flat.map(Math.abs));
    channels.forEach(({ node, on, cells }, c) => {
      on.checked = state.channels[c];
      node.classList.toggle("cl-left-out", !map.counts[c]);
      state.weight[c].flat().forEach((value, k) => {
        const text = String(Number(value.toFixed(3)));
        if (cells[k] !== typing && cells[k].value !== text) cells[k].value = text;
        Object.assign(cells[k].style, colour(value, [-most, most], "signed"));
      });
    });
    bias.set(state.bias); step.set(state.step);
    presets.value = Object.entries(model.get("presets")).find(([, w]) => String(w) === String(state.weight))?.[0] ?? "";
    mapNote.textContent = `${map.rows} × ${map.columns}, purple ${number(map.limits[0])}, white 0, orange +${number(map.limits[1])}`;
    inputNote.textContent = `3 × ${height} × ${width}, ${showing()}`;
    output.setAttribute("aria-label", `Feature map, ${mapNote.textContent}. Arrow keys move the window, with Shift by ten.`);
    error.hidden = true; output.hidden = false;
    look();
  }
  const showing = () => state.channels.every(Boolean) ? "all channels" : state.channels.some(Boolean) ? `only ${CHANNELS.filter((_, c) => state.channels[c]).join(" and ")}` : "no channel";
  function look() {
    const { row, column } = state, at = row * map.columns + column;
    const still = String([row, column, state.channels]) === drawn;     // what comes in looks as before: no need to draw it again
    drawn = String([row, column, state.channels]);
    if (!still) {
      photograph(input, planes, state.channels, height, width);
      outline(input, row, column, kh, kw, scaleOf(LARGE), 16);
    }
    paint(output, map.values, map.rows, map.columns, map.limits, "signed");
    outline(output, row, column, 1, 1, scaleOf(LARGE), 10);
    const place = `the window covers rows ${row} to ${row + kh - 1}, columns ${column} to ${column + kw - 1}`;
    input.setAttribute("aria-label", `Colour picture, ${height} by ${width}, ${showing()}; ${place}.`);
    const productsOf = state.weight.map((slice, c) => slice.flat().map((w, k) => w * planes[c][(row + Math.floor(k / kw)) * width + column + k % kw]));
    const terms = [], limits = limitsOf(productsOf.flat(), "signed");   // one scale for all 27
    channels.forEach(({ products, plane, part, said }, c) => {
      if (!still) {
        paint(plane, planes[c], height, width, [0, 1], "grey");
        outline(plane, row, column, kh, kw, scaleOf(SMALL), 14);
      }
      plane.setAttribute("aria-label", `The ${CHANNELS[c]} channel as grey; ${place}.`);
      const look = String([row, column, map.limits, state.weight[c]]);
      if (part.dataset.look !== look) {
        paint(part, map.parts[c], map.rows, map.columns, map.limits, "signed");
        outline(part, row, column, 1, 1, scaleOf(SMALL), 8);
      }
      part.dataset.look = look;
      const found = productsOf[c], total = found.reduce((a, b) => a + b, 0);
      found.forEach((value, k) => { write(products.children[k], fixed(value)); Object.assign(products.children[k].style, colour(value, limits, "signed")); });
      products.setAttribute("aria-label", `products with ${CHANNELS[c]}: ${found.map(v => fixed(v)).join(", ")}`);
      part.setAttribute("aria-label", `What the ${CHANNELS[c]} slice adds to the map; ${fixed(total)} at the window.`);
      write(said, `sum ${fixed(total)}` + (map.counts[c] ? "" : state.channels[c] ? ", not yet added" : ", switched off"));
      if (map.counts[c]) terms.push(`${CHANNELS[c]} ${fixed(total)}`);
    });
    if (state.step > 3) terms.push(`bias ${fixed(state.bias)}`);
    sum.textContent = `row ${row}, column ${column}: ${terms.join(" + ") || "nothing added"} = ${fixed(map.values[at])}`;
  }

  // -- pointer and keys -------------------------------------------------------------------------------------
  const hover = (canvas, place) => canvas.addEventListener("pointermove", e => {
    const box = canvas.getBoundingClientRect();
    move(...place((e.clientY - box.top) / box.height, (e.clientX - box.left) / box.width));
  });
  const onMap = (y, x) => [Math.floor(y * map.rows), Math.floor(x * map.columns)];
  const onInput = (y, x) => [Math.round(y * height - kh / 2), Math.round(x * width - kw / 2)];
  hover(output, onMap); hover(input, onInput);
  for (const { plane, part } of channels) { hover(plane, onInput); hover(part, onMap); }
  output.addEventListener("keydown", e => {
    const [down, right] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[e.key] ?? [];
    if (down === undefined) return;
    e.preventDefault();
    move(state.row + down * (e.shiftKey ? 10 : 1), state.column + right * (e.shiftKey ? 10 : 1));
  });

  const unlisten = listen(model, TRAITS, () => {
    const changed = TRAITS.filter(trait => String(model.get(trait)) !== String(state[trait]));
    if (!changed.length || el.contains(document.activeElement) && changed.every(t => t === "row" || t === "column")) return;
    for (const trait of changed) state[trait] = model.get(trait);
    update();
  });
  update();
  return unlisten;
}

export default { render };
