// What every page does with a figure before Plotly draws it: `arrange` its panels for the width, `dress` it in the theme.
// Plain functions without imports or exports, so that a page puts this text before its own script.

const NARROWEST_PANEL = 290
const PANEL_GAP = { across: 60, down: 56 }
const LETTER = 6.2
const BOLD = 6.8
// In px, of a heading's letters and of a legend: a line's height, what an entry takes beside its text, and what lies between
// the legend and the panels, with their headings and without.
const HEADING_LETTER = 6.5
const SHORTEST = 6
const LEGEND = { line: 19, beside: 50, headed: 28, bare: 12 }

function dress(layout, theme) {
  const axis = {
    gridcolor: theme.grid,
    linecolor: theme.border,
    zerolinecolor: theme.border,
    tickfont: { color: theme.text },
    title: { font: { size: 12 } },
    minor: { showgrid: false },
  }
  const box = { bgcolor: theme.page, bordercolor: theme.border, font: { color: theme.text, family: theme.font } }
  layout.template = {
    layout: {
      font: { color: theme.text, family: theme.font },
      // What a figure gives no colour is drawn like text.
      colorway: [theme.text],
      xaxis: { ...axis, spikecolor: theme.faded, spikethickness: -1, spikedash: "solid" },
      yaxis: axis,
      hoverlabel: { ...box, namelength: -1 },
      modebar: { bgcolor: theme.page, color: theme.faded, activecolor: theme.accent },
    },
  }
  // A finger scrolls the page; only a mouse can draw the rectangle to zoom into.
  if (matchMedia("(pointer: coarse)").matches) layout.dragmode = false
}

// Panels stand side by side where each has room, in rows where not. `height` is that of one row; `data` are the traces,
// whose legend the panels begin below.
function arrange(layout, width, height, data = []) {
  const { panels = 1, narrowest = NARROWEST_PANEL, shared = "", least = 0 } = layout.meta ?? {}
  const { across: beside = PANEL_GAP.across, down = PANEL_GAP.down } = layout.meta ?? {}
  // What can't be narrower is scrolled sideways.
  width = Math.max(width, least)
  // Where the legend needs another line, the panels below it move down, and stay as high as they are.
  const more = Math.max(0, legendRoom(layout, data, width) - (layout.margin?.t ?? 0))
  if (more) layout.margin.t += more
  height += more
  const { l = 0, r = 0, t = 0, b = 0 } = layout.margin ?? {}
  const most = Math.max(1, Math.min(panels, Math.floor(width / narrowest)))
  const rows = Math.ceil(panels / most)
  const columns = Math.ceil(panels / rows)
  const inner = { width: width - l - r, row: (height - t - b) * (rows > 1 ? 0.82 : 1) }
  inner.height = rows * inner.row + (rows - 1) * down
  layout.width = width
  layout.height = inner.height + t + b
  const across = columns > 1 ? Math.min(beside / inner.width, 0.6 / (columns - 1)) : 0
  const panel = (1 - across * (columns - 1)) / columns
  for (let place = 0; panels > 1 && place < panels; place += 1) {
    const number = place === 0 ? "" : place + 1
    const left = (place % columns) * (panel + across)
    const top = 1 - (Math.floor(place / columns) * (inner.row + down)) / inner.height
    const [x, y] = [layout[`xaxis${number}`], layout[`yaxis${number}`]]
    x.domain = [left, Math.min(1, left + panel)]
    y.domain = [Math.max(0, top - inner.row / inner.height), top]
    const lowest = place + columns >= panels
    if (!lowest) x.title = { text: "" }
    if (shared.includes("x")) x.showticklabels = lowest
    if (shared.includes("y")) y.showticklabels = place % columns === 0
    if (shared.includes("y") && place % columns) y.title = { text: "" }
  }
  // A heading may go on above what stands beside its panel, such as the names of curves.
  fitHeadings(layout, panel * inner.width + (columns > 1 ? Math.min(across * inner.width, r) : r) - 6)
  placeLabels(layout, inner)
}

// The px above the panels that the legend takes. Plotly puts its entries into columns as wide as the widest of them.
function legendRoom(layout, data, width) {
  const entries = data.filter((trace) => trace.showlegend !== false && trace.type !== "heatmap")
  // As Plotly does it: a trace alone has no legend unless it asks for one.
  if (entries.length < 2 && !entries[0]?.showlegend) return 0
  const lengths = entries.map((trace) => LEGEND.beside + LETTER * plainText(trace.name ?? "").length)
  const columns = Math.max(1, Math.floor(width / Math.max(...lengths)))
  const lines = lengths.reduce((sum, one) => sum + one, 0) <= width ? 1 : Math.ceil(entries.length / columns)
  const headed = (layout.annotations ?? []).some((note) => note.name === "heading")
  return lines * LEGEND.line + (headed ? LEGEND.headed : LEGEND.bare)
}

// Names in the headings, which stand in bold, lose their middle where a panel has no room for the whole heading.
function fitHeadings(layout, wide) {
  const room = Math.floor((wide + 8) / HEADING_LETTER)
  for (const note of (layout.annotations ?? []).filter(({ name }) => name === "heading")) {
    for (;;) {
      const excess = plainText(note.text).length - room
      const names = [...note.text.matchAll(/<b>([^<]*)<\/b>/g)].map((match) => match[1])
      const longest = names.sort((one, other) => plainText(other).length - plainText(one).length)[0]
      if (excess <= 0 || !longest || plainText(longest).length <= SHORTEST) break
      note.text = note.text.replace(`<b>${longest}</b>`, () => `<b>${shortened(longest, excess)}</b>`)
    }
  }
}

// Entities count as the one letter that they stand for, and are never cut in two.
function shortened(name, excess) {
  const letters = name.match(/&[#a-z0-9]+;|[^]/gi)
  const left = Math.max(SHORTEST, letters.length - excess)
  const tail = Math.floor(left / 3)
  return [...letters.slice(0, left - tail - 1), "…", ...letters.slice(letters.length - tail)].join("")
}

function plainText(text) {
  return text.replace(/<[^>]*>/g, "").replace(/&[#a-z0-9]+;/gi, "x")
}

// Annotations called "label" name a point: each is put where it covers no other name and no point.
function placeLabels(layout, inner) {
  const notes = (layout.annotations ?? []).filter((note) => note.name === "label")
  const at = (axis, value, length) => {
    const [from, to] = axis.domain ?? [0, 1]
    return (from + ((value - axis.range[0]) / (axis.range[1] - axis.range[0])) * (to - from)) * length
  }
  const spots = notes.map((note) => ({
    note,
    x: at(layout[note.xref.replace("x", "xaxis")], note.x, inner.width),
    y: inner.height - at(layout[note.yref.replace("y", "yaxis")], note.y, inner.height),
    wide: plainText(note.text).length * (note.text.startsWith("<b>") ? BOLD : LETTER) + 4,
  }))
  const taken = spots.map(({ x, y }) => [x - 6, y - 6, x + 6, y + 6])
  // Crowded ones choose first.
  const crowd = (spot) => spots.filter((other) => Math.abs(other.x - spot.x) < 90 && Math.abs(other.y - spot.y) < 30).length
  for (const spot of [...spots].sort((a, b) => crowd(b) - crowd(a) || a.x - b.x)) {
    let best
    for (const away of [9, 18, 30, 44, 60, 78]) {
      for (const turn of [0, 180, 90, -90, 35, -35, 145, -145, 60, -60, 120, -120]) {
        const [dx, dy] = [Math.cos((turn * Math.PI) / 180) * away, -Math.sin((turn * Math.PI) / 180) * away]
        const side = Math.abs(turn) < 75 ? 0 : Math.abs(turn) > 105 ? -spot.wide : -spot.wide / 2
        const box = [spot.x + dx + side, spot.y + dy - 7, spot.x + dx + side + spot.wide, spot.y + dy + 7]
        const beyond = Math.max(0, -box[0]) + Math.max(0, box[2] - inner.width) + Math.max(0, -box[1]) + Math.max(0, box[3] - inner.height)
        const cost = away / 4 + (turn ? 1 : 0) + 10 * beyond + taken.reduce((sum, other) => sum + overlap(box, other), 0)
        if (!best || cost < best.cost) best = { cost, box, dx, dy, away, turn }
      }
    }
    taken.push(best.box)
    const { note } = spot
    note.xanchor = Math.abs(best.turn) < 75 ? "left" : Math.abs(best.turn) > 105 ? "right" : "center"
    note.yanchor = "middle"
    Object.assign(note, { xshift: 0, showarrow: true, ax: best.dx, ay: best.dy, arrowhead: 0, standoff: 5 })
    note.arrowwidth = best.away > 20 ? 1 : 0.1
  }
}

function overlap(a, b) {
  return Math.max(0, Math.min(a[2], b[2]) - Math.max(a[0], b[0])) * Math.max(0, Math.min(a[3], b[3]) - Math.max(a[1], b[1]))
}
