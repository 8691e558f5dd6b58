// The softmax explorer: three logits and a temperature; probabilities, loss and its gradient answer.

// Softmax of logits / temperature, step by step. Temperature 0 is the limit: the largest logits share everything.
function softmaxAt(logits, temperature) {
  const most = Math.max(...logits);
  const below = logits.map(z => z === most ? 0 : (z - most) / temperature);      // −Infinity at temperature 0
  const powers = below.map(Math.exp), sum = powers.reduce((a, b) => a + b);
  return { below, powers, sum, p: powers.map(e => e / sum) };
}

// −log p of the right class, without the way over p, which may be too small for a number.
function lossAt(logits, temperature, label) {
  const { below, sum } = softmaxAt(logits, temperature);
  return Math.log(sum) - below[label];
}

const gradientAt = (logits, temperature, label) =>
  softmaxAt(logits, temperature).p.map((p, i) => p - (i === label ? 1 : 0));

// A number that may be very small: three decimals, or a power of ten.
const RAISED = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
function tiny(value) {
  if (value === 0 || Math.abs(value) >= 0.0005) return fixed(value, 3);
  const [digits, power] = value.toExponential(1).split("e");
  return `${digits.replace("-", "−")} · 10${[...String(Number(power))].map(c => RAISED[c]).join("")}`;
}
const finite = (value, digits = 2) => Number.isFinite(value) ? fixed(value, digits) : `${value < 0 ? "−" : ""}∞`;

function render({ model, el }) {
  const TRAITS = ["logits", "temperature", "label"], names = model.get("names"), limits = model.get("limits"), HIGHEST = 5;
  const send = sender(model), state = {}, ratio = 2;
  for (const trait of TRAITS) state[trait] = model.get(trait);

  // -- the page -------------------------------------------------------------------------------------------
  const canvas = (kind, wide, high) => h("canvas", { class: kind, width: ratio * wide, height: ratio * high, style: `width:${wide}px`, role: "img" });
  const bars = canvas("cl-bars", 260, 132), signed = canvas("cl-signed", 260, 132), curve = canvas("cl-curve", 300, 190);
  const ends = name => ({ min: limits[name][0], max: limits[name][1] });
  const sliders = names.map((name, i) => slider(`logit of ${name}`, { ...ends("logits"), step: 0.1, text: v => fixed(v, 1) },
    value => change({ logits: state.logits.map((z, k) => k === i ? value : z) })));
  const heat = slider("temperature", { ...ends("temperature"), step: 0.05, text: v => number(v) }, value => change({ temperature: value }));
  const pick = h("select", { onchange: () => change({ label: pick.selectedIndex }) }, ...names.map(name => h("option", {}, name)));
  const reset = h("button", { type: "button", onclick: () => change(structuredClone(model.get("start"))) }, "Reset");
  const cells = names.map(() => [0, 1, 2].map(() => h("td")));
  const table = h("table", {},
    h("thead", {}, h("tr", {}, ...["class", "(logit − largest) / T", "exp of that", "divided by their sum"].map(text => h("th", { scope: "col" }, text)))),
    h("tbody", {}, ...names.map((name, i) => h("tr", {}, h("th", { scope: "row" }, name), ...cells[i]))));
  const said = h("p", { class: "cl-sum", role: "status" }), note = h("p", { class: "cl-note" });
  const panel = (title, ...nodes) => h("section", { class: "cl-panel" }, h("p", { class: "cl-title" }, title), ...nodes);
  el.append(h("div", { class: "cl cl-softmax" },
    h("div", { class: "cl-row" },
      panel("logits", ...sliders.map(s => s.node), heat.node, h("label", { class: "cl-pick" }, "right class ", pick), reset),
      h("div", {}, panel("probabilities p", bars), panel("p − y", signed)),
      h("div", {}, panel("loss: −ln p of the right class", curve), panel("softmax, step by step", table))),
    said, note));

  // -- drawing: all of it in the event that asked for it, so that the next frame shows it -------------------
  function change(changes) { Object.assign(state, changes); update(); send(changes); }
  const ink = () => getComputedStyle(el).color;

  // One bar a class from `zero` on, both lengths and places as shares of the room beside the names.
  function drawBars(target, values, zero, span, look) {
    const c = target.getContext("2d"), W = target.width, H = target.height, left = 132, room = W - left - 130, tall = H / values.length;
    const X = v => left + room * (zero + v * span);
    c.clearRect(0, 0, W, H);
    values.forEach((value, i) => {
      const middle = (i + 0.5) * tall, { fill, text } = look(value, i);
      c.fillStyle = fill; c.fillRect(Math.min(X(0), X(value)), middle - 26, Math.abs(X(value) - X(0)), 52);
      c.fillStyle = ink(); c.font = `${i === state.label ? "bold " : ""}26px system-ui, sans-serif`;
      c.textAlign = "right"; c.fillText(names[i], left - 14, middle + 9, left - 18);
      c.textAlign = "left"; c.fillText(text, Math.max(X(0), X(value)) + 10, middle + 9, 140);
    });
    c.fillStyle = ink(); c.globalAlpha = 0.5; c.fillRect(X(0) - 1, 0, 2, H); c.globalAlpha = 1;
  }

  function drawCurve(p, loss) {
    const c = curve.getContext("2d"), W = curve.width, H = curve.height;
    const X = v => 60 + v * (W - 84), Y = v => H - 70 - v / HIGHEST * (H - 92);
    c.clearRect(0, 0, W, H);
    c.fillStyle = c.strokeStyle = ink(); c.font = "24px system-ui, sans-serif"; c.lineWidth = 1; c.globalAlpha = 0.45;
    c.strokeRect(X(0), Y(HIGHEST), 0, Y(0) - Y(HIGHEST)); c.strokeRect(X(0), Y(0), X(1) - X(0), 0);
    c.globalAlpha = 1; c.textAlign = "center";
    for (const v of [0, 0.5, 1]) c.fillText(number(v), X(v), H - 40);
    c.fillText("p of the right class", (X(0) + X(1)) / 2, H - 8);
    c.textAlign = "right"; for (const v of [0, HIGHEST]) c.fillText(number(v), 48, Y(v) + 9);
    c.strokeStyle = "#1976d2"; c.lineWidth = 5; c.beginPath();
    for (let i = 0; i <= 200; i++) { const l = HIGHEST * (1 - i / 200); c[i ? "lineTo" : "moveTo"](X(Math.exp(-l)), Y(l)); }
    c.stroke();
    c.fillStyle = ACCENT; c.beginPath();
    if (loss <= HIGHEST) c.arc(X(p), Y(loss), 11, 0, 7);
    else for (const [x, y] of [[0, -16], [14, 10], [-14, 10]]) c.lineTo(X(0) + 4 + x, Y(HIGHEST) + y);     // up and away
    c.fill();
    if (loss > HIGHEST) { c.textAlign = "left"; c.font = "bold 24px system-ui, sans-serif"; c.fillText(`off the picture: ${finite(loss)}`, X(0) + 30, Y(HIGHEST) + 9); }
    curve.setAttribute("aria-label", `Curve of −ln p, falling from infinity at p 0 to 0 at p 1; the mark is at p ${tiny(p)}, loss ${finite(loss)}`);
  }

  function update() {
    const { logits, temperature, label } = state, { below, powers, p } = softmaxAt(logits, temperature);
    const loss = lossAt(logits, temperature, label), gradient = gradientAt(logits, temperature, label);
    sliders.forEach((s, i) => s.set(logits[i])); heat.set(temperature); pick.selectedIndex = label;
    drawBars(bars, p, 0, 1, (v, i) => ({ fill: i === label ? ACCENT : "#8a94a0", text: tiny(v) }));
    bars.setAttribute("aria-label", `Probabilities: ${p.map((v, i) => `${names[i]} ${tiny(v)}`).join(", ")}`);
    const signs = gradient.map(v => (v > 0 ? "+" : "") + tiny(v));
    drawBars(signed, gradient, 0.5, 0.5, (v, i) => ({ fill: v > 0 ? "#e08214" : "#8073ac", text: signs[i] }));
    signed.setAttribute("aria-label", `p minus y: ${signs.map((text, i) => `${names[i]} ${text}`).join(", ")}`);
    drawCurve(p[label], loss);
    cells.forEach((row, i) => [finite(below[i]), tiny(powers[i]), tiny(p[i])].forEach((text, k) => { row[k].textContent = text; }));
    said.textContent = `Right class ${names[label]}: p = ${tiny(p[label])}, loss = ${finite(loss, 3)}. A guess among three has ${fixed(Math.log(3), 3)}.`;
    const winners = names.filter((_, i) => logits[i] === Math.max(...logits));
    note.textContent = temperature > 0
      ? `Largest logit: ${winners.join(" and ")}. One step of gradient descent moves each logit against its bar in p − y${temperature === 1 ? "." : `; the slope is (p − y) / ${number(temperature)}.`}`
      : `Temperature 0 is a limit, since nothing can be divided by 0: ${winners.length > 1 ? `${winners.join(" and ")} share everything` : `${winners[0]}, the largest, takes all`}, whatever the distance. The slope is lost.`;
  }

  const unlisten = listen(model, TRAITS, () => {
    const changed = TRAITS.filter(trait => JSON.stringify(model.get(trait)) !== JSON.stringify(state[trait]));
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
