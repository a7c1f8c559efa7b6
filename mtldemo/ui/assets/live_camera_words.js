// What the live camera says and how it labels a face. Loaded by live_camera.py behind live_camera.js.

// In px: a picture that is narrower has smaller and shorter labels.
const NARROW = 480
// Answers a line of a label, and on the picture at all.
const PAIR = 2
const MOST_ON_PICTURE = 4

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
  // Nothing is looked for where pictures are taken whole.
  const looking = detector >= 0.5 ? [`detector ${Math.round(detector)} ms`] : []
  return [frames, ...looking, `model ${Math.round(model)} ms`]
}

// [model or "", answers by task] for each model that was asked.
function answersOf(face) {
  return face.models ? Object.entries(face.models).map(([model, { answers }]) => [model, answers]) : [["", face.answers]]
}

// What a person calls a task and how its numbers are written; one that the page doesn't know bears its name.
function taskOf(tasks, name) {
  return tasks?.[name] ?? { title: name, unit: "", digits: 0, titled: true }
}

function isNumber(answer) {
  return answer.value !== undefined
}

function shownNumber(number, digits) {
  return number.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

function numberWords({ value, interval }, { digits }) {
  const shown = (number) => shownNumber(number, digits)
  return interval ? `${shown(value)} (${shown(interval[0])}–${shown(interval[1])})` : shown(value)
}

function shareOf(answer) {
  return `${Math.round(100 * answer.p[answer.label])} %`
}

// An answer beside the face: a number with its interval, or the likeliest class with its probability.
function shortWords(answer, task) {
  const words = isNumber(answer) ? numberWords(answer, task) : `${answer.label}${answer.sure ? "" : "?"} ${shareOf(answer)}`
  return withTitle(words, task)
}

function likeliest(answer, task) {
  return withTitle(isNumber(answer) ? shownNumber(answer.value, task.digits) : answer.label, task)
}

// "yes" or "12" alone says nothing: the task's title stands before what isn't clear without it.
function withTitle(words, { title, titled }) {
  return titled ? `${title}: ${words}` : words
}

// Lines for the box on the picture: short and few, since a face may be small, two answers each. Where several faces
// share a narrow picture, they only say the most likely; the list below says all.
function labelOf(face, count, narrow, tasks) {
  const number = count > 1 ? `${face.number} · ` : ""
  const lines = answersOf(face).flatMap(([model, answers]) => {
    const named = Object.entries(answers).map(([name, answer]) => [answer, taskOf(tasks, name)])
    if (narrow && count > 1) return [joined(named.slice(0, PAIR).map((one) => likeliest(...one)))]
    const words = named.slice(0, MOST_ON_PICTURE).map((one) => shortWords(...one))
    if (named.length > words.length) words.push(`+ ${named.length - words.length} more`)
    const pairs = words.flatMap((_, place) => (place % PAIR ? [] : [joined(words.slice(place, place + PAIR))]))
    return [`${model ? `${model}: ` : ""}${pairs[0] ?? ""}`, ...pairs.slice(1)]
  })
  return [`${number}${lines[0] ?? ""}`, ...lines.slice(1)]
}

function joined(words) {
  return words.filter(Boolean).join(" · ")
}

// The same in whole words, for the list below the picture.
function faceItem(face, count, { tasks, faces }) {
  const what = faces === false ? "picture" : "face"
  const item = document.createElement("li")
  item.append(element("strong", faces === false ? "The picture" : count > 1 ? `Face ${face.number}` : "Face"))
  for (const [model, answers] of answersOf(face)) {
    if (model) item.append(element("div", model))
    for (const [name, answer] of Object.entries(answers)) item.append(element("div", sentence(answer, taskOf(tasks, name))))
  }
  if (face.warnings.length) item.append(element("div", `Doubtful: the ${what} is ${face.warnings.join(", ")}`))
  return item
}

function sentence(answer, { title, unit, digits, titled }) {
  const subject = titled ? `${title}:` : title
  if (!isNumber(answer)) return `${subject} ${answer.label}, ${shareOf(answer)}${answer.sure ? "" : " (not sure)"}`
  const [value, ...ends] = [answer.value, ...(answer.interval ?? [])].map((number) => shownNumber(number, digits))
  return `${subject} ${value}${unit ? ` ${unit}` : ""}${ends.length ? ` (${ends.join("–")})` : ""}`
}

function element(kind, text) {
  const made = document.createElement(kind)
  made.textContent = text
  return made
}

// A white box with a dark edge, and its label on a dark ground: to be seen on any picture. In CSS px.
function drawFace(pen, [x, y, w, h], lines, width, height, font, whole = false) {
  // A box around the whole picture would mark nothing.
  const edges = [
    [5, "rgb(0 0 0 / 60%)"],
    [2.5, "#fff"],
  ]
  for (const [thick, colour] of whole ? [] : edges) {
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
