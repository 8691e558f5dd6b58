// What all explorers share. Each explorer's own file is appended to this one (explore/base.py): no build step.

const ACCENT = "#d81b60";       // the window being looked at, here and in cnnlesson.plot
const PALETTES = {              // colours at equal distances: SIGNED, MAGNITUDE and GREY of cnnlesson.plot
  signed: ["542788", "8073ac", "b2abd2", "d8daeb", "ffffff", "fee0b6", "fdb863", "e08214", "b35806"],
  magnitude: ["440154", "48186a", "472d7b", "424086", "3b528b", "33638d", "2c728e", "26828e", "21918c", "1fa088", "28ae80", "3fbc73", "5ec962", "84d44b", "addc30", "d8e219", "fde725"],
  grey: ["000000", "ffffff"],
};

const lookup = {};              // palette name → 256 colours as r, g, b
for (const [name, hex] of Object.entries(PALETTES)) {
  const stops = hex.map(h => [0, 2, 4].map(i => parseInt(h.slice(i, i + 2), 16)));
  lookup[name] = Uint8Array.from({ length: 768 }, (_, k) => {
    const at = Math.floor(k / 3) / 255 * (stops.length - 1), i = Math.min(Math.floor(at), stops.length - 2);
    return Math.round(stops[i][k % 3] + (at - i) * (stops[i + 1][k % 3] - stops[i][k % 3]));
  });
}

// The place of a value in its palette: 0 … 255.
const shade = (value, [low, high]) => Math.max(0, Math.min(255, Math.round((value - low) / (high - low || 1) * 255)));

const colour = (value, limits, palette) => {
  const i = 3 * shade(value, limits), [r, g, b] = lookup[palette].subarray(i, i + 3);
  return { background: `rgb(${r},${g},${b})`, color: 0.299 * r + 0.587 * g + 0.114 * b > 140 ? "#000" : "#fff" };
};

// Limits that suit the values: symmetric around 0 for signed ones, from 0 for magnitudes.
function limitsOf(values, palette) {
  let most = 1e-6;
  for (const v of values) if (Math.abs(v) > most) most = Math.abs(v);
  return palette === "signed" ? [-most, most] : [0, most];
}

// Make an element: h("button", {class: "x", onclick: f}, "text", child).
function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value !== false) node.setAttribute(key, value === true ? "" : value);
  }
  if (["input", "select", "button"].includes(tag) || "tabindex" in attributes) {
    // JupyterLab's notebook shortcuts would take typed keys; the mark must sit on the focusable node itself
    node.dataset.lmSuppressShortcuts = "true";
    // Escape gives the keys back to the notebook
    node.addEventListener("keydown", e => { if (e.key === "Escape") node.closest(".jp-Cell")?.focus(); });
  }
  node.append(...children);
  return node;
}

// A labelled slider; set(value) moves it without telling anyone. (<output> would take the label for itself.)
function slider(label, { min, max, step = 1, text = String }, changed) {
  const shown = h("b");
  const input = h("input", { type: "range", min, max, step, "aria-label": label, oninput: () => { show(); changed(Number(input.value)); } });
  const show = () => { shown.textContent = text(Number(input.value)); input.setAttribute("aria-valuetext", shown.textContent); };
  const node = h("label", { class: "cl-slider" }, h("span", {}, label, " ", shown), input);
  return { node, set: value => { input.value = value; show(); } };
}

// A cell that holds a number: type it, or drag sideways (each 8 pixels 0.5 more, with Shift 0.1).
//   value()           the number that it holds now
//   put(value, cell)  a new one; the cell is given while it is typed into
//   refuse()          what was typed is no number
//   leave(half)       the focus goes; half: with something half typed, such as a lone minus sign
function numberCell(label, { value, put, refuse, leave }) {
  const cell = h("input", { type: "number", step: "any", "aria-label": label });
  let from = null;                                              // where the drag began
  cell.addEventListener("input", () => {
    if (cell.validity.badInput) return;
    if (cell.value.trim() === "" || !Number.isFinite(cell.valueAsNumber)) return refuse();
    put(cell.valueAsNumber, cell);
  });
  cell.addEventListener("blur", () => leave(cell.validity.badInput));
  cell.addEventListener("pointerdown", e => { from = { x: e.clientX, value: value(), moved: false }; });
  cell.addEventListener("pointermove", e => {
    if (!from || !e.buttons || Math.abs(e.clientX - from.x) < 4 && !from.moved) return;
    from.moved = true;
    cell.setPointerCapture(e.pointerId);
    const steps = Math.round((e.clientX - from.x) / 8);
    put(Math.round((from.value + steps * (e.shiftKey ? 0.1 : 0.5)) * 100) / 100);
    e.preventDefault();
  });
  cell.addEventListener("pointerup", () => { from = null; });
  return cell;
}

// A grid of values as a canvas with one pixel for each.
function raster(values, height, width, limits, palette) {
  const image = new ImageData(width, height), colours = lookup[palette], scale = 255 / (limits[1] - limits[0] || 1);
  for (let i = 0, j = 0; i < values.length; i++, j += 4) {
    const k = 3 * Math.max(0, Math.min(255, Math.round((values[i] - limits[0]) * scale)));
    image.data[j] = colours[k]; image.data[j + 1] = colours[k + 1]; image.data[j + 2] = colours[k + 2]; image.data[j + 3] = 255;
  }
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

// Draw a grid of values over a whole canvas, scaled up with sharp edges.
function paint(canvas, values, height, width, limits, palette) {
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.drawImage(raster(values, height, width, limits, palette), 0, 0, canvas.width, canvas.height);
}

// Outline a window in the accent colour, with a light rim so that it shows on any picture.
function outline(canvas, top, left, height, width, scale, least = 0) {
  const context = canvas.getContext("2d"), grow = Math.max(0, (least - height * scale) / 2) + 2;
  const box = [left * scale - grow, top * scale - grow, width * scale + 2 * grow, height * scale + 2 * grow];
  for (const [style, line] of [["#fff", 6], [ACCENT, 3]]) {
    context.strokeStyle = style; context.lineWidth = line; context.strokeRect(...box);
  }
}

// Send changes to Python: the first at once, then at most one message a frame; newer values replace older ones.
function sender(model) {
  let waiting = null, busy = false;
  const flush = () => {
    busy = waiting !== null;
    if (!busy) return;
    for (const [key, value] of Object.entries(waiting)) model.set(key, value);
    waiting = null;
    model.save_changes();
    requestAnimationFrame(flush);
  };
  return changes => { waiting = { ...waiting, ...changes }; if (!busy) flush(); };
}

// A number for people: at most `digits` decimals, a true minus sign.
const number = (value, digits = 2) => {
  const text = String(Number(value.toFixed(digits)));
  return (text === "-0" ? "0" : text).replace("-", "−");
};
const fixed = (value, digits = 2) => value.toFixed(digits).replace(/^-(0\.?0*)$/, "$1").replace("-", "−");

// float32 numbers out of a trait that holds bytes.
const floats = view => new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));

// Call `listener` once after one or more of the traits have changed in one go; returns what undoes it.
function listen(model, traits, listener) {
  let due = false;
  const changed = () => {
    if (!due) queueMicrotask(() => { due = false; listener(); });
    due = true;
  };
  for (const trait of traits) model.on(`change:${trait}`, changed);
  return () => { for (const trait of traits) model.off(`change:${trait}`, changed); };
}

// ipywidgets' own sliders (`interact`, say) have handles without a name, and the notebook's shortcuts act while they
// have the focus: typing x would cut the cell. Mend those of the page, now and when others are added.
function mendSliders() {
  for (const handle of document.querySelectorAll(".noUi-handle:not([data-lm-suppress-shortcuts])")) {
    handle.dataset.lmSuppressShortcuts = "true";
    handle.setAttribute("aria-label", handle.closest(".widget-slider")?.querySelector("label")?.textContent || "slider");
  }
}
if (!globalThis.cnnlessonMends) {
  globalThis.cnnlessonMends = new MutationObserver(mendSliders);
  globalThis.cnnlessonMends.observe(document.body, { childList: true, subtree: true });
}
