// The live camera: frames one after the other to the server, boxes and labels from its answer on the picture. Loaded by
// live_camera.py in front of live_camera_words.js, whose functions it calls.

// In px and by canvas: what is sent. Larger frames find no more faces, and take longer.
const LONGEST = 640
const QUALITY = 0.8
// In ms: how long the speed is averaged over, and how long a server that doesn't answer is waited for.
const SPEED_SPAN = 2000
const PATIENCE = 30000
const AGAIN = 1000
// In ms: by how much a frame is ready before it can be sent.
const EARLY = 15
// In ms: the list below the picture is read, so it changes slower than the boxes.
const LIST_EVERY = 250

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".mtl-camera")
  root.liveCamera ??= new LiveCamera(root)
  root.liveCamera.settings = data
  return () => {
    root.liveCamera?.destroy()
    root.liveCamera = undefined
  }
}

class LiveCamera {
  constructor(root) {
    const part = (name) => root.querySelector(`.mtl-camera-${name}`)
    Object.assign(this, { root, stage: part("stage"), said: part("said"), button: part("button") })
    Object.assign(this, { speed: part("speed"), list: part("faces"), choice: part("choice") })
    this.video = root.querySelector("video")
    this.overlay = root.querySelector("canvas")
    this.select = root.querySelector("select")
    this.sheet = document.createElement("canvas")
    this.button.onclick = () => (this.session ? this.stop() : this.start())
    this.select.onchange = () => this.session && this.start()
    this.hidden = () => document.hidden && this.session && this.stop(WORDS.hidden)
    document.addEventListener("visibilitychange", this.hidden)
    this.plugged = () => this.listCameras()
    navigator.mediaDevices?.addEventListener("devicechange", this.plugged)
    this.resized = new ResizeObserver(() => this.drawn && this.draw(this.drawn))
    this.resized.observe(this.stage)
    this.show(WORDS.idle)
  }

  // A session is one time of the camera being on; whatever belongs to an older one has no effect.
  async start() {
    this.stop()
    const session = { abort: new AbortController(), camera: identifier(), times: [], frames: 0, listed: 0, took: PATIENCE, readied: 0 }
    this.session = session
    this.buttonIs(true)
    this.show(WORDS.asking)
    try {
      await this.open(session)
    } catch (error) {
      if (this.session === session) this.stop(whyNoCamera(error))
      return
    }
    if (this.session !== session) return
    this.listCameras()
    this.show(WORDS.loading)
    this.run(session)
  }

  async open(session) {
    if (!navigator.mediaDevices?.getUserMedia) throw new Error(isSecureContext ? "none" : "insecure")
    const wished = this.select.value ? { deviceId: { exact: this.select.value } } : { facingMode: "user" }
    const size = { width: { ideal: 640 }, height: { ideal: 480 } }
    const stream = await navigator.mediaDevices.getUserMedia({ video: { ...wished, ...size }, audio: false })
    if (this.session !== session) return release(stream)
    session.stream = stream
    const track = stream.getVideoTracks()[0]
    track.addEventListener("ended", () => this.session === session && this.stop(WORDS.gone))
    this.video.srcObject = stream
    await this.video.play()
    if (this.session !== session) return
    // As in a mirror, but for a camera that looks away from whoever holds it.
    this.mirrored = track.getSettings().facingMode !== "environment"
    this.stage.toggleAttribute("data-mirrored", this.mirrored)
    this.stage.toggleAttribute("data-running", true)
    this.video.hidden = false
    this.stage.style.aspectRatio = `${this.video.videoWidth} / ${this.video.videoHeight}`
  }

  // Sends a frame and, while its answer is awaited, takes the next one; never two requests at once, so nothing piles up
  // and no answer overtakes another.
  async run(session) {
    let silent = 0
    let next = this.newFrame(session)
    while (this.session === session) {
      const begun = performance.now()
      try {
        const frame = await next
        if (this.session !== session) return
        const sent = performance.now()
        const answer = this.post(session, frame)
        next = this.frameAhead(session, answer)
        const told = await answer
        if (this.session !== session) return
        session.took = performance.now() - sent
        silent = 0
        this.answered(session, told)
      } catch (error) {
        if (this.session !== session) return
        if (error.final) return this.stop(error.message)
        silent += performance.now() - begun + AGAIN
        if (silent > PATIENCE) return this.stop(WORDS.serverGone)
        this.clear()
        this.show(error.message || WORDS.serverSilent)
        await pause(AGAIN)
        // What was taken before is old by now.
        next = this.newFrame(session)
      }
    }
  }

  // A frame that is ready just before the answer that is awaited, going by the last one: none waits and grows old. An
  // answer that comes sooner is no longer waited for; the first one may take until the model is loaded.
  frameAhead(session, answer) {
    const early = session.took - session.readied - EARLY
    const soon = early > 0 ? Promise.race([pause(early), answer.catch(() => {})]) : Promise.resolve()
    const frame = soon.then(() => this.newFrame(session))
    // Whoever awaits it is told; until then, and where nobody does, the browser needn't report it.
    frame.catch(() => {})
    return frame
  }

  // The camera's picture as JPEG, once it has one that wasn't sent yet.
  async newFrame(session) {
    const begun = performance.now()
    await this.freshPicture(session)
    const { videoWidth: width, videoHeight: height } = this.video
    const scale = Math.min(1, LONGEST / Math.max(width, height))
    sized(this.sheet, width * scale, height * scale)
    // Its pixels are read each time, to be encoded.
    this.sheet.getContext("2d", { alpha: false, willReadFrequently: true }).drawImage(this.video, 0, 0, this.sheet.width, this.sheet.height)
    const blob = await new Promise((done) => this.sheet.toBlob(done, "image/jpeg", QUALITY))
    if (!blob) throw new Error("")
    session.readied = performance.now() - begun
    return blob
  }

  async freshPicture(session) {
    if (!this.video.requestVideoFrameCallback) return
    if (!session.fresh) {
      session.fresh = new Promise((done) => this.video.requestVideoFrameCallback(done))
    }
    await Promise.race([session.fresh, pause(AGAIN)])
    session.fresh = new Promise((done) => this.video.requestVideoFrameCallback(done))
  }

  async post(session, frame) {
    const { models, detector, sensitive, address } = this.settings
    const query = new URLSearchParams(models.map((model) => ["model", model]))
    query.set("detector", detector)
    query.set("camera", session.camera)
    if (sensitive) query.set("sensitive", "1")
    let answer
    try {
      answer = await fetch(`${serverBase()}${address}?${query}`, {
        method: "POST",
        headers: { "Content-Type": "image/jpeg" },
        body: frame,
        signal: session.abort.signal,
      })
    } catch {
      throw new Error(WORDS.serverSilent)
    }
    const told = await answer.json().catch(() => ({}))
    if (answer.ok) return told
    const problem = new Error(told.error || `${WORDS.serverOdd} (${answer.status})`)
    // Too much to do, or a proxy whose server is starting: worth another try.
    problem.final = ![408, 429, 502, 503, 504].includes(answer.status)
    throw problem
  }

  answered(session, told) {
    const now = performance.now()
    session.times = [...session.times.filter((time) => now - time < SPEED_SPAN), now]
    this.show(told.faces.length || this.settings.faces === false ? "" : WORDS.noFace)
    this.draw(told)
    session.frames += 1
    this.root.dataset.frames = session.frames
    const [first] = session.times
    const pace = session.times.length > 1 ? (1000 * (session.times.length - 1)) / (now - first) : 0
    if (now - session.listed < LIST_EVERY) return
    session.listed = now
    this.speed.replaceChildren(...speedWords(pace, told).map((text) => element("span", text)))
    this.list.replaceChildren(...told.faces.map((face) => faceItem(face, told.faces.length, this.settings)))
  }

  draw(told) {
    this.drawn = told
    const { clientWidth: width, clientHeight: height } = this.stage
    const dense = window.devicePixelRatio || 1
    sized(this.overlay, width * dense, height * dense)
    const pen = this.overlay.getContext("2d")
    pen.setTransform(dense, 0, 0, dense, 0, 0)
    pen.clearRect(0, 0, width, height)
    const font = getComputedStyle(this.root).fontFamily
    const [across, down] = [width / told.size[0], height / told.size[1]]
    for (const face of told.faces) {
      const [x, y, w, h] = face.box
      const left = (this.mirrored ? told.size[0] - x - w : x) * across
      const box = [left, y * down, w * across, h * down]
      const whole = this.settings.faces === false
      drawFace(pen, box, labelOf(face, told.faces.length, width < NARROW, this.settings.tasks), width, height, font, whole)
    }
  }

  clear() {
    this.drawn = undefined
    this.overlay.width = 0
    this.speed.replaceChildren()
    this.list.replaceChildren()
  }

  stop(why = WORDS.idle) {
    const { session } = this
    this.session = undefined
    session?.abort.abort()
    if (session?.stream) release(session.stream)
    this.video.srcObject = null
    this.video.hidden = true
    this.stage.toggleAttribute("data-running", false)
    this.buttonIs(false)
    this.clear()
    this.show(why)
  }

  // Cameras have names only once one was allowed.
  async listCameras() {
    const devices = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? []
    const cameras = devices.filter(({ kind, deviceId }) => kind === "videoinput" && deviceId)
    const running = this.session?.stream?.getVideoTracks()[0]?.getSettings().deviceId
    const chosen = running ?? this.select.value
    this.select.replaceChildren(
      ...cameras.map(({ deviceId, label }, number) => {
        const option = element("option", label || `Camera ${number + 1}`)
        option.value = deviceId
        option.selected = deviceId === chosen
        return option
      }),
    )
    this.choice.hidden = cameras.length < 2
  }

  buttonIs(running) {
    this.button.toggleAttribute("data-running", running)
    this.button.textContent = running ? "Stop camera" : "Start camera"
  }

  // Written only where it changes: a screen reader reads it out.
  show(text) {
    if (this.said.firstChild?.textContent !== text) this.said.replaceChildren(element("span", text))
    this.said.hidden = !text
  }

  destroy() {
    this.stop()
    document.removeEventListener("visibilitychange", this.hidden)
    navigator.mediaDevices?.removeEventListener("devicechange", this.plugged)
    this.resized.disconnect()
  }
}

// Setting a canvas's size, even to what it is, costs a new one.
function sized(canvas, width, height) {
  const [across, down] = [Math.round(width), Math.round(height)]
  if (canvas.width !== across || canvas.height !== down) Object.assign(canvas, { width: across, height: down })
}

function release(stream) {
  for (const track of stream.getTracks()) track.stop()
}

function pause(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds))
}

// Not a secret: tells this camera's faces from those of others that are running.
function identifier() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("")
}

function serverBase() {
  const script = document.querySelector('script[src*="static/js/"]')
  return script ? script.src.replace(/static\/js\/.*$/, "") : new URL(".", document.baseURI).href
}
