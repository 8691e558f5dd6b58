// The reliability explorer: one temperature for all logits; the diagram, calibration error and loss answer.

const BINS = 10;

// Softmax of all rows at a temperature: how often answers are right against how probable they are called.
function measure(logits, labels, classes, temperature) {
  const confidence = new Array(BINS).fill(0), accuracy = new Array(BINS).fill(0), count = new Array(BINS).fill(0), rows = labels.length;
  let loss = 0, right = 0, sure = 0;
  for (let row = 0, at = 0; row < rows; row++, at += classes) {
    let best = 0, sum = 0;
    for (let k = 1; k < classes; k++) if (logits[at + k] > logits[at + best]) best = k;
    const most = logits[at + best];
    for (let k = 0; k < classes; k++) sum += Math.exp((logits[at + k] - most) / temperature);
    const p = 1 / sum, hit = best === labels[row] ? 1 : 0, bin = Math.min(BINS - 1, Math.floor(BINS * p));
    loss += Math.log(sum) + (most - logits[at + labels[row]]) / temperature;
    confidence[bin] += p; accuracy[bin] += hit; count[bin]++; right += hit; sure += p;
  }
  let error = 0;
  for (let m = 0; m < BINS; m++) {
    error += Math.abs(confidence[m] - accuracy[m]) / rows;
    if (count[m]) { confidence[m] /= count[m]; accuracy[m] /= count[m]; }
  }
  return { confidence, accuracy, count, error, loss: loss / rows, right: right / rows, sure: sure / rows };
}

const percent = (share, digits = 1) => `${fixed(100 * share, digits)} %`;

function render({ model, el }) {
  const TRAITS = ["chosen", "temperature"], names = model.get("names"), classes = model.get("classes"), [low, high] = model.get("limits");
  const logits = model.get("logits").map(floats), labels = model.get("labels").map(view => new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  const send = sender(model), state = {}, ratio = 2;
  for (const trait of TRAITS) state[trait] = model.get(trait);

  // -- the page -------------------------------------------------------------------------------------------
  const diagram = h("canvas", { class: "cl-diagram", width: ratio * 360, height: ratio * 300, style: "width:360px", role: "img" });
  const pick = h("select", { onchange: () => change({ chosen: names[pick.selectedIndex] }) }, ...names.map(name => h("option", {}, name)));
  const heat = slider("temperature", { min: low, max: high, step: 0.05, text: v => number(v) }, value => change({ temperature: value }));
  const reset = h("button", { type: "button", onclick: () => change(structuredClone(model.get("start"))) }, "Reset");
  const values = ["right", "mean confidence", "calibration error", "loss"].map(name => [h("span", {}, name), h("b")]);
  const said = h("p", { class: "cl-sum", role: "status" });
  const panel = (title, ...nodes) => h("section", { class: "cl-panel" }, h("p", { class: "cl-title" }, title), ...nodes);
  el.append(h("div", { class: "cl cl-reliability" },
    h("div", { class: "cl-row" },
      panel("answers of", h("label", { class: "cl-pick" }, "network and digits ", h("br"), pick), heat.node, h("div", { class: "cl-values" }, ...values.flat()), reset),
      panel("reliability diagram", diagram)),
    said));

  // -- drawing: all of it in the event that asked for it, so that the next frame shows it -------------------
  function change(changes) { Object.assign(state, changes); update(); send(changes); }
  function draw({ confidence, accuracy, count }) {
    const c = diagram.getContext("2d"), W = diagram.width, H = diagram.height, ink = getComputedStyle(el).color;
    const X = v => 100 + v * (W - 124), Y = v => H - 84 - v * (H - 140);
    c.clearRect(0, 0, W, H);
    c.fillStyle = "#8a94a0";
    accuracy.forEach((share, m) => { if (count[m]) c.fillRect(X(m / BINS) + 2, Y(share), X(1 / BINS) - X(0) - 4, Y(0) - Y(share)); });
    c.fillStyle = c.strokeStyle = ink; c.font = "24px system-ui, sans-serif"; c.lineWidth = 2;
    c.globalAlpha = 0.5; c.beginPath(); c.moveTo(X(0), Y(1)); c.lineTo(X(0), Y(0)); c.lineTo(X(1), Y(0)); c.stroke(); c.globalAlpha = 1;
    c.setLineDash([12, 8]); c.beginPath(); c.moveTo(X(0), Y(0)); c.lineTo(X(1), Y(1)); c.stroke(); c.setLineDash([]);
    c.textAlign = "center"; for (const v of [0, 0.5, 1]) c.fillText(number(v), X(v), Y(0) + 30);
    c.fillText("probability of the answer", X(0.5), H - 12);
    c.textAlign = "right"; for (const v of [0, 0.5, 1]) c.fillText(number(v), X(0) - 10, Y(v) + 8);
    c.save(); c.translate(22, Y(0.5)); c.rotate(-Math.PI / 2); c.textAlign = "center"; c.fillText("share that is right", 0, 0); c.restore();
    c.textAlign = "center"; c.font = "22px system-ui, sans-serif";
    accuracy.forEach((share, m) => {
      if (!count[m]) return;
      c.fillStyle = ACCENT; c.beginPath(); c.arc(X(confidence[m]), Y(share), 9, 0, 7); c.fill();
      c.fillStyle = ink; c.fillText(String(count[m]), X((m + 0.5) / BINS), Y(share) - 16);
    });
  }
  function update() {
    const which = names.indexOf(state.chosen), now = measure(logits[which], labels[which], classes, state.temperature);
    pick.selectedIndex = which; heat.set(state.temperature);
    draw(now);
    const bins = now.count.map((n, m) => n ? `${10 * m} to ${10 * m + 10} %: ${n} answers, said ${percent(now.confidence[m])}, right ${percent(now.accuracy[m])}` : "").filter(Boolean);
    diagram.setAttribute("aria-label", `Reliability diagram. ${bins.join("; ")}`);
    [percent(now.right, 2), percent(now.sure, 2), percent(now.error, 2), fixed(now.loss, 4)].forEach((text, i) => { values[i][1].textContent = text; });
    const gap = now.sure - now.right;
    said.textContent = `${state.chosen}, T = ${number(state.temperature)}: `
      + (Math.abs(gap) < 0.005 ? "on the whole as confident as it is right." : `on the whole ${fixed(100 * Math.abs(gap), 1)} percentage points ${gap > 0 ? "too confident" : "not confident enough"}.`);
  }

  const unlisten = listen(model, TRAITS, () => {
    const changed = TRAITS.filter(trait => model.get(trait) !== state[trait]);
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
