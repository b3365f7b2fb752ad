// Picture strips under one step slider. Mounted once, then fed with the newest pictures.
//
// Python sends the pictures of the newest step and of the steps requested through the state "view"; all that have
// arrived are kept here, by film and step. While a picture is on its way the nearest one that is here is shown.

const REQUEST_MS = 80; // a moving slider requests pictures once it rests this long
const RETRY_MS = 3000; // an answer that is not here by then was lost: request again
const SEND_MS = 300; // a resting slider sends its place to Python
const PLAY_MS = 125;
const PLAY_STEPS = 60;
const CHUNK = 10; // steps per request while playing
const CACHE_BYTES = 96 * 2 ** 20;

function unpack(bytes) {
  const { header, rest } = unpacked(bytes);
  let at = 0;
  const pictures = header.pictures.map(([film, step, length]) => {
    const png = length < 0 ? null : rest.slice(at, (at += length));
    return { film, step, png };
  });
  return { ...header, pictures };
}

function latest(steps, step) {
  // the last of ascending steps that is not after step, or undefined
  let found;
  for (const s of steps) {
    if (s > step) break;
    found = s;
  }
  return found;
}

class Store {
  // PNGs as object URLs, the least recently used dropped first. A picture Python does not have is kept as null.
  constructor() {
    this.items = new Map(); // "film\nstep" -> { film, step, url, ratio, size } | null
    this.size = 0;
  }

  key(film, step) { return `${film}\n${step}`; }
  has(film, step) { return this.items.has(this.key(film, step)); }

  put(film, step, png) {
    const key = this.key(film, step);
    const old = this.items.get(key);
    if (old || (old === null && !png)) return;
    if (!png) { this.items.set(key, null); return; }
    const url = URL.createObjectURL(new Blob([png], { type: "image/png" }));
    const shape = new DataView(png.buffer, png.byteOffset); // PNG: width and height at bytes 16 and 20
    const ratio = png.length > 24 ? `${shape.getUint32(16)} / ${shape.getUint32(20)}` : "auto";
    this.items.set(key, { film, step, url, ratio, size: png.length });
    this.size += png.length;
    while (this.size > CACHE_BYTES && this.items.size > 8) this.drop(this.items.keys().next().value);
  }

  nearest(film, step) {
    let best = null;
    for (const item of this.items.values()) {
      if (item?.film === film && (!best || Math.abs(item.step - step) < Math.abs(best.step - step))) best = item;
    }
    if (best) { // used just now: last to go
      const key = this.key(film, best.step);
      this.items.delete(key);
      this.items.set(key, best);
    }
    return best;
  }

  drop(key) {
    const item = this.items.get(key);
    this.items.delete(key);
    if (item) { this.size -= item.size; URL.revokeObjectURL(item.url); }
  }

  keepFilms(ids) {
    for (const key of [...this.items.keys()]) if (!ids.has(key.slice(0, key.lastIndexOf("\n")))) this.drop(key);
  }
}

class FilmView {
  constructor(parent) {
    this.parent = parent;
    this.store = new Store();
    this.cards = new Map(); // film id -> its nodes
    this.films = [];
    this.steps = [];
    this.step = null; // the step the user chose, or null to follow the newest
    this.sentStep = null; // the step Python was last sent
    this.pending = null; // { steps, time } of the open request
    this.playing = false;
    this.build();
  }

  build() {
    this.strips = element("div", { className: "strips" });
    this.empty = element("p", { className: "empty", hidden: true });
    this.play = element("button", { type: "button", textContent: "Play", onclick: () => this.toggle() });
    this.range = element("input", { type: "range", min: 0, step: 1 });
    this.range.setAttribute("aria-label", "Training step");
    this.latest = element("button", { type: "button", textContent: "Latest", onclick: () => this.follow() });
    this.latest.title = "Follow the newest step";
    this.text = element("output");
    this.text.setAttribute("aria-live", "off"); // it would read out every new step
    this.bar = element("div", { className: "bar" }, this.play, this.latest, this.range, this.text);
    this.holdButtons = ["Flicker", "A", "B"].map((name) => {
      const button = element("button", { type: "button", textContent: name, onclick: () => this.hold(name) });
      button.title = { Flicker: "Alternate between both", A: "Show the reference", B: "Show the other one" }[name];
      return button;
    });
    this.holds = element("div", { className: "holds" }, ...this.holdButtons);
    this.holds.setAttribute("role", "group");
    this.holds.setAttribute("aria-label", "Which of the two pictures is shown");
    this.bar.append(this.holds);
    this.root = element("div", { className: "film" }, this.empty, this.strips, this.bar);
    this.root.setAttribute("role", "group");
    this.root.setAttribute("aria-label", "Sample pictures by training step");
    this.parent.append(this.root);
    this.range.addEventListener("input", () => this.moved());
    this.range.addEventListener("change", () => this.sendSoon());
    // New steps change the slider's scale, which would pull the thumb from under the finger: hold them back.
    this.range.addEventListener("pointerdown", () => { this.held = true; });
    this.release = () => {
      if (!this.held) return;
      this.held = false;
      if (this.late) this.update(this.late);
    };
    window.addEventListener("pointerup", this.release);
    window.addEventListener("pointercancel", this.release);
  }

  receive(bytes, setState, setTrigger) {
    this.setState = setState;
    this.setTrigger = setTrigger;
    if (bytes === this.bytes) return; // a theme switch calls with the same data
    this.bytes = bytes;
    const message = unpack(bytes);
    const ids = new Set(message.films.map((film) => film.id));
    const known = this.films.some((film) => ids.has(film.id));
    this.store.keepFilms(ids);
    for (const { film, step, png } of message.pictures) this.store.put(film, step, png);
    if (!known) { // other runs: start afresh
      this.playing = false;
      this.step = this.sentStep = message.start ?? null;
    }
    if (this.held) this.late = message;
    else this.update(message);
  }

  update(message) {
    this.late = null;
    this.mode = message.mode ?? "side";
    this.reference = message.reference;
    this.opened = message.opened ?? null;
    this.grid = message.grid ? Object.assign(new PictureGrid(message.grid, (i) => this.open(i)), { cursor: this.grid?.cursor ?? 0 }) : null;
    this.holds.hidden = this.mode !== "flicker";
    if (this.root.dataset.hold === undefined) this.hold("Flicker");
    // when they flicker, the reference is inside the frames of the others
    this.films = message.films.filter((film) => this.mode !== "flicker" || film.id !== this.reference);
    this.base = message.films.find((film) => film.id === this.reference);
    this.steps = message.steps;
    this.total = message.total;
    const moves = message.films.some((film) => !film.still); // else there is nothing to slide through
    for (const part of [this.play, this.latest, this.range, this.text]) part.hidden = !moves;
    this.unit = message.unit ?? "Step"; // what the slider counts
    const none = !this.steps.length;
    this.empty.textContent = message.empty;
    this.empty.hidden = !none;
    this.strips.hidden = this.bar.hidden = none;
    if (none) return;
    if (this.step > this.newest) this.step = null; // the run began anew
    if (this.step !== null) this.step = latest(this.steps, this.step) ?? this.steps[0];
    this.layCards();
    this.paint();
  }

  layCards() {
    const ids = this.films.map((film) => film.id);
    for (const id of [...this.cards.keys()]) if (!ids.includes(id)) { this.cards.get(id).figure.remove(); this.cards.delete(id); }
    this.films.forEach((film, i) => {
      if (!this.cards.has(film.id)) this.cards.set(film.id, this.newCard());
      const card = this.cards.get(film.id);
      card.title.textContent = film.title ?? "";
      card.caption.textContent = this.compared(film) ? `${this.mode === "flicker" ? "alternating with" : "minus"} ${this.base.title}` : film.caption ?? "";
      const labels = film.columns ?? [];
      if (card.columns.childElementCount !== labels.length || card.labels !== labels.join("\n")) {
        card.labels = labels.join("\n");
        card.columns.replaceChildren(...labels.map((label) => element("span", { textContent: label, title: label })));
      }
      if (this.strips.children[i] !== card.figure) this.strips.insertBefore(card.figure, this.strips.children[i] ?? null);
    });
    this.strips.dataset.count = this.films.length;
  }

  newCard() {
    const title = element("b");
    const caption = element("span");
    const note = element("span", { className: "note" });
    const columns = element("div", { className: "columns" });
    columns.setAttribute("aria-hidden", "true");
    const frame = element("div", { className: "frame" });
    const ring = element("div", { className: "ring", hidden: true });
    const cursor = element("div", { className: "ring cursor", hidden: true });
    const place = element("div", { className: "place" }, frame, ring, cursor);
    const figure = element("figure", {}, element("figcaption", {}, title, caption, note), columns, place);
    frame.onclick = (event) => { if (this.grid && frame.childElementCount && !frame.querySelector("p")) this.open(this.grid.indexAt(event, frame)); };
    frame.onkeydown = (event) => { if (this.grid?.key(event)) this.rings(); };
    frame.onfocus = frame.onblur = () => this.rings();
    return { figure, title, caption, note, columns, frame, ring, cursor, place, shown: null, next: null };
  }

  compared(film) { return this.mode !== "side" && this.base && film.id !== this.reference && !film.apart; }

  rings() {
    for (const film of this.films) {
      const { ring, cursor, frame } = this.cards.get(film.id);
      frame.tabIndex = this.grid ? 0 : -1;
      frame.classList.toggle("opens", Boolean(this.grid));
      if (this.grid) {
        frame.setAttribute("role", "application"); // so that a screen reader hands the arrow keys on
        frame.setAttribute("aria-label", `Samples of ${film.title}. Arrow keys choose sample ${this.grid.cursor + 1}, Enter opens it.`);
      }
      this.grid?.place(ring, this.opened);
      this.grid?.place(cursor, frame.matches(":focus-visible") ? this.grid.cursor : null);
    }
  }

  open(index) {
    this.opened = this.grid.cursor = index;
    this.rings();
    this.setTrigger("open", index);
  }

  hold(name) {
    this.root.dataset.hold = name;
    for (const button of this.holdButtons) button.setAttribute("aria-pressed", String(button.textContent === name));
  }

  get newest() { return this.steps[this.steps.length - 1]; }
  get current() { return this.step ?? this.newest; }
  ownSteps(film) { return film.steps ?? this.steps; }

  target(film, step) {
    // the step whose picture stands for this slider step; pictures that turned out not to exist are skipped
    const there = this.ownSteps(film).filter((s) => this.store.items.get(this.store.key(film.id, s)) !== null);
    return latest(there, step);
  }

  paint() {
    const step = this.current;
    this.range.max = this.steps.length - 1;
    this.range.disabled = this.play.disabled = this.steps.length < 2;
    this.range.value = this.steps.indexOf(step);
    this.range.style.setProperty("--done", `${(100 * this.range.value) / Math.max(1, this.range.max)}%`);
    const text = `${this.unit} ${number(step)}` + (this.total ? ` of ${number(this.total)}` : "");
    this.range.setAttribute("aria-valuetext", text);
    this.text.textContent = text;
    this.latest.disabled = this.step === null;
    for (const film of this.films) this.paintFilm(film, step);
    this.rings();
    this.request();
  }

  paintFilm(film, step) {
    const card = this.cards.get(film.id);
    const target = this.target(film, step);
    if (target === undefined) {
      const first = this.ownSteps(film)[0];
      const text = first === undefined ? "No picture yet." : `The first picture is from step ${number(first)}.`;
      card.next = null;
      card.shown = null;
      card.note.textContent = "";
      if (card.frame.textContent !== text) card.frame.replaceChildren(element("p", { textContent: text }));
      return;
    }
    const item = this.store.nearest(film.id, target);
    if (!item) return; // the first picture is on its way
    const other = this.compared(film) ? this.target(this.base, step) : undefined;
    const base = other === undefined ? null : this.store.nearest(this.base.id, other);
    if (base === undefined) return;
    this.show(card, film, item, base);
  }

  async show(card, film, item, base) {
    const own = () => (item.step === this.current || film.still ? "" : `step ${number(item.step)}`);
    const key = `${this.mode} ${item.url} ${base?.url}`;
    if (card.next === key) { // shown, or about to be
      if (card.shown === key) card.note.textContent = card.difference || own();
      return;
    }
    card.next = key;
    const image = this.image(item, film);
    let nodes = [image];
    let difference = "";
    try {
      await image.decode();
      if (base) {
        const reference = this.image(base, this.base);
        await reference.decode();
        ({ nodes, note: difference } = MODES[this.mode](image, reference));
        nodes ??= [element("p", { textContent: `The pictures of ${film.title} and ${this.base.title} differ in size.` })];
      }
    } catch {
      nodes = [element("p", { textContent: `The picture of step ${number(item.step)} is damaged.` })];
    }
    if (card.next !== key) return; // a newer choice overtook this one
    card.shown = key;
    card.difference = difference;
    card.note.textContent = difference || own();
    card.place.classList.toggle("flickers", nodes.length > 1);
    card.frame.style.aspectRatio = item.ratio;
    card.frame.replaceChildren(...nodes); // decoded before it enters the page, so there is no blank moment
  }

  image(item, film) {
    const image = element("img", { alt: film.still ? `${film.title}, samples` : `${film.title}, samples at step ${number(item.step)}`, draggable: false });
    image.src = item.url;
    image.dataset.step = item.step;
    return image;
  }

  missing(step) {
    const shown = this.base && !this.films.includes(this.base) ? [...this.films, this.base] : this.films;
    return shown.some((film) => {
      const own = this.target(film, step);
      return own !== undefined && !this.store.has(film.id, own);
    });
  }

  lacking() {
    // slider steps to request from Python, the most urgent first
    if (!this.playing) {
      if (!this.missing(this.current)) return [];
      const i = this.steps.indexOf(this.current);
      const near = [this.current, this.steps[i + 1], this.steps[i - 1]]; // one key press away
      return near.filter((step) => step !== undefined && this.missing(step));
    }
    const ahead = this.list.slice(this.at, this.at + 2 * CHUNK);
    const absent = ahead.filter((step) => this.missing(step));
    const soon = absent.length && ahead.indexOf(absent[0]) < CHUNK / 2;
    return soon || absent.length >= CHUNK ? absent.slice(0, CHUNK) : [];
  }

  request() {
    // Called after every change: requests pictures once the slider rests, and again when an answer was lost.
    clearTimeout(this.requestTimer);
    const lacking = this.lacking();
    if (!lacking.length) return;
    const wait = this.pending?.steps.includes(lacking[0]) ? this.pending.time + RETRY_MS - Date.now() : 0;
    this.requestTimer = setTimeout(() => {
      const steps = this.lacking();
      if (steps.length) {
        this.pending = { steps, time: Date.now() };
        this.send(steps);
        this.request();
      }
    }, Math.max(wait, this.playing ? 0 : REQUEST_MS));
  }

  send(requested = []) {
    clearTimeout(this.sendTimer);
    this.sentStep = this.step;
    this.setState("view", { step: this.step, requested, request: Date.now() });
  }

  sendSoon() {
    clearTimeout(this.sendTimer);
    this.sendTimer = setTimeout(() => { if (this.sentStep !== this.step) this.send(); }, SEND_MS);
  }

  moved() {
    this.stop();
    const index = Number(this.range.value);
    this.step = index === this.steps.length - 1 ? null : this.steps[index];
    this.paint();
  }

  follow() {
    this.stop();
    this.step = null;
    this.paint();
    this.sendSoon();
    this.range.focus({ preventScroll: true }); // the button is disabled now and would drop it
  }

  toggle() {
    if (!this.playing) return this.start();
    this.stop();
    this.sendSoon();
  }

  stop() {
    this.playing = false;
    this.play.textContent = "Play";
  }

  playlist() {
    // from the slider, or from the start when it is at the end; at most PLAY_STEPS, evenly thinned
    const from = this.step === null ? 0 : this.steps.indexOf(latest(this.steps, this.step));
    const rest = this.steps.slice(Math.max(0, from));
    const count = Math.min(PLAY_STEPS, rest.length);
    return Array.from({ length: count }, (_, i) => rest[Math.round((i * (rest.length - 1)) / Math.max(1, count - 1))]);
  }

  async start() {
    const run = (this.run = {}); // a second Play ends the first
    this.list = this.playlist();
    this.playing = true;
    this.play.textContent = "Pause";
    for (this.at = 0; this.at < this.list.length; this.at++) {
      const due = Date.now() + PLAY_MS;
      this.request();
      while (this.on(run) && this.missing(this.list[this.at]) && Date.now() < due + 2 * RETRY_MS) await sleep(30);
      if (!this.on(run)) return;
      this.step = this.list[this.at];
      this.paint();
      await sleep(Math.max(0, due - Date.now()));
      if (!this.on(run)) return;
    }
    this.stop();
    if (this.step === this.newest) this.step = null;
    this.paint();
    this.sendSoon();
  }

  on(run) { return this.playing && this.run === run; }

  destroy() {
    this.stop();
    clearTimeout(this.requestTimer);
    clearTimeout(this.sendTimer);
    window.removeEventListener("pointerup", this.release);
    window.removeEventListener("pointercancel", this.release);
    this.store.keepFilms(new Set());
    this.root.remove();
  }
}

export default mounted(FilmView);
