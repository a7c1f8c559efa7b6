// A square that a person lays over a picture: drag it, pull a corner, tap elsewhere, or use the keys. Loaded by
// place_square.py, which is told of it by the button alone.

// As shares of the picture's shorter side: the smallest square, what an arrow key moves, and with Shift.
const SMALLEST = 0.05
const STEP = 0.01
const LEAP = 0.05
const PREVIEW = 160

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".mtl-place")
  root.placing ??= new Placing(root)
  root.placing.use = (square) => setTriggerValue("square", square)
  root.placing.show(data.picture)
}

class Placing {
  constructor(root) {
    const part = (name) => root.querySelector(`.mtl-place-${name}`)
    Object.assign(this, { stage: part("stage"), square: part("square"), preview: part("preview") })
    Object.assign(this, { range: part("range"), button: part("button"), said: part("said") })
    this.image = root.querySelector("img")
    this.image.onload = () => this.begin()
    this.stage.onpointerdown = (event) => this.grab(event)
    this.stage.onpointermove = (event) => this.pull?.(event)
    this.stage.onpointerup = this.stage.onpointercancel = () => this.letGo()
    this.square.onkeydown = (event) => this.key(event)
    this.range.oninput = () => this.resize(Number(this.range.value) / 100)
    this.button.onclick = () => this.use({ x: this.x, y: this.y, side: this.side })
  }

  show(picture) {
    if (this.image.src !== picture) this.image.src = picture
  }

  // Measured in the picture's shorter sides: wide x high. A portrait's face is mostly above the middle.
  begin() {
    const { naturalWidth: width, naturalHeight: height } = this.image
    const shorter = Math.min(width, height)
    Object.assign(this, { shorter, wide: width / shorter, high: height / shorter })
    this.stage.style.setProperty("--ratio", width / height)
    this.button.disabled = false
    this.place(this.wide / 2 - 0.25, 0.4 * this.high - 0.25, 0.5)
    this.square.focus({ preventScroll: true })
  }

  // The left upper corner and the side, kept within the picture.
  place(x, y, side) {
    this.side = Math.min(1, Math.max(SMALLEST, side))
    this.x = Math.min(this.wide - this.side, Math.max(0, x))
    this.y = Math.min(this.high - this.side, Math.max(0, y))
    const { style } = this.square
    style.left = `${(100 * this.x) / this.wide}%`
    style.top = `${(100 * this.y) / this.high}%`
    style.width = `${(100 * this.side) / this.wide}%`
    this.range.value = Math.round(100 * this.side)
    const pen = this.preview.getContext("2d")
    const [left, top, edge] = [this.x, this.y, this.side].map((share) => share * this.shorter)
    pen.imageSmoothingQuality = "high"
    pen.drawImage(this.image, left, top, edge, edge, 0, 0, PREVIEW, PREVIEW)
  }

  // Around its centre.
  resize(side) {
    const wanted = Math.min(1, Math.max(SMALLEST, side))
    const half = (this.side - wanted) / 2
    this.place(this.x + half, this.y + half, wanted)
  }

  // A corner is pulled against the opposite one; the square is moved; elsewhere it comes to the pointer first.
  grab(event) {
    if (event.button || !this.shorter) return
    event.preventDefault()
    this.square.focus({ preventScroll: true })
    this.stage.setPointerCapture(event.pointerId)
    const corner = event.target.dataset.corner
    if (corner) {
      this.pull = this.pulled(corner)
      return
    }
    let [x, y] = this.at(event)
    if (event.target !== this.square) this.place(x - this.side / 2, y - this.side / 2, this.side)
    const [right, down] = [x - this.x, y - this.y]
    this.pull = (moved) => {
      ;[x, y] = this.at(moved)
      this.place(x - right, y - down, this.side)
    }
  }

  pulled(corner) {
    const [west, north] = [corner.includes("w"), corner.includes("n")]
    const fixed = [west ? this.x + this.side : this.x, north ? this.y + this.side : this.y]
    return (moved) => {
      const [x, y] = this.at(moved)
      const across = west ? fixed[0] - x : x - fixed[0]
      const down = north ? fixed[1] - y : y - fixed[1]
      const room = Math.min(west ? fixed[0] : this.wide - fixed[0], north ? fixed[1] : this.high - fixed[1])
      const side = Math.min(room, Math.max(SMALLEST, Math.max(across, down)))
      this.place(west ? fixed[0] - side : fixed[0], north ? fixed[1] - side : fixed[1], side)
    }
  }

  letGo() {
    if (!this.pull) return
    this.pull = undefined
    this.say()
  }

  at(event) {
    const box = this.stage.getBoundingClientRect()
    return [((event.clientX - box.left) / box.width) * this.wide, ((event.clientY - box.top) / box.height) * this.high]
  }

  key(event) {
    const step = event.shiftKey ? LEAP : STEP
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key]
    if (move) this.place(this.x + step * move[0], this.y + step * move[1], this.side)
    else if (event.key === "+" || event.key === "=") this.resize(this.side + 2 * step)
    else if (event.key === "-" || event.key === "_") this.resize(this.side - 2 * step)
    else if (event.key === "Enter") this.button.click()
    else return
    event.preventDefault()
    this.say()
  }

  // For a screen reader.
  say() {
    const [across, down] = [this.wide - this.side, this.high - this.side]
    const share = (part, whole) => (whole > 0 ? Math.round((100 * part) / whole) : 50)
    this.said.textContent =
      `${share(this.x, across)} % from left to right, ${share(this.y, down)} % from top to bottom, ` +
      `${Math.round(100 * this.side)} % of the shorter side`
  }
}
