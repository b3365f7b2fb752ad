// A Plotly chart that is mounted once and then only ever updated.
//
// Streamlit calls the default export again for every new figure and every theme switch, always with the same
// parentElement while the chart is on the page. What the user did (zoom, hidden lines) is kept here.

const views = new WeakMap(); // parentElement -> view

function loadPlotly(version) {
  // One script for all charts of the browser page. A failed load is forgotten, so the next update tries again.
  window.gwPlotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    // Relative to the page's address, which also holds a base path such as /gan/ in front of the app.
    script.src = new URL(`app/static/plotly.min.js?v=${version}`, document.baseURI).href;
    script.onload = () => (window.Plotly ? resolve(window.Plotly) : reject(new Error("no Plotly in the file")));
    script.onerror = () => { script.remove(); reject(new Error("not found")); };
    document.head.append(script);
  }).catch((error) => { window.gwPlotly = undefined; throw error; });
  return window.gwPlotly;
}

const ICONS = {
  zoom: '<svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="7" cy="7" r="4.5"/><path d="M10.5 10.5 14 14M5 7h4M7 5v4"/></svg>',
  reset: '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M3 8a5 5 0 1 0 1.6-3.7M4.5 1.5v3h3"/></svg>',
};

function button(label, content, onclick) {
  const element = document.createElement("button");
  element.type = "button";
  element.title = label;
  element.setAttribute("aria-label", label);
  element.innerHTML = content;
  element.onclick = onclick;
  return element;
}

class PlotView {
  constructor(parent) {
    this.parent = parent;
    this.axes = { xaxis: null, yaxis: null }; // what the user chose: a range, "all", or null to follow the data
    // On a touch screen dragging scrolls the page until zooming is switched on.
    this.zooming = !matchMedia("(pointer: coarse)").matches;
    this.held = false; // a pointer is down on the chart
    this.revision = 0;
    this.build();
    this.observer = new ResizeObserver(() => this.resized());
    this.observer.observe(this.root);
  }

  build() {
    this.root = document.createElement("div");
    this.root.className = "gw-plot";
    const head = document.createElement("div");
    head.className = "gw-plot-head";
    this.title = document.createElement("span");
    this.title.className = "gw-plot-title";
    this.zoom = button("Drag to zoom", ICONS.zoom, () => { this.zooming = !this.zooming; this.render(); });
    const reset = button("Reset the view", ICONS.reset, () => this.reset());
    const png = button("Save as PNG", "PNG", () => this.save("png"));
    const svg = button("Save as SVG", "SVG", () => this.save("svg"));
    head.append(this.title, this.zoom, reset, png, svg);
    this.canvas = document.createElement("div");
    this.canvas.className = "gw-plot-canvas";
    this.error = document.createElement("p");
    this.error.className = "gw-plot-error";
    this.error.setAttribute("role", "alert");
    this.error.hidden = true;
    this.root.append(head, this.error, this.canvas);
    this.parent.append(this.root);
    // Redrawing under a drag would end it: wait for the release.
    this.press = () => { this.held = true; };
    this.release = () => {
      if (!this.held) return;
      this.held = false;
      setTimeout(() => this.render(), 0); // after Plotly's own handler has set the new range
    };
    this.canvas.addEventListener("pointerdown", this.press, true);
    window.addEventListener("pointerup", this.release, true);
    window.addEventListener("pointercancel", this.release, true);
  }

  async update(bytes) {
    const data = JSON.parse(new TextDecoder().decode(bytes));
    this.data = data;
    this.title.textContent = data.figure.layout.title?.text ?? "";
    this.canvas.setAttribute("role", "group");
    this.canvas.setAttribute("aria-label", `Chart: ${this.title.textContent}`);
    this.canvas.style.height = `${data.height}px`;
    try {
      this.plotly = await loadPlotly(data.plotly);
      this.error.hidden = true;
      this.render();
    } catch (error) {
      this.error.textContent = "This chart cannot be drawn, because app/static/plotly.min.js did not load "
        + `(${error.message}). Check that server.enableStaticServing is on, then reload the page.`;
      this.error.hidden = false;
    }
  }

  theme() {
    const style = getComputedStyle(this.parent);
    const value = (name) => style.getPropertyValue(`--st-${name}`).trim();
    return {
      text: value("text-color"), back: value("background-color"), panel: value("secondary-background-color"),
      border: value("border-color"), font: value("font"),
    };
  }

  layout() {
    const { text, back, panel, border, font } = this.theme();
    const given = structuredClone(this.data.figure.layout);
    delete given.title; // shown above the chart, where it cannot collide with the legend
    const axis = (name) => {
      const chosen = this.axes[name];
      const range = chosen === "all" ? null : chosen ?? given[name]?.range;
      const view = range ? { range: [...range], autorange: false } : { range: undefined, autorange: true };
      return {
        gridcolor: border, linecolor: border, tickcolor: border, zeroline: false,
        ...given[name], ...view,
      };
    };
    const pointer = { spikecolor: text, spikethickness: 1, spikedash: "dot" };
    return {
      ...given,
      xaxis: { ...pointer, ...axis("xaxis") }, yaxis: axis("yaxis"),
      font: { family: font, size: 12, color: text },
      legend: { font: { color: text }, ...given.legend },
      hoverlabel: { bgcolor: panel, bordercolor: border, font: { color: text, family: font } },
      // The plot's own colour, equal to the page's: Plotly takes a see-through one for white when it picks contrasts.
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: back,
      autosize: true, height: this.data.height,
      dragmode: this.zooming ? "zoom" : false,
      datarevision: ++this.revision,
    };
  }

  render() {
    if (!this.plotly || !this.data || this.held || this.root.offsetWidth === 0) return;
    this.zoom.setAttribute("aria-pressed", String(this.zooming));
    const config = { displayModeBar: false, displaylogo: false, doubleClick: false, responsive: false };
    const traces = this.data.figure.data.map((trace) => ({ ...trace }));
    this.plotly.react(this.canvas, traces, this.layout(), config);
    this.width = this.root.offsetWidth;
    if (this.listening) return;
    this.listening = true;
    this.canvas.on("plotly_relayout", (change) => this.relayouted(change));
    this.canvas.on("plotly_doubleclick", () => this.doubleClicked());
  }

  relayouted(change) {
    for (const name of ["xaxis", "yaxis"]) {
      if (`${name}.range[0]` in change || `${name}.range` in change) {
        this.axes[name] = [...this.canvas.layout[name].range];
      }
    }
  }

  doubleClicked() {
    // Out of a zoom first; when not zoomed, out to everything, outliers included.
    if (this.axes.xaxis || this.axes.yaxis) return this.reset();
    this.axes = { xaxis: "all", yaxis: "all" };
    setTimeout(() => this.render(), 0);
  }

  reset() {
    this.axes = { xaxis: null, yaxis: null };
    setTimeout(() => this.render(), 0);
  }

  resized() {
    if (this.root.offsetWidth === this.width) return;
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => {
      if (!this.listening) this.render(); // was mounted out of sight, in a closed tab for example
      else if (this.root.offsetWidth) {
        this.width = this.root.offsetWidth;
        this.plotly.Plots.resize(this.canvas);
      }
    });
  }

  save(format) {
    if (!this.listening) return;
    const { back } = this.theme();
    const text = this.title.textContent;
    const layout = {
      ...this.canvas.layout, paper_bgcolor: back, plot_bgcolor: back,
      title: { text, x: 0.01, xanchor: "left", yref: "container", y: 0.97, yanchor: "top", font: { size: 15 } },
    };
    layout.margin = { ...layout.margin, t: 60 };
    const filename = text.replace(/[^\w-]+/g, "_").toLowerCase() || "chart";
    const size = { width: Math.max(700, this.width), height: this.data.height + 60, scale: format === "png" ? 2 : 1 };
    this.plotly.downloadImage({ data: this.canvas.data, layout }, { format, filename, ...size });
  }

  destroy() {
    this.observer.disconnect();
    cancelAnimationFrame(this.frame);
    window.removeEventListener("pointerup", this.release, true);
    window.removeEventListener("pointercancel", this.release, true);
    if (this.listening) this.plotly.purge(this.canvas);
    this.data = null;
    this.root.remove();
  }
}

export default function ({ parentElement, data }) {
  if (!views.has(parentElement)) views.set(parentElement, new PlotView(parentElement));
  views.get(parentElement).update(data);
  return () => setTimeout(() => {
    // Streamlit also calls this when a newer update overtakes an older one: then the chart is still in the page.
    if (parentElement.isConnected) return;
    views.get(parentElement)?.destroy();
    views.delete(parentElement);
  }, 0);
}
