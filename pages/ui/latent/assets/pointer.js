// Sliders, or a sheet under the pointer, that draw new pictures as they move. After common.js.
//
// One request is pending at a time. Of what changes meanwhile only the newest values are kept, and sent when the answer
// is there: so nothing ever queues, and the picture is at most one answer behind.

const LOST_MS = 3000; // an answer that is not here by then was lost: request again
const REST_MS = 250; // a pointer that rests this long has arrived: the URL and the strips follow

class PointerView {
  constructor(parent) {
    this.pictures = element("div", { className: "pictures" });
    this.pad = element("div", { className: "pad", tabIndex: 0, hidden: true });
    this.sliders = element("div", { className: "sliders" });
    this.reset = element("button", { type: "button", textContent: "Reset all", onclick: () => this.setAll(0) });
    this.bar = element("div", { className: "bar" }, this.reset);
    this.root = element("div", { className: "pointer-view" }, element("div", { className: "now" }, this.pictures, this.bar), this.pad, this.sliders);
    parent.append(this.root);
    this.values = {};
    this.serial = 0;
    this.buildPad();
  }

  // From Python

  receive(bytes, setState) {
    this.setState = setState;
    if (bytes === this.bytes) return;
    this.bytes = bytes;
    const { header, rest } = unpacked(bytes);
    const pngs = blobs(header, rest);
    if (header.form !== this.header?.form) this.begin(header); // another model, or other directions
    this.header = header;
    for (const { id, name } of header.sliders) this.rows[id].label.textContent = name; // the user may have named it
    header.pictures.forEach((picture, i) => this.picture(i, picture, pngs[i]));
    while (this.pictures.children.length > header.pictures.length) this.pictures.lastChild.remove();
    if (header.strips) header.strips.forEach((id, i) => paint(this.rows[id].strip, pngs[header.pictures.length + i], `${this.rows[id].label.textContent} from −3 to 3`));
    if (header.sheet) paint(this.sheet, pngs[pngs.length - 1], header.sheet);
    if (header.answer === this.pending?.serial) {
      this.pending = null;
      this.sendNext();
    }
  }

  begin(header) {
    this.values = { ...header.values };
    this.pending = null;
    this.changed = false;
    clearTimeout(this.restTimer);
    this.pad.hidden = !header.pad;
    this.bar.hidden = this.sliders.hidden = !header.sliders.length;
    this.rows = Object.fromEntries(header.sliders.map((slider) => [slider.id, this.row(slider)]));
    this.sliders.replaceChildren(...Object.values(this.rows).map((row) => row.root));
    if (header.pad) this.placeDot();
  }

  picture(i, { title, alt }, png) {
    const figure = this.pictures.children[i] ?? this.pictures.appendChild(element("figure", {}, element("canvas"), element("figcaption")));
    figure.lastChild.textContent = title;
    const { answer, form } = this.header;
    paint(figure.firstChild, png, alt).then((done) => {
      if (!done) return;
      figure.firstChild.dataset.answer = answer;
      if (i === this.header.pictures.length - 1) Object.assign(this.root.dataset, { shown: answer, form });
    });
  }

  // From the user

  row({ id, name, about, most, step, value }) {
    const range = element("input", { type: "range", min: -most, max: most, step, value });
    range.setAttribute("aria-label", name);
    const text = element("output");
    const strip = element("canvas", { className: "strip" });
    const label = element("span", { className: "name", textContent: name, title: about });
    const root = element("div", { className: "slider" }, element("div", { className: "head" }, label, element("span", { className: "about", textContent: about }), text), strip, range);
    const row = { root, range, text, strip, label };
    strip.onclick = (event) => {
      const box = strip.getBoundingClientRect();
      const frame = Math.floor(((event.clientX - box.left) / box.width) * 7) - 3;
      this.set(id, (frame / 3) * most);
    };
    range.oninput = () => this.set(id, Number(range.value));
    range.ondblclick = () => this.set(id, 0);
    this.showValue(row, value);
    return row;
  }

  showValue(row, value) {
    const { min, max } = row.range;
    row.range.value = value;
    row.range.style.setProperty("--done", `${(100 * (value - min)) / (max - min)}%`);
    row.text.textContent = `${value > 0 ? "+" : value < 0 ? "−" : ""}${Math.abs(value).toFixed(1)} σ`;
  }

  set(id, value) {
    this.values[id] = value;
    this.showValue(this.rows[id], value);
    this.moved();
  }

  setAll(value) {
    for (const id of Object.keys(this.rows)) {
      this.values[id] = value;
      this.showValue(this.rows[id], value);
    }
    this.moved();
  }

  buildPad() {
    this.sheet = element("canvas");
    this.dot = element("div", { className: "dot" });
    this.pad.append(this.sheet, this.dot);
    this.pad.setAttribute("role", "application");
    this.pad.setAttribute("aria-label", "A sheet between four pinned points. Arrow keys move the point.");
    const follow = (event) => {
      const box = this.pad.getBoundingClientRect();
      this.moveTo((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
    };
    this.pad.onpointermove = follow;
    this.pad.onpointerdown = follow;
    this.pad.onkeydown = (event) => {
      const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
      if (!dx && !dy) return;
      event.preventDefault();
      this.moveTo(this.values.x + dx * 0.02, this.values.y + dy * 0.02);
    };
  }

  moveTo(x, y) {
    const inside = (value) => Math.min(1, Math.max(0, value));
    [this.values.x, this.values.y] = [inside(x), inside(y)];
    this.placeDot();
    this.moved();
  }

  placeDot() {
    this.dot.style.left = `${100 * this.values.x}%`;
    this.dot.style.top = `${100 * this.values.y}%`;
  }

  // To Python

  moved() {
    this.changed = true;
    this.rested = false;
    this.root.dataset.moved = String(Number(this.root.dataset.moved ?? 0) + 1);
    this.sendNext();
    clearTimeout(this.restTimer);
    this.restTimer = setTimeout(() => this.rest(), REST_MS);
  }

  sendNext() {
    // send the newest values, unless a request is pending
    if (this.pending && Date.now() - this.pending.time < LOST_MS) return;
    if (this.changed) this.send(false);
    else if (this.rested) this.send(true);
  }

  rest() {
    if (this.pending && Date.now() - this.pending.time >= LOST_MS) this.pending = null;
    this.rested = true;
    this.sendNext();
  }

  send(rest) {
    this.serial = Math.max(Date.now(), this.serial + 1);
    this.pending = { serial: this.serial, time: Date.now() };
    this.root.dataset.requested = this.serial;
    this.changed = false;
    this.rested &&= !rest;
    this.setState("pointer", { form: this.header.form, serial: this.serial, values: { ...this.values }, rest });
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => { if (this.pending) { this.pending = null; this.changed = true; this.sendNext(); } }, LOST_MS);
  }

  destroy() {
    clearTimeout(this.restTimer);
    clearTimeout(this.retryTimer);
    this.root.remove();
  }
}

export default mounted(PointerView);
