// Scrolls the page to its top, once: where it is drawn. Loaded by scrolling.py.

export default function ({ parentElement }) {
  const own = parentElement.querySelector(".mtl-scroll-to-top")
  if (own.done) return
  own.done = true
  for (let box = own.parentElement; box; box = box.parentElement) {
    if (box.scrollTop > 0) box.scrollTop = 0
  }
}
