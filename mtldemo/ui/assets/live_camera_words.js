// What the live camera says and how it labels a face. Loaded by live_camera.py behind live_camera.js.

// In px: a picture that is narrower has smaller and shorter labels.
const NARROW = 480

const WORDS = {
  idle: "The camera is off. Frames are only sent to the server of this page, and none is kept.",
  asking: "Waiting for the camera; your browser may ask whether this page may use it.",
  loading: "The camera runs; the model is being loaded.",
  noFace: "No face is seen. Look into the camera, in good light.",
  hidden: "The camera was stopped because this tab was out of sight.",
  gone: "The camera was disconnected or taken away from this page. Plug it in or allow it again, then start it.",
  serverSilent: "The server doesn't answer; trying again.",
  serverGone: "The server doesn't answer, so the camera was stopped. Start it again once the server runs.",
  serverOdd: "The server gave an answer that makes no sense here",
}

const NO_CAMERA = {
  NotAllowedError:
    "This page may not use the camera. Allow it beside the address bar (or in the system's privacy settings), then start again.",
  NotFoundError: "No camera was found. Connect one and start again, or upload a picture instead.",
  NotReadableError: "The camera can't be opened; another program may be using it. Close that and start again.",
  OverconstrainedError: "The chosen camera isn't there any more. Choose another one and start again.",
  SecurityError: "This browser's settings keep pages from using the camera.",
  insecure: "Browsers give a camera only to pages over HTTPS or on localhost. Open this page that way, or upload a picture.",
  none: "This browser has no way to use a camera. Try another browser, or upload a picture.",
}

function whyNoCamera(error) {
  const known = NO_CAMERA[error.name === "Error" ? error.message : error.name]
  return known ?? `The camera can't be started (${error.message || error.name}).`
}

function speedWords(pace, { detector_ms: detector, model_ms: model }) {
  const frames = pace ? `${pace < 10 ? pace.toFixed(1) : Math.round(pace)} frames/s` : "… frames/s"
  return [frames, `detector ${Math.round(detector)} ms`, `model ${Math.round(model)} ms`]
}

// [model or "", answers] for each model that was asked.
function answersOf(face) {
  return face.models ? Object.entries(face.models) : [["", face]]
}

function ageWords({ age, age_interval: interval }) {
  if (age === undefined) return ""
  return interval ? `${Math.round(age)} (${Math.round(interval[0])}–${Math.round(interval[1])})` : `${Math.round(age)}`
}

function classWords(answer) {
  if (!answer) return ""
  const share = `${Math.round(100 * answer.p[answer.label])} %`
  return answer.sure ? `${answer.label} ${share}` : `${answer.label}? ${share}`
}

// Lines for the box on the picture: short, since a face may be small. Where several share a narrow picture, they only
// say the most likely; the list below says all.
function labelOf(face, count, narrow) {
  const number = count > 1 ? `${face.number} · ` : ""
  const lines = answersOf(face).flatMap(([model, said]) => {
    if (narrow && count > 1) return [joined([said.age !== undefined && `${Math.round(said.age)}`, said.gender?.label])]
    const head = model ? `${model}: ` : ""
    return [head + joined([ageWords(said), classWords(said.gender)]), classWords(said.ethnicity)].filter(Boolean)
  })
  return [`${number}${lines[0] ?? ""}`, ...lines.slice(1)]
}

function joined(words) {
  return words.filter(Boolean).join(" · ")
}

// The same in whole words, for the list below the picture.
function faceItem(face, count) {
  const item = document.createElement("li")
  item.append(element("strong", count > 1 ? `Face ${face.number}` : "Face"))
  for (const [model, said] of answersOf(face)) {
    const words = [
      said.age !== undefined && `Age ${Math.round(said.age)} years${interval(said)}`,
      said.gender && sentence("Gender", said.gender),
      said.ethnicity && sentence("Ethnicity", said.ethnicity),
    ].filter(Boolean)
    if (model) item.append(element("div", model))
    for (const text of words) item.append(element("div", text))
  }
  if (face.warnings.length) item.append(element("div", `Doubtful: the face is ${face.warnings.join(", ")}`))
  return item
}

function interval({ age_interval: ends }) {
  return ends ? ` (${Math.round(ends[0])}–${Math.round(ends[1])})` : ""
}

function sentence(title, answer) {
  return `${title} ${answer.label}, ${Math.round(100 * answer.p[answer.label])} %${answer.sure ? "" : " (not sure)"}`
}

function element(kind, text) {
  const made = document.createElement(kind)
  made.textContent = text
  return made
}

// A white box with a dark edge, and its label on a dark ground: to be seen on any picture. In CSS px.
function drawFace(pen, [x, y, w, h], lines, width, height, font) {
  for (const [thick, colour] of [
    [5, "rgb(0 0 0 / 60%)"],
    [2.5, "#fff"],
  ]) {
    pen.lineWidth = thick
    pen.strokeStyle = colour
    pen.beginPath()
    pen.roundRect(x, y, w, h, 6)
    pen.stroke()
  }
  const size = width < NARROW ? 13 : 15
  pen.font = `600 ${size}px ${font}`
  pen.textBaseline = "top"
  const [pad, line] = [6, Math.round(size * 1.35)]
  const wide = Math.min(width, Math.max(...lines.map((text) => pen.measureText(text).width)) + 2 * pad)
  const tall = lines.length * line + 2 * pad - 4
  // Above the face where there is room, else below it, else inside.
  const above = y - tall - 4
  const below = y + h + 4
  const top = above >= 0 ? above : below + tall <= height ? below : Math.max(0, Math.min(y + 4, height - tall))
  const left = Math.max(0, Math.min(x, width - wide))
  pen.fillStyle = "rgb(0 0 0 / 72%)"
  pen.beginPath()
  pen.roundRect(left, top, wide, tall, 5)
  pen.fill()
  pen.fillStyle = "#fff"
  lines.forEach((text, number) => pen.fillText(text, left + pad, top + pad + number * line, wide - 2 * pad))
}
