// A picture that is a grid of samples, for films and tiles. Goes before the file that uses it.

class PictureGrid {
  // Which sample is under the pointer or the keyboard cursor, and where a ring around a sample goes.
  constructor({ columns, rows, gap, size }, choose) {
    Object.assign(this, { columns, rows, choose });
    this.width = columns * (size + gap) - gap;
    this.height = rows * (size + gap) - gap;
    this.size = size;
    this.pitch = size + gap;
    this.cursor = 0;
  }

  indexAt(event, frame) {
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

