// Scrolls the box around it to the chosen radio button, where that is out of sight. Loaded by scrolling.py.

const LONGEST = 3000

export default function ({ parentElement }) {
  const own = parentElement.querySelector(".mtl-scroll-to-choice")
  if (own.watching) return
  // The list may be drawn, and its choice told to it, some moments after this.
  const began = performance.now()
  own.watching = true
  const look = () => {
    const box = boxAround(own)
    const choice = box?.querySelector("input[type=radio]:checked")?.closest("label")
    if (choice) return show(box, choice)
    if (own.isConnected && performance.now() - began < LONGEST) requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
}

function boxAround(element) {
  for (let box = element.parentElement; box; box = box.parentElement) {
    if (/auto|scroll/.test(getComputedStyle(box).overflowY) && box.scrollHeight > box.clientHeight) return box
  }
}

// The page itself stays where it is, which scrollIntoView would move.
function show(box, choice) {
  const [outer, inner] = [box.getBoundingClientRect(), choice.getBoundingClientRect()]
  if (inner.top >= outer.top && inner.bottom <= outer.bottom) return
  box.scrollTop += inner.top - outer.top - (outer.height - inner.height) / 2
}
