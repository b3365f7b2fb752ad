// Two pictures in one place, for films that are compared with a reference. Put before film.js, which uses it.

const FLICKER_MS = 1400; // as in film.css

const MODES = {
  flicker: (image, base) => {
    // both lie in the same place; the sheet's animation hides the upper one, and its letter, half of the time
    const letters = ["A", "B"].map((letter) => element("b", { textContent: letter }));
    for (const upper of [image, letters[1]]) {
      upper.classList.add("upper");
      upper.style.animationDelay = `-${Math.round(performance.now() % FLICKER_MS)}ms`; // all films flicker together
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
