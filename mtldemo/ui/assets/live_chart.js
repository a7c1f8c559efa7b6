// Draws a Plotly figure and updates it in place, so that zoom and hidden curves survive. Loaded by live_chart.py behind
// charts/assets/figure.js, whose functions it calls.

const LIBRARY = Symbol.for("mtldemo.plotly")
const STORE = "mtldemo-plotly"

// In px: a click that is farther from any curve means none of them.
const NEAR = 40

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".mtl-chart")
  root.liveChart ??= new LiveChart(root)
  root.liveChart.told = (what) => setTriggerValue("clicked", what)
  root.liveChart.update(data)
  return () => {
    root.liveChart?.destroy()
    root.liveChart = undefined
  }
}

class LiveChart {
  constructor(root) {
    this.root = root
    this.plot = root.querySelector(".mtl-chart-plot")
    this.note = root.querySelector(".mtl-chart-note")
    this.drawn = ""
    this.visible = false
    this.resized = new ResizeObserver(() => this.schedule())
    this.resized.observe(root)
    // A chart out of sight keeps its newest data and draws it when it is scrolled to.
    this.seen = new IntersectionObserver(
      (entries) => {
        this.visible = entries.at(-1).isIntersecting
        this.schedule()
      },
      { rootMargin: "400px" },
    )
    this.seen.observe(root)
  }

  update(data) {
    this.data = data
    this.plot.setAttribute("aria-label", data.alt)
    if (!this.drawn) this.plot.style.height = `${data.height}px`
    this.schedule()
  }

  schedule() {
    this.frame ??= requestAnimationFrame(async () => {
      try {
        await this.draw()
      } catch (error) {
        this.note.textContent = `The chart can't be drawn (${error.message}). What it shows: ${this.data.alt}`
        this.note.hidden = false
      } finally {
        this.frame = undefined
        if (this.again) {
          this.again = false
          this.schedule()
        }
      }
    })
    this.again = this.drawing
  }

  async draw() {
    const width = this.root.clientWidth
    if (!this.visible || !width || !this.data) return
    if (this.plot._dragging) {
      setTimeout(() => this.schedule(), 150)
      return
    }
    const theme = themeOf(this.root)
    const wanted = JSON.stringify([this.data.figure, this.data.height, width, theme])
    if (wanted === this.drawn) return
    this.drawing = true
    try {
      const Plotly = await library(this.data.library)
      // Plotly compares this with the last one and starts all over, zoom and all, where a function in it is another.
      this.config ??= config(Plotly)
      const figure = JSON.parse(this.data.figure)
      arrange(figure.layout, width, this.data.height, figure.data)
      dress(figure.layout, theme)
      this.plot.style.height = `${figure.layout.height}px`
      await Plotly.react(this.plot, figure.data, figure.layout, this.config)
      this.listen()
      this.drawn = wanted
      this.note.hidden = true
    } finally {
      this.drawing = false
    }
  }

  // Plotly forgets who listens only when the plot is purged.
  listen() {
    if (this.listening || !this.data.clickable) return
    this.listening = true
    this.plot.on("plotly_click", (event) => {
      const what = this.clicked(event)
      if (what) this.told(what)
    })
  }

  // Where all curves at one x are under the mouse, the nearest one was meant.
  clicked({ points, event }) {
    const top = this.plot.getBoundingClientRect().top
    const away = ({ yaxis, y }) => Math.abs(top + yaxis._offset + yaxis.d2p(y) - event.clientY)
    const single = this.plot._fullLayout.hovermode === "closest"
    const named = points.map((point) => ({ far: single ? 0 : away(point), what: nameOf(point) }))
    const found = named.filter(({ far, what }) => what && far <= NEAR).sort((a, b) => a.far - b.far)[0]
    return found && { ...found.what, touch: matchMedia("(hover: none)").matches }
  }

  destroy() {
    this.resized.disconnect()
    this.seen.disconnect()
    cancelAnimationFrame(this.frame)
    globalThis.Plotly?.purge(this.plot)
  }
}

// Which arm or run a point belongs to: that of its trace, or its own where the trace has several.
function nameOf({ data, pointNumber }) {
  const { arm, run, arms, runs, across } = data.meta ?? {}
  const place = Array.isArray(pointNumber) ? pointNumber[across ? 1 : 0] : pointNumber
  const what = { arm: arms?.[place] ?? arm, run: runs?.[place] ?? run }
  return what.arm || what.run ? what : undefined
}

// Plotly is fetched once a page, whatever the number of charts, and kept by the browser between pages.
function library(address) {
  globalThis[LIBRARY] ??= fetchLibrary(address).catch((error) => {
    globalThis[LIBRARY] = undefined
    throw error
  })
  return globalThis[LIBRARY]
}

async function fetchLibrary({ path, version }) {
  const script = document.querySelector('script[src*="static/js/"]')
  const base = script ? script.src.replace(/static\/js\/.*$/, "") : document.baseURI
  const url = new URL(`${path}?v=${version}`, base).href
  // The server's answer names no age, so the browser's own cache would forget it; this store exists on https and localhost.
  const store = await globalThis.caches?.open(STORE).catch(() => undefined)
  let answer = await store?.match(url)
  if (!answer) {
    answer = await fetch(url)
    if (!answer.ok) throw new Error(`the chart library answered ${answer.status}`)
    for (const old of (await store?.keys()) ?? []) await store.delete(old)
    await store?.put(url, answer.clone()).catch(() => undefined)
  }
  const source = URL.createObjectURL(new Blob([await answer.arrayBuffer()], { type: "text/javascript" }))
  await new Promise((resolve, reject) => {
    const element = Object.assign(document.createElement("script"), { src: source, onload: resolve })
    element.onerror = () => reject(new Error("the chart library can't be read"))
    document.head.append(element)
  })
  URL.revokeObjectURL(source)
  return globalThis.Plotly
}

function themeOf(element) {
  const style = getComputedStyle(element)
  const value = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise
  return {
    text: value("--st-text-color", "#1f2933"),
    faded: value("--st-gray-text-color", "#808080"),
    page: value("--st-background-color", "#ffffff"),
    panel: value("--st-secondary-background-color", "#f4f6f8"),
    grid: value("--st-border-color-light", value("--st-border-color", "#e1e6eb")),
    border: value("--st-border-color", "#d0d7de"),
    accent: value("--st-primary-color", "#0072b2"),
    font: value("--st-font", "sans-serif"),
  }
}

function config(Plotly) {
  return {
    displaylogo: false,
    // By default Plotly offers to upload the chart to its maker's cloud.
    showSendToCloud: false,
    plotlyServerURL: "",
    // Without hovering, the buttons would lie on the legend for good.
    displayModeBar: matchMedia("(hover: none)").matches ? false : "hover",
    doubleClick: "reset+autosize",
    modeBarButtonsToRemove: ["toImage", "select2d", "lasso2d", "zoomIn2d", "zoomOut2d", "autoScale2d"],
    modeBarButtonsToAdd: [
      {
        name: "Save as PNG",
        icon: Plotly.Icons.camera,
        click: savePicture,
      },
    ],
  }
}

function savePicture(plot) {
  const room = 40
  const title = plot.layout.meta?.title ?? "Chart"
  const { width, height, margin, legend } = plot.layout
  const tall = height + room
  const layout = {
    ...plot.layout,
    height: tall,
    paper_bgcolor: themeOf(plot).page,
    margin: { ...margin, t: margin.t + room },
    legend: { ...legend, y: 1 - room / tall },
    title: { text: title, font: { size: 17 }, x: 8 / width, xanchor: "left", xref: "container", y: 1 - 22 / tall, yref: "container" },
  }
  const filename = title.toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^_|_$/g, "")
  return globalThis.Plotly.downloadImage({ data: plot.data, layout }, { format: "png", scale: 2, width, height: tall, filename })
}
