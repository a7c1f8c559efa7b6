// Draws the report's figures, each when it is scrolled to, for its width and the reader's theme; all of them for print.
// Stands behind charts/assets/figure.js, whose functions it calls.

const PRINTED = 700
const figures = [...document.querySelectorAll("figure[data-height]")]
const darkness = matchMedia("(prefers-color-scheme: dark)")

function themeOf() {
  const style = getComputedStyle(document.documentElement)
  const value = (name) => style.getPropertyValue(`--${name}`).trim()
  return {
    text: value("text"),
    faded: value("faded"),
    page: value("page"),
    panel: value("panel"),
    grid: value("grid"),
    border: value("border"),
    accent: value("accent"),
    font: getComputedStyle(document.body).fontFamily,
  }
}

function draw(figure, width) {
  const plot = figure.querySelector(".plot")
  const wide = width ?? plot.clientWidth
  if (!wide) return
  const { data, layout } = JSON.parse(figure.querySelector("script").textContent)
  figure.drawn = wide
  arrange(layout, wide, Number(figure.dataset.height), data)
  dress(layout, themeOf())
  plot.style.height = `${layout.height}px`
  Plotly.react(plot, data, layout, { displaylogo: false, displayModeBar: false, showSendToCloud: false, doubleClick: "reset+autosize" })
}

const seen = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) if (isIntersecting && !target.drawn) draw(target)
  },
  { rootMargin: "600px" },
)
const resized = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const figure = target.closest("figure")
    if (figure.drawn && figure.drawn !== target.clientWidth && !printing) draw(figure)
  }
})
let printing = false
for (const figure of figures) {
  seen.observe(figure)
  resized.observe(figure.querySelector(".plot"))
}
darkness.addEventListener("change", () => figures.filter((figure) => figure.drawn).forEach((figure) => draw(figure)))
// The style sheet prints in light colours whatever the screen's are.
addEventListener("beforeprint", () => {
  printing = true
  figures.forEach((figure) => draw(figure, PRINTED))
})
addEventListener("afterprint", () => {
  printing = false
  figures.forEach((figure) => draw(figure))
})
