// The weight explorer: a dense layer and a convolution on the same image, counted and drawn to scale.

// Weights and arithmetic of both layers. Tested against the layers of cnnlesson.nn.
function count({ side, channels, hidden, kernel, filters }) {
  const pixels = side * side * channels, window = kernel * kernel * channels, places = (side - kernel + 1) ** 2;
  return {
    dense: { one: pixels, weights: pixels * hidden, biases: hidden, multiplyAdds: pixels * hidden, outputs: hidden },
    convolution: { one: window, weights: window * filters, biases: filters, multiplyAdds: window * filters * places, outputs: filters * places },
  };
}

// Sides of two squares whose areas are in proportion, the larger one `most` pixels wide; never less than two pixels.
function sides(a, b, most) {
  const large = Math.max(a, b);
  return [a, b].map(value => Math.max(2, most * Math.sqrt(value / large)));
}

// Thousands apart by a narrow space that no line breaks at.
const grouped = value => String(value).replace(/\B(?=(\d{3})+$)/g, "\u202f");

// How many times: two decimals below ten, whole numbers from there.
const times = ratio => ratio < 9.995 ? number(ratio) : grouped(Math.round(ratio));

// Which of the two has more of something, as a sentence.
function compared(dense, convolution, verb, what) {
  if (dense === convolution) return `Both ${verb[1]} as many ${what}.`;
  const more = dense > convolution ? "dense layer" : "convolution", fewer = dense > convolution ? "convolution" : "dense layer";
  const ratio = Math.max(dense, convolution) / Math.min(dense, convolution);
  if (ratio < 1.005) return `Both ${verb[1]} nearly as many ${what}, the ${more} slightly more.`;
  return `The ${more} ${verb[0]} ${times(ratio)} times as many ${what} as the ${fewer}.`;
}

function render({ model, el }) {
  const TRAITS = ["side", "channels", "hidden", "kernel", "filters"], limits = model.get("limits"), send = sender(model);
  const LARGEST = 130, FIELD = 112, state = {};
  for (const trait of TRAITS) state[trait] = model.get(trait);

  // -- the page -------------------------------------------------------------------------------------------
  const labels = { side: "image side", channels: "channels", hidden: "neurons", kernel: "kernel side", filters: "filters" };
  const sliders = Object.fromEntries(TRAITS.map(trait =>
    [trait, slider(labels[trait], { min: limits[trait][0], max: limits[trait][1] }, value => change({ [trait]: value }))]));
  const button = (text, clicked) => h("button", { type: "button", onclick: clicked }, text);
  const preset = (side, channels, name) => button(`${side} × ${side} ${name}`, () => change({ side, channels }));
  const note = () => h("p", { class: "cl-note" });
  const field = () => h("div", { class: "cl-field", role: "img" }, h("div", { class: "cl-sees" }));
  const panel = (title, ...nodes) => h("section", { class: "cl-panel" }, h("p", { class: "cl-title" }, title), ...nodes);
  const fields = [field(), field()], notes = [note(), note()];
  const scale = title => {
    const squares = [h("div", { class: "cl-square" }), h("div", { class: "cl-square" })], values = [h("b"), h("b")];
    const stage = h("div", { class: "cl-stage", role: "img" }, ...squares, h("p", {}, values[0], "dense layer"), h("p", {}, values[1], "convolution"));
    const small = note();
    return { title, stage, squares, values, small, node: panel(`${title}, areas to scale`, stage, small) };
  };
  const scales = [scale("weights"), scale("multiply-adds")];
  const ROWS = ["weights of one neuron, one filter", "weights", "biases", "multiply-adds", "multiply-adds for each weight", "numbers that come out"];
  const cells = ROWS.map(() => [h("td"), h("td")]);
  const verdict = h("p", { class: "cl-verdict", role: "status" });
  el.append(h("div", { class: "cl cl-weights" },
    h("div", { class: "cl-row" },
      panel("image", h("div", { class: "cl-presets" }, preset(28, 1, "grey"), preset(72, 3, "colour"), preset(224, 3, "colour"),
        button("Reset all", () => change({ ...model.get("start") }))), sliders.side.node, sliders.channels.node),
      panel("dense layer", fields[0], notes[0], sliders.hidden.node),
      panel("convolution", fields[1], notes[1], sliders.kernel.node, sliders.filters.node)),
    h("div", { class: "cl-row cl-scales" }, ...scales.map(s => s.node)),
    h("table", {}, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "count"), h("th", { scope: "col" }, "dense layer"), h("th", { scope: "col" }, "convolution"))),
      h("tbody", {}, ...ROWS.map((name, i) => h("tr", {}, h("th", { scope: "row" }, name), ...cells[i])))),
    verdict));

  // -- drawing: all of it in the event that asked for it, so that the next frame shows it -------------------
  function change(changes) { Object.assign(state, changes); update(); send(changes); }
  function update() {
    const { side, channels, hidden, kernel, filters } = state, { dense, convolution } = count(state), out = side - kernel + 1;
    for (const trait of TRAITS) sliders[trait].set(state[trait]);
    see(0, side, `a neuron sees all ${side} × ${side} × ${channels} numbers of the image`);
    see(1, kernel, `a filter sees ${kernel} × ${kernel} × ${channels} numbers at a time, in ${grouped(out * out)} places`);
    show(scales[0], dense.weights, convolution.weights);
    show(scales[1], dense.multiplyAdds, convolution.multiplyAdds);
    const n = grouped, product = (total, ...factors) => `${factors.map(n).join(" × ")} = ${n(total)}`;
    [[product(dense.one, side, side, channels), product(convolution.one, kernel, kernel, channels)],
      [product(dense.weights, dense.one, hidden), product(convolution.weights, convolution.one, filters)],
      [n(hidden), n(filters)],
      [n(dense.multiplyAdds), product(convolution.multiplyAdds, convolution.weights, out, out)],
      [n(1), n(out * out)],
      [n(hidden), product(convolution.outputs, filters, out, out)]].forEach((row, i) => row.forEach((text, j) => { cells[i][j].textContent = text; }));
    verdict.textContent = `${compared(dense.weights, convolution.weights, ["has", "have"], "weights")} ${compared(dense.multiplyAdds, convolution.multiplyAdds, ["does", "do"], "multiply-adds")}`;
  }
  function see(i, window, text) {
    const width = FIELD * window / state.side, at = (FIELD - width) / 2;
    Object.assign(fields[i].firstChild.style, { width: `${width}px`, height: `${width}px`, left: `${at}px`, top: `${at}px` });
    notes[i].textContent = text;
    fields[i].setAttribute("aria-label", `${text}: a square of ${window} in an image of ${state.side} pixels a side`);
  }
  function show({ title, stage, squares, values, small }, dense, convolution) {
    const drawn = sides(dense, convolution, LARGEST), exact = Math.sqrt(Math.min(dense, convolution) / Math.max(dense, convolution)) * LARGEST;
    [dense, convolution].forEach((value, i) => {
      squares[i].style.width = squares[i].style.height = `${drawn[i]}px`;
      values[i].textContent = grouped(value);
    });
    small.textContent = exact < 2 ? "The smaller one is drawn as a dot." : "";
    stage.setAttribute("aria-label", `${title} as squares, areas to scale. Dense layer: ${dense}, convolution: ${convolution}.`);
  }

  const unlisten = listen(model, TRAITS, () => {
    const changed = TRAITS.filter(trait => model.get(trait) !== state[trait]);
    if (!changed.length) return;
    for (const trait of changed) state[trait] = model.get(trait);
    update();
  });
  update();
  return unlisten;
}

export default { render };
