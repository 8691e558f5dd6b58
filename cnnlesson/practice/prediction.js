// A prediction: a question, an answer (radio buttons or a number), how sure, and "Lock in".

// On every node that takes the focus: otherwise JupyterLab reads typing there as its shortcuts (x cuts the cell).
const OWN_KEYS = "data-lm-suppress-shortcuts";

function make(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

function focusable(tag, properties) {
  const node = make(tag, properties);
  node.setAttribute(OWN_KEYS, "true");
  node.addEventListener("keydown", e => { if (e.key === "Escape") node.closest(".jp-Cell")?.focus(); }); // back to the notebook
  return node;
}

// 15552 -> "15 552", 0.25 -> "0.25"
const words = number => number.toLocaleString("en", { maximumSignificantDigits: 9 }).replaceAll(",", "\u00a0");

// Radio buttons. `read` gives the answer or null, `write` shows one, `complaint` says why it is null.
function choiceField(model, id, changed) {
  const choices = model.get("choices");
  const radios = choices.map(() => focusable("input", { type: "radio", name: id, onchange: changed }));
  const rows = choices.map((text, i) => make("label", { className: "choice" }, radios[i], make("span", { textContent: text })));
  return {
    node: make("fieldset", {}, make("legend", { className: "question", textContent: model.get("question") }),
      make("div", { className: choices.join("").length > 70 ? "choices tall" : "choices" }, ...rows)),
    controls: radios,
    read: () => choices[radios.findIndex(radio => radio.checked)] ?? null,
    write: answer => radios.forEach((radio, i) => { radio.checked = choices[i] === answer; }),
    complaint: () => "Choose an answer first.",
  };
}

function numberField(model, id, changed) {
  const [low, high, step, unit] = ["low", "high", "step", "unit"].map(key => model.get(key));
  const field = focusable("input", { type: "number", id, step: step ?? "any", oninput: changed });
  if (low !== null) field.min = low;
  if (high !== null) field.max = high;
  field.setAttribute("aria-describedby", `${id}-unit ${id}-says`);
  const range = low !== null && high !== null ? `from ${words(low)} to ${words(high)}`
    : low !== null ? `at least ${words(low)}` : high !== null ? `at most ${words(high)}` : "";
  const note = [unit, range && (unit ? `(${range})` : range)].filter(Boolean).join(" ");
  // `step` is for the arrow keys: numbers between the steps are welcome, so stepMismatch is not asked.
  const outside = () => field.validity.rangeUnderflow || field.validity.rangeOverflow;
  return {
    node: make("div", {}, make("label", { className: "question", htmlFor: id, textContent: model.get("question") }),
      make("div", { className: "number" }, field, make("span", { id: `${id}-unit`, className: "note", textContent: note }))),
    controls: [field],
    read: () => field.value === "" || outside() ? null : field.valueAsNumber,
    write: answer => { field.value = answer ?? ""; },
    complaint: () => outside() ? `Write a number ${range}.` : "Write a number first, such as 12 or 0.5.",
  };
}

function confidenceSlider(id) {
  const slider = focusable("input", { type: "range", id: `${id}-sure`, min: 0, max: 100, step: 5 });
  const value = make("output", { htmlFor: slider.id });
  return { slider, value, node: make("div", { className: "sure" }, make("label", { htmlFor: slider.id, textContent: "How sure are you?" }), slider, value) };
}

function render({ model, el }) {
  const id = `predict-${Math.random().toString(36).slice(2)}`;
  const set = (...pairs) => { pairs.forEach(pair => model.set(...pair)); model.save_changes(); };
  const changed = () => { says.textContent = ""; mark(false); set(["answer", answer.read()]); };

  const answer = (model.get("choices").length ? choiceField : numberField)(model, id, changed);
  const sure = confidenceSlider(id);
  const button = focusable("button", { type: "button", textContent: "Lock in" });
  const says = make("span", { id: `${id}-says`, className: "says", role: "alert" });
  const result = focusable("p", { className: "result", tabIndex: -1 });
  el.append(make("div", { className: "cnnlesson-predict" }, make("p", { className: "kicker", textContent: "Your prediction" }),
    answer.node, sure.node, make("div", { className: "foot" }, button, says), result));

  const mark = wrong => answer.controls.forEach(control => control.type === "number" && control.setAttribute("aria-invalid", wrong));
  sure.slider.oninput = () => set(["confidence", sure.slider.valueAsNumber]);
  button.onclick = () => {
    if (answer.read() === null) { says.textContent = answer.complaint(); mark(true); answer.controls[0].focus(); return; }
    set(["answer", answer.read()], ["confidence", sure.slider.valueAsNumber], ["locked", true]);
    result.focus(); // the button that had the focus is gone
  };

  const draw = () => {
    const [given, confidence, locked] = ["answer", "confidence", "locked"].map(key => model.get(key));
    if (answer.read() !== given) answer.write(given); // never while a number is half typed: both are null then
    sure.slider.value = confidence;
    sure.value.textContent = `${confidence}\u00a0%`;
    sure.slider.setAttribute("aria-valuetext", `${confidence} percent`);
    [...answer.controls, sure.slider, button].forEach(control => { control.disabled = locked; });
    button.hidden = sure.node.hidden = locked;
    result.hidden = !locked;
    if (!locked) return;
    const text = typeof given === "number" ? `${words(given)} ${model.get("unit")}`.trim() : given;
    result.textContent = `You predicted: ${text}, ${confidence}\u00a0% sure.`;
    says.textContent = "";
  };
  const events = ["change:answer", "change:confidence", "change:locked"];
  events.forEach(event => model.on(event, draw));
  draw();
  return () => events.forEach(event => model.off(event, draw));
}

export default { render };
