// A grid of samples: a click pins one. After common.js and picture_grid.js.

class Tiles {
  constructor(parent) {
    this.canvas = element("canvas");
    this.columns = element("div", { className: "columns" });
    this.columns.setAttribute("aria-hidden", "true");
    this.cursor = element("div", { className: "ring cursor", hidden: true });
    this.rings = element("div");
    this.frame = element("div", { className: "frame", tabIndex: 0 }, this.canvas);
    this.root = element("div", { className: "tiles" }, this.columns, element("div", { className: "place" }, this.frame, this.rings, this.cursor));
    parent.append(this.root);
    this.frame.setAttribute("role", "application"); // so that a screen reader hands the arrow keys on
    this.frame.onclick = (event) => this.press(this.grid.indexAt(event, this.frame));
    this.frame.onkeydown = (event) => { if (this.grid.key(event)) this.mark(); };
    this.frame.onfocus = this.frame.onblur = () => this.mark();
  }

  receive(bytes, _setState, setTrigger) {
    this.setTrigger = setTrigger;
    if (bytes === this.bytes) return; // a theme switch calls with the same data
    this.bytes = bytes;
    const { header, rest } = unpacked(bytes);
    this.header = header;
    const kept = this.grid?.cursor ?? 0;
    this.grid = new PictureGrid(header.grid, (index) => this.press(index));
    this.grid.cursor = Math.min(kept, header.count - 1);
    this.columns.replaceChildren(...header.labels.map((label) => element("span", { textContent: label, title: label })));
    this.root.style.maxWidth = `${header.width}px`;
    paint(this.canvas, blobs(header, rest)[0], header.title).then((done) => { if (done) this.root.dataset.shown = header.form; });
    this.mark();
  }

  press(index) {
    if (index >= this.header.count) return;
    this.grid.cursor = index;
    this.setTrigger("press", index);
  }

  mark() {
    const { pins, count } = this.header;
    this.frame.setAttribute("aria-label", `${this.header.title}. Arrow keys choose sample ${this.grid.cursor + 1} of ${count}, Enter pins it or removes the pin.`);
    this.rings.replaceChildren(...Object.entries(pins).map(([index, letter]) => {
      const ring = element("div", { className: "ring" }, element("b", { textContent: letter }));
      this.grid.place(ring, Number(index));
      return ring;
    }));
    this.grid.place(this.cursor, this.frame.matches(":focus-visible") ? this.grid.cursor : null);
  }

  destroy() { this.root.remove(); }
}

export default mounted(Tiles);
