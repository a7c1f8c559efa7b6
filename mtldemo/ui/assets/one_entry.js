// Lets a person's one act make at most one entry in the browser's history. Loaded by history.py.
//
// When a page is left, Streamlit writes the next page's query while the old path is still in the bar, and only then the
// path: two or three entries for one click, of which the first ones mix both pages. Whatever is written without an act
// in between takes the place of the entry before.
const ACTS = ["click", "keydown", "pointerdown"]

export default function () {
  if (window.mtlOneEntry) return
  window.mtlOneEntry = true
  let acted = false
  for (const act of ACTS) window.addEventListener(act, () => (acted = true), { capture: true, passive: true })
  const push = history.pushState
  history.pushState = function (...entry) {
    const write = acted ? push : history.replaceState
    acted = false
    return write.apply(history, entry)
  }
}
