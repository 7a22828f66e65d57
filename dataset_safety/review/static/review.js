// One sample after another, by keyboard first. Samples are set as text, never as markup.
"use strict";

const settings = JSON.parse(document.getElementById("settings").dataset.settings);
const words = settings.words;
const api = `/api/draws/${settings.draw}`;
const csrf = document.querySelector("meta[name=csrf]").content;
const screen = document.getElementById("sample");
const news = document.getElementById("news");
const note = document.getElementById("note");
const picker = document.getElementById("picker");
const rules = document.getElementById("rules");
const toggles = [...document.querySelectorAll("[data-question]")];

let item = null; // on the screen
let ahead = null; // loaded already
let shownAt = 0;
let more = null; // where the rest of a long text begins
let reading = false;
let warned = false;
let busy = false;
const paces = [];
const began = Date.now();
let rested = false;

function say(text, loud = false) {
  news.textContent = text;
  news.classList.toggle("loud", loud);
}

async function ask(path, body) {
  const options = body === undefined ? {} : { method: "POST", headers: { "content-type": "application/json", "x-csrf-token": csrf }, body: JSON.stringify(body) };
  for (let wait = 500; ; wait = Math.min(wait * 2, 8000)) {
    try {
      const answer = await fetch(api + path, options);
      if (answer.status === 401) {
        say(words.signed_out, true);
        location.assign("/sign-in");
        return new Promise(() => {});
      }
      if (answer.status < 500) return { status: answer.status, body: await answer.json() };
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // a TypeError is fetch's word for "no connection"
    }
    say(words.offline, true); // the server knows an answer that it has stored already, so sending again is safe
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

function element(name, kind, text) {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  if (text !== undefined) made.textContent = text;
  return made;
}

function addRuns(parent, runs) {
  for (const [kind, text, name] of runs) {
    if (kind === "text") parent.append(text);
    else {
      const mark = element("span", "hidden", text);
      mark.title = name;
      mark.setAttribute("role", "img");
      mark.setAttribute("aria-label", `${words.hidden}: ${name}`);
      parent.append(mark);
    }
  }
}

function addPiece(piece) {
  for (const block of piece.blocks) {
    let into = screen.querySelector(".blocks").lastElementChild;
    if (block.begins || !into) {
      const box = element("div", block.role ? `turn ${block.role.replace(/[^a-z]/gi, "")}` : "");
      if (block.role) box.append(element("div", "role", block.role));
      into = box;
      into.append(element("div", "text"));
      screen.querySelector(".blocks").append(into);
    }
    addRuns(into.querySelector(".text"), block.runs);
  }
  more = piece.next;
}

function addMedia() {
  const source = `/content/${settings.draw}/${item.sample}`;
  const kind = (item.media || "").split("/")[0];
  if (kind === "image") {
    const cover = element("p", "cover");
    const picture = element("img", "picture");
    picture.src = source;
    picture.alt = words.sample;
    picture.addEventListener("click", () => picture.classList.toggle("seen"));
    cover.append(picture);
    screen.append(element("p", "quiet", words.picture), cover);
  } else if (kind === "audio" || kind === "video") {
    const player = element(kind);
    player.controls = true;
    player.src = source;
    screen.append(player);
  } else screen.append(element("p", "quiet", words.no_preview));
}

function show(found, before = null) {
  item = found;
  screen.replaceChildren();
  for (const toggle of toggles) toggle.checked = false;
  for (const button of document.querySelectorAll("[data-answer]")) {
    button.disabled = !item;
    button.setAttribute("aria-pressed", before !== null && before[settings.main.id] === button.dataset.answer);
  }
  note.value = "";
  warned = false;
  more = null;
  if (picker) for (const box of picker.querySelectorAll("input")) box.checked = false;
  if (!item) {
    screen.append(element("p", "", words.done));
    return;
  }
  screen.lang = item.language;
  if (item.beside.length) {
    const table = element("table", "beside");
    for (const [name, value] of item.beside) {
      const row = element("tr");
      const head = element("th", "", name);
      head.scope = "row";
      row.append(head, element("td", "", value || words.nothing));
      table.append(row);
    }
    screen.append(table);
  }
  if (item.text === null) addMedia();
  else {
    screen.append(element("div", "blocks"));
    addPiece(item.text);
    if (!item.text.length) screen.append(element("p", "quiet", words.empty));
  }
  if (before) for (const toggle of toggles) toggle.checked = settings.others.some((other) => other.id === toggle.dataset.question && before[other.id] === other.bad);
  screen.scrollTop = 0;
  shownAt = performance.now();
}

function count(progress) {
  document.getElementById("progress").value = progress.judged;
  const sorted = [...paces].sort((a, b) => a - b);
  const pace = sorted.length ? ` · ${sorted[sorted.length >> 1].toFixed(0)} ${words.pace}` : "";
  document.getElementById("counts").textContent = `${progress.judged} ${words.of} ${progress.drawn} · ${progress.mine} ${words.mine}${pace}`;
  if (!rested && Date.now() - began > 50 * 60 * 1000) {
    rested = true;
    say(words.rest);
  }
}

async function fetchNext(besides) {
  return (await ask(`/next${besides ? `?besides=${besides}` : ""}`)).body;
}

async function advance() {
  if (ahead) {
    show(ahead);
    ahead = null;
  } else {
    const found = await fetchNext();
    count(found.progress);
    show(found.item);
  }
  if (item) {
    const current = item.sample;
    fetchNext(current).then((found) => {
      if (item && item.sample === current) ahead = found.item;
    });
  }
}

async function readOn() {
  if (more === null || reading || !item) return;
  reading = true;
  const sample = item.sample;
  const piece = (await ask(`/samples/${sample}?start=${more}`)).body;
  if (item && item.sample === sample) addPiece(piece);
  reading = false;
}

function atEnd() {
  return more === null && screen.scrollTop + screen.clientHeight >= screen.scrollHeight - 24;
}

async function give(answer, categories = []) {
  if (!item || busy) return;
  if (answer !== "cannot_read" && !warned && !atEnd()) {
    warned = true;
    say(words.not_at_end, true);
    return;
  }
  const answers = { [settings.main.id]: answer };
  for (const toggle of toggles) {
    const other = settings.others.find((one) => one.id === toggle.dataset.question);
    if (toggle.checked) answers[other.id] = other.bad;
  }
  const seconds = (performance.now() - shownAt) / 1000;
  const partly = atEnd() || answer === "cannot_read" ? "" : "[not read to the end] ";
  busy = true;
  try {
    const body = { sample: item.sample, answers, categories, note: partly + note.value, seconds };
    const saved = await ask("/answers", body);
    if (saved.status === 200) {
      paces.push(Math.min(seconds, 600));
      if (paces.length > 30) paces.shift();
      say(words.saved);
    } else say(saved.status === 409 ? words.taken : saved.body.error, true);
    if (saved.body.progress) count(saved.body.progress);
    if (saved.status === 200 || saved.status === 409) await advance();
  } finally {
    busy = false;
  }
  screen.focus({ preventScroll: true });
}

function answer(value) {
  if (picker && value === settings.main.bad) {
    if (!item || busy) return;
    document.getElementById("missing").textContent = "";
    choose(null);
    picker.showModal();
    picker.querySelector("input").focus();
  } else give(value);
}

async function undo() {
  if (busy) return;
  busy = true;
  try {
    const found = (await ask("/undo", {})).body;
    count(found.progress);
    if (found.item) {
      ahead = null;
      show(found.item, found.before);
      say(words.undone);
    } else say(words.nothing_to_undo);
  } finally {
    busy = false;
  }
  screen.focus({ preventScroll: true });
}

let group = null;
function choose(letter) {
  group = letter;
  for (const box of picker.querySelectorAll("fieldset")) box.classList.toggle("chosen", box.dataset.group === letter);
}

function save(event) {
  event.preventDefault();
  const chosen = [...picker.querySelectorAll("input:checked")].map((box) => box.value);
  if (!chosen.length) {
    document.getElementById("missing").textContent = words.pick_one;
    return;
  }
  picker.close();
  warned = true; // whoever names a risk has seen it
  give(settings.main.bad, chosen);
}

function pickerKey(event) {
  const letter = event.key.toUpperCase();
  if (event.key === "Enter") save(event);
  else if ("ABCD".includes(letter) && letter.length === 1) choose(letter);
  else if (group && /^[1-9]$/.test(event.key)) {
    const box = picker.querySelectorAll(`fieldset[data-group=${group}] input`)[Number(event.key) - 1];
    if (box) {
      box.checked = !box.checked;
      box.focus();
    }
  } else return;
  event.preventDefault();
}

const DIGITS = [settings.main.good, settings.main.bad, "unsure", "cannot_read"];

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
  if (rules.open) {
    if (event.key === "?") rules.close();
    return;
  }
  if (picker && picker.open) return pickerKey(event);
  if (event.target === note) {
    if (event.key === "Escape" || event.key === "Enter") screen.focus();
    return;
  }
  if (event.repeat && event.key !== " ") return;
  const key = event.key.toLowerCase();
  const toggle = toggles.find((one) => settings.others.some((other) => other.id === one.dataset.question && other.key === key));
  if (/^[1-4]$/.test(key)) answer(DIGITS[Number(key) - 1]);
  else if (toggle) toggle.checked = !toggle.checked;
  else if (key === "n") note.focus();
  else if (key === "u") undo();
  else if (key === "?") rules.showModal();
  else if (key === "b") screen.querySelector(".picture")?.classList.toggle("seen");
  else if (key === " " && !event.target.matches("button, input, a")) screen.scrollBy({ top: screen.clientHeight * 0.85 * (event.shiftKey ? -1 : 1) });
  else return;
  event.preventDefault();
});

for (const button of document.querySelectorAll("[data-answer]")) button.addEventListener("click", () => answer(button.dataset.answer));
document.getElementById("undo").addEventListener("click", undo);
document.getElementById("help").addEventListener("click", () => rules.showModal());
screen.addEventListener("scroll", () => {
  if (screen.scrollTop + screen.clientHeight > screen.scrollHeight - 1500) readOn();
});
if (picker) {
  document.getElementById("save").addEventListener("click", save);
  picker.addEventListener("close", () => screen.focus({ preventScroll: true }));
}

advance().then(() => screen.focus({ preventScroll: true }));
