// Sliders, or a sheet under the pointer, that draw new pictures as the hand moves. After common.js.
//
// One question is under way at a time. What the hand does meanwhile is kept as the newest wish alone, which is asked
// when the answer is there: so nothing ever queues, and the picture is at most one answer behind.

const LOST_MS = 3000; // an answer not here by then was lost: ask again
const REST_MS = 250; // a hand that rests this long has arrived: the address and the strips follow

class Hand {
  constructor(parent) {
    this.pictures = element("div", { className: "pictures" });
    this.pad = element("div", { className: "pad", tabIndex: 0, hidden: true });
    this.sliders = element("div", { className: "sliders" });
    this.reset = element("button", { type: "button", textContent: "Reset all", onclick: () => this.all(0) });
    this.bar = element("div", { className: "bar" }, this.reset);
    this.root = element("div", { className: "hand" }, element("div", { className: "now" }, this.pictures, this.bar), this.pad, this.sliders);
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
    for (const { id, name } of header.sliders) this.rows[id].label.textContent = name; // it may have got a name
    header.pictures.forEach((picture, i) => this.picture(i, picture, pngs[i]));
    while (this.pictures.children.length > header.pictures.length) this.pictures.lastChild.remove();
    if (header.strips) header.strips.forEach((id, i) => paint(this.rows[id].strip, pngs[header.pictures.length + i], `${this.rows[id].label.textContent} from −3 to 3`));
    if (header.sheet) paint(this.sheet, pngs[pngs.length - 1], header.sheet);
    if (header.answer === this.asked?.serial) {
      this.asked = null;
      this.settle();
    }
  }

  begin(header) {
    this.values = { ...header.values };
    this.asked = null;
    this.wish = false;
    clearTimeout(this.resting);
    this.pad.hidden = !header.pad;
    this.bar.hidden = this.sliders.hidden = !header.sliders.length;
    this.rows = Object.fromEntries(header.sliders.map((slider) => [slider.id, this.row(slider)]));
    this.sliders.replaceChildren(...Object.values(this.rows).map((row) => row.root));
    if (header.pad) this.point();
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

  // The hand

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
    this.tell(row, value);
    return row;
  }

  tell(row, value) {
    const { min, max } = row.range;
    row.range.value = value;
    row.range.style.setProperty("--done", `${(100 * (value - min)) / (max - min)}%`);
    row.text.textContent = `${value > 0 ? "+" : value < 0 ? "−" : ""}${Math.abs(value).toFixed(1)} σ`;
  }

  set(id, value) {
    this.values[id] = value;
    this.tell(this.rows[id], value);
    this.moved();
  }

  all(value) {
    for (const id of Object.keys(this.rows)) {
      this.values[id] = value;
      this.tell(this.rows[id], value);
    }
    this.moved();
  }

  buildPad() {
    this.sheet = element("canvas");
    this.dot = element("div", { className: "dot" });
    this.pad.append(this.sheet, this.dot);
    this.pad.setAttribute("role", "application");
    this.pad.setAttribute("aria-label", "A sheet between four pinned points. Arrow keys move over it.");
    const follow = (event) => {
      const box = this.pad.getBoundingClientRect();
      this.go((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
    };
    this.pad.onpointermove = follow;
    this.pad.onpointerdown = follow;
    this.pad.onkeydown = (event) => {
      const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
      if (!dx && !dy) return;
      event.preventDefault();
      this.go(this.values.x + dx * 0.02, this.values.y + dy * 0.02);
    };
  }

  go(x, y) {
    const inside = (value) => Math.min(1, Math.max(0, value));
    [this.values.x, this.values.y] = [inside(x), inside(y)];
    this.point();
    this.moved();
  }

  point() {
    this.dot.style.left = `${100 * this.values.x}%`;
    this.dot.style.top = `${100 * this.values.y}%`;
  }

  // To Python

  moved() {
    this.wish = true;
    this.rested = false;
    this.root.dataset.moved = String(Number(this.root.dataset.moved ?? 0) + 1);
    this.settle();
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.rest(), REST_MS);
  }

  settle() {
    // ask for the newest wish, unless a question is under way
    if (this.asked && Date.now() - this.asked.at < LOST_MS) return;
    if (this.wish) this.ask(false);
    else if (this.rested) this.ask(true);
  }

  rest() {
    if (this.asked && Date.now() - this.asked.at >= LOST_MS) this.asked = null;
    this.rested = true;
    this.settle();
  }

  ask(rest) {
    this.serial = Math.max(Date.now(), this.serial + 1);
    this.asked = { serial: this.serial, at: Date.now() };
    this.root.dataset.asked = this.serial;
    this.wish = false;
    this.rested &&= !rest;
    this.setState("hand", { form: this.header.form, serial: this.serial, values: { ...this.values }, rest });
    clearTimeout(this.retry);
    this.retry = setTimeout(() => { if (this.asked) { this.asked = null; this.wish = true; this.settle(); } }, LOST_MS);
  }

  destroy() {
    clearTimeout(this.resting);
    clearTimeout(this.retry);
    this.root.remove();
  }
}

export default mounted(new WeakMap(), Hand);
