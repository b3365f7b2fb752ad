// Two pictures in one place, for films that are compared with a reference. Put before film.js, which uses it.

const TURNS_MS = 1400; // as in film.css

const MODES = {
  flicker: (image, base) => {
    // both lie in the same place; the sheet's animation hides the upper one, and its letter, half of the time
    const letters = ["A", "B"].map((letter) => element("b", { textContent: letter }));
    for (const upper of [image, letters[1]]) {
      upper.classList.add("upper");
      upper.style.animationDelay = `-${Math.round(performance.now() % TURNS_MS)}ms`; // all films turn together
    }
    return { nodes: [base, image, element("div", { className: "badge" }, ...letters)], note: "" };
  },
  difference: (image, base) => {
    const [a, b] = [pixels(image), pixels(base)];
    if (a.width !== b.width || a.height !== b.height) return { nodes: null, note: "" };
    let sum = 0;
    for (let i = 0; i < a.data.length; i += 4) {
      for (let k = i; k < i + 3; k++) sum += a.data[k] = Math.abs(a.data[k] - b.data[k]);
    }
    const canvas = element("canvas", { width: a.width, height: a.height });
    canvas.getContext("2d").putImageData(a, 0, 0);
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${image.alt}: difference from ${base.alt}`);
    const mean = sum / (a.data.length / 4) / 3 / 255;
    return { nodes: [canvas], note: `differs by ${(100 * mean).toFixed(1)}% on average` };
  },
};

function pixels(image) {
  const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

class Cells {
  // The samples inside a grid of pictures: which one is pointed at, by hand or by keys, and which one is open.
  constructor({ columns, rows, gap, size }, choose) {
    Object.assign(this, { columns, rows, choose });
    this.width = columns * (size + gap) - gap;
    this.height = rows * (size + gap) - gap;
    this.size = size;
    this.pitch = size + gap;
    this.cursor = 0;
  }

  at(event, frame) {
    const box = frame.getBoundingClientRect();
    const column = Math.floor((((event.clientX - box.left) / box.width) * this.width) / this.pitch);
    const row = Math.floor((((event.clientY - box.top) / box.height) * this.height) / this.pitch);
    const inside = (n, count) => Math.min(count - 1, Math.max(0, n));
    return inside(row, this.rows) * this.columns + inside(column, this.columns);
  }

  key(event) {
    const move = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.columns, ArrowDown: this.columns }[event.key];
    if (event.key === "Enter" || event.key === " ") this.choose(this.cursor);
    else if (move === undefined) return false;
    else {
      const next = this.cursor + move;
      if (next >= 0 && next < this.columns * this.rows) this.cursor = next;
    }
    event.preventDefault();
    return true;
  }

  place(ring, index) {
    ring.hidden = index === null || index === undefined;
    if (ring.hidden) return;
    const [column, row] = [index % this.columns, Math.floor(index / this.columns)];
    const share = (n, of) => `${(100 * n) / of}%`;
    ring.style.left = share(column * this.pitch, this.width);
    ring.style.top = share(row * this.pitch, this.height);
    ring.style.width = share(this.size, this.width);
    ring.style.height = share(this.size, this.height);
  }
}

