// The deep-stack explorer: Python passes digits through the stack and back, this draws what it found.

const LOWEST = -20, HIGHEST = 20;
const raised = n => `10${String(n).replace(/./g, d => ({ "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³" })[d] ?? String.fromCharCode(0x2070 + Number(d)))}`;

// A positive number as a power of ten with one decimal before it, in words where it is beyond the axis.
function magnitude(value) {
  if (value === 0) return "0";
  if (value < 10 ** LOWEST) return `below ${raised(LOWEST)}`;
  if (value > 10 ** HIGHEST) return `above ${raised(HIGHEST)}`;
  const [digits, power] = value.toExponential(1).split("e").map(Number);   // rounded first: 0.00999 is 0.01
  return power >= -2 && power < 3 ? number(value, Math.max(0, 1 - power)) : `${number(digits, 1)} · ${raised(power)}`;
}

function render({ model, el }) {
  const TRAITS = ["activation", "depth", "scale", "bias", "seed"], limits = model.get("limits"), send = sender(model), state = {};
  const UNITS = 64, W = 900, H = 520;
  for (const trait of TRAITS) state[trait] = model.get(trait);

  // -- the page -------------------------------------------------------------------------------------------
  const gradient = h("canvas", { class: "cl-gradient", width: W, height: H, style: `width:${W / 2}px`, tabindex: 0, role: "application" });
  const dead = h("canvas", { class: "cl-dead", width: 6 * UNITS, height: 450, style: `width:${3 * UNITS}px`, role: "img" });
  const pick = h("select", { onchange: () => change({ activation: pick.value }) }, ...model.get("activations").map(name => h("option", {}, name)));
  const sliders = {
    depth: slider("depth", { min: limits.depth[0], max: limits.depth[1], text: v => `${v} layers` }, v => change({ depth: v })),
    scale: slider("start scale", { min: -1, max: 1, step: 0.02, text: v => `${number(10 ** v)} × He's` }, v => change({ scale: Math.round(10 ** v * 1e4) / 1e4 })),
    bias: slider("bias", { min: limits.bias[0], max: limits.bias[1], step: 0.05, text: v => number(v) }, v => change({ bias: v })),
    seed: slider("seed", { min: limits.seed[0], max: limits.seed[1] }, v => change({ seed: v })),
  };
  const reset = h("button", { type: "button", onclick: () => change({ ...model.get("start") }) }, "Reset");
  const error = h("p", { class: "cl-error", role: "alert", hidden: true }), said = h("p", { class: "cl-sum", role: "status" });
  const layerNote = h("p", { class: "cl-note" }), deadNote = h("p", { class: "cl-note" });
  const panel = (title, ...nodes) => h("section", { class: "cl-panel" }, h("p", { class: "cl-title" }, title), ...nodes);
  el.append(h("div", { class: "cl cl-stack" },
    h("div", { class: "cl-row" },
      panel("start", h("label", { class: "cl-pick" }, "activation ", pick), ...Object.values(sliders).map(s => s.node), reset),
      panel("gradient of each layer", h("div", { class: "cl-room", style: `width:${W / 2}px` }, gradient, error), layerNote),
      panel("units: a row for each layer", dead, deadNote)),
    said));

  // -- asking Python ----------------------------------------------------------------------------------------
  let layer = 0, nudges = 0;
  function change(changes) {
    Object.assign(state, changes);
    controls();
    send(changes);
    if (nudges <= 0) setTimeout(nudge, 14);
    nudges = 4;
  }
  // Jupyter's server holds an answer back until the browser has confirmed the message before it; see the digit explorer.
  function nudge() { if (nudges-- > 0) { model.send({}); setTimeout(nudge, 14); } }
  function controls() {
    pick.value = state.activation;
    for (const [trait, control] of Object.entries(sliders)) control.set(trait === "scale" ? Math.log10(state.scale) : state[trait]);
  }

  // -- what Python answered ---------------------------------------------------------------------------------
  const place = (power, depth) => [i => 90 + (depth > 1 ? i / (depth - 1) : 0.5) * (W - 120), 24 + (HIGHEST - power) / (HIGHEST - LOWEST) * (H - 90)];
  const height = value => place(value > 0 ? Math.max(LOWEST, Math.min(HIGHEST, Math.log10(value))) : LOWEST, 2)[1];
  function update() {
    const { gradients, health, error: sentence, depth, activation } = model.get("answer");
    error.textContent = sentence; error.hidden = !sentence; gradient.hidden = Boolean(sentence);
    layer = Math.max(0, Math.min(depth - 1, layer));
    draw(gradients, depth);
    units(model.get("units"), depth, Boolean(sentence));
    if (sentence) { layerNote.textContent = ""; said.textContent = "Exploding: there is no gradient to show. Choose a smaller start scale, or fewer layers."; return; }
    const [first, last] = [gradients[0], gradients.at(-1)];
    const words = { vanishing: "Vanishing", exploding: "Exploding", healthy: "Healthy", none: "No gradient arrives" }[health];
    said.textContent = `${words}: last layer ${magnitude(last)}, first layer ${magnitude(first)}` + (first && last ? `, ratio ${magnitude(first / last)}.` : ".");
    gradient.setAttribute("aria-label", `Gradient of ${depth} layers with ${activation}, logarithmic. ${said.textContent} Arrow keys walk through the layers.`);
  }
  function draw(gradients, depth) {
    const c = gradient.getContext("2d"), [X] = place(0, depth), ink = getComputedStyle(el).color;
    c.clearRect(0, 0, W, H);
    if (!gradients.length) return;
    c.font = "24px system-ui, sans-serif"; c.fillStyle = c.strokeStyle = ink; c.textAlign = "right"; c.lineWidth = 1;
    for (let power = LOWEST; power <= HIGHEST; power += 10) {
      const y = place(power, 2)[1];
      c.globalAlpha = 1; c.fillText(raised(power), 76, y + 8);
      c.globalAlpha = 0.35; c.beginPath(); c.moveTo(90, y); c.lineTo(W - 30, y); c.stroke();
    }
    c.globalAlpha = 1; c.textAlign = "center";
    const step = depth > 12 ? 10 : depth > 1 ? Math.ceil(depth / 4) : 1;
    for (let i = 0; i < depth; i++) if (i === 0 || (i + 1) % step === 0 && i > step / 2) c.fillText(i + 1, X(i), H - 34);
    c.fillText("layer", W / 2 + 30, H - 6);
    c.strokeStyle = "#1976d2"; c.lineWidth = 4; c.beginPath();
    gradients.forEach((g, i) => c[i ? "lineTo" : "moveTo"](X(i), height(g)));
    c.stroke();
    c.fillStyle = "#1976d2";
    gradients.forEach((g, i) => { c.beginPath(); c.arc(X(i), height(g), depth > 30 ? 4 : 6, 0, 7); c.fill(); });
    c.strokeStyle = ACCENT; c.lineWidth = 4; c.beginPath(); c.arc(X(layer), height(gradients[layer]), 11, 0, 7); c.stroke();
    const clipped = gradients.filter(g => g < 10 ** LOWEST || g > 10 ** HIGHEST).length;
    layerNote.textContent = `layer ${layer + 1}: ${magnitude(gradients[layer])}` + (clipped ? `; ${clipped} beyond the axis, drawn at its edge` : "");
  }
  function units(bytes, depth, none) {
    const map = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), c = dead.getContext("2d");
    if (none || !map.length) { c.clearRect(0, 0, dead.width, dead.height); deadNote.textContent = ""; dead.setAttribute("aria-label", "no units to show"); return; }
    paint(dead, map, map.length / UNITS, UNITS, [0, 1], "magnitude");
    const share = map.reduce((a, b) => a + b, 0) / map.length, mine = map.subarray(layer * UNITS, (layer + 1) * UNITS).reduce((a, b) => a + b, 0);
    outline(dead, layer * dead.height / depth, 0, dead.height / depth, dead.width, 1, 6);
    deadNote.textContent = `dead (yellow): ${number(100 * share, 1)} %; in layer ${layer + 1}: ${mine} of ${UNITS}`;
    dead.setAttribute("aria-label", `${depth} layers of ${UNITS} units; ${deadNote.textContent}`);
  }

  // -- pointer and keys -------------------------------------------------------------------------------------
  function walk(to) { layer = to; update(); }
  gradient.addEventListener("pointermove", e => {
    const box = gradient.getBoundingClientRect(), depth = model.get("answer").depth;
    walk(Math.round(((e.clientX - box.left) / box.width * W - 90) / (W - 120) * (depth - 1)));
  });
  gradient.addEventListener("keydown", e => {
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -99, End: 99 }[e.key];
    if (!step) return;
    e.preventDefault();
    walk(layer + step);
  });

  const quiet = [listen(model, ["answer", "units"], update), listen(model, TRAITS, () => {
    if (el.contains(document.activeElement)) return;            // what the learner moves is newer
    for (const trait of TRAITS) state[trait] = model.get(trait);
    controls();
  })];
  controls();
  update();
  const themed = new MutationObserver(update);                  // ink follows the theme
  themed.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-name"] });
  requestAnimationFrame(update);                                // by now the page has its colours
  return () => { themed.disconnect(); quiet.forEach(undo => undo()); };
}

export default { render };
