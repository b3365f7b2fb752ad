// The frames of a path: a strip and a player. All frames come at once, as one grid. After common.js and picture_grid.js.

class Player {
  constructor(parent) {
    this.canvas = element("canvas");
    this.picture = element("div", { className: "picture" }, this.canvas);
    this.strip = element("div", { className: "strip" });
    this.play = element("button", { type: "button", onclick: () => this.toggle() });
    this.range = element("input", { type: "range", min: 0, step: 1 });
    this.range.setAttribute("aria-label", "Frame");
    this.range.oninput = () => { this.pause(); this.show(Number(this.range.value)); };
    this.pin = element("button", { type: "button", textContent: "Pin this frame", onclick: () => this.setTrigger("pin", this.at) });
    this.text = element("output");
    this.bar = element("div", { className: "bar" }, this.play, this.range, this.text, this.pin);
    this.root = element("div", { className: "player" }, element("div", { className: "row" }, this.picture, element("div", { className: "side" }, this.strip, this.bar)));
    this.root.setAttribute("role", "group");
    parent.append(this.root);
    this.at = 0;
    this.pause();
  }

  async receive(bytes, _setState, setTrigger) {
    this.setTrigger = setTrigger;
    if (bytes === this.bytes) return;
    this.bytes = bytes;
    const { header, rest } = unpacked(bytes);
    const sheet = await createImageBitmap(new Blob([blobs(header, rest)[0]], { type: "image/png" }));
    if (bytes !== this.bytes) return; // overtaken
    Object.assign(this, { header, sheet, grid: new PictureGrid(header.grid, () => {}) });
    this.root.setAttribute("aria-label", header.title);
    this.range.max = header.count - 1;
    this.buildStrip();
    this.show(Math.min(this.at, header.count - 1));
    this.root.dataset.shown = header.form;
  }

  buildStrip() {
    const { count, size } = this.header;
    const every = Math.max(1, Math.ceil((count - 1) / 11)); // twelve frames are wide enough to see
    const picked = Array.from({ length: count }, (_, i) => i).filter((i) => i % every === 0 || i === count - 1);
    this.strip.replaceChildren(...picked.map((i) => {
      const canvas = element("canvas", { width: size, height: size });
      this.draw(canvas, i);
      const button = element("button", { type: "button", onclick: () => { this.pause(); this.show(i); } }, canvas);
      button.dataset.frame = i;
      button.setAttribute("aria-label", `Frame ${i + 1}`);
      return button;
    }));
  }

  draw(canvas, index) {
    const { size, columns } = this.header.grid;
    const pitch = this.grid.pitch;
    canvas.getContext("2d").drawImage(this.sheet, (index % columns) * pitch, Math.floor(index / columns) * pitch, size, size, 0, 0, size, size);
  }

  show(index) {
    this.at = index;
    const { size, count, captions, title } = this.header;
    if (this.canvas.width !== size) [this.canvas.width, this.canvas.height] = [size, size];
    this.draw(this.canvas, index);
    const caption = captions[index] ?? "";
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", `${title}, frame ${index + 1} of ${count}. ${caption}`);
    this.range.value = index;
    this.range.style.setProperty("--done", `${(100 * index) / Math.max(1, count - 1)}%`);
    this.text.textContent = caption || `${index + 1} of ${count}`;
    for (const button of this.strip.children) button.setAttribute("aria-pressed", String(Number(button.dataset.frame) === index));
  }

  toggle() {
    if (this.timer) return this.pause();
    this.play.textContent = "Pause";
    let direction = 1; // a path with two ends is played there and back
    this.timer = setInterval(() => {
      const { count, loop } = this.header;
      if (!loop && (this.at + direction < 0 || this.at + direction >= count)) direction = -direction;
      this.show(count < 2 ? 0 : (this.at + direction + count) % count);
    }, 1000 / this.header.rate);
  }

  pause() {
    clearInterval(this.timer);
    this.timer = null;
    this.play.textContent = "Play";
  }

  destroy() {
    this.pause();
    this.root.remove();
  }
}

export default mounted(Player);
