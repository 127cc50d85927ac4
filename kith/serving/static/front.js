// The API's front page: whether the stores are well, what is stored, and a first answer about somebody.
"use strict";

const COUNTED = { people: "people", messages: "messages", entities: "entities", statements: "facts stated", campaigns: "campaigns", engagement: "events" };
const COLOURS = ["one", "two", "three", "four", "five", "six"].map((name) => `var(--${name})`);
const EVERY = 15000;
const at = (id) => document.getElementById(id);
let key = "";
let gone = false;

/** A problem of the API, or that it does not answer, as a sentence. */
class Trouble extends Error {
  constructor(status, words) {
    super(words);
    this.status = status;
  }
}

async function ask(path, { evenIf } = {}) {
  const headers = key ? { Authorization: `Bearer ${key}` } : {};
  let response;
  try {
    response = await fetch(path, { headers, cache: "no-store", credentials: "omit" });
  } catch {
    throw new Trouble(0, "The API does not answer. See whether `kith serve` is at work.");
  }
  const told = await response.json().catch(() => ({}));
  if (!response.ok && response.status !== evenIf) throw new Trouble(response.status, told.detail || told.title || `It answered ${response.status}.`);
  return { told, kept: response.headers.get("X-Cache") };
}

function made(name, words, more = {}) {
  const one = document.createElement(name);
  if (words !== undefined) one.textContent = words;
  return Object.assign(one, more);
}

function say(words) {
  at("trouble").textContent = words;
  at("trouble").hidden = !words;
}

function fail(error) {
  if (!(error instanceof Trouble)) throw error;
  if (error.status === 401) at("door").hidden = false;
  say(error.status === 401 && !key ? "" : error.message);
}

async function showStores() {
  try {
    const { told } = await ask("/readyz", { evenIf: 503 });
    at("stores").replaceChildren(...Object.entries(told.stores).map(([name, one]) => {
      const tile = made("li", undefined, { className: one.ok ? "" : "down" });
      tile.append(made("strong", name), made("span", one.ok ? `${one.kind} · ${one.ms} ms` : `${one.kind || "not known"} · ${one.error}`));
      return tile;
    }));
    at("ready").textContent = told.ready ? "well" : "not all answer";
    at("ready").className = `badge ${told.ready ? "good" : "bad"}`;
    if (gone) showAll();
  } catch (error) {
    gone = true;
    at("ready").textContent = "no answer";
    at("ready").className = "badge bad";
    fail(error);
  }
}

async function showStored() {
  try {
    const { told } = await ask("/api/v1/stats");
    const tiles = Object.entries(COUNTED).filter(([name]) => name in told.counts).map(([name, label]) => {
      const tile = made("div");
      tile.append(made("dt", label), made("dd", told.counts[name].toLocaleString("en")));
      return tile;
    });
    at("counts").replaceChildren(...tiles);
    at("door").hidden = true;
    say("");
    await offerPeople();
  } catch (error) {
    gone = error.status !== 401;
    fail(error);
  }
}

/** What is asked once, and again after an outage. */
function showAll() {
  gone = false;
  ask("/healthz").then(({ told }) => { at("version").textContent = told.version; }).catch(fail);
  showStored();
}

/** What one key was shown is not for the next. */
function forget() {
  at("answer").hidden = true;
  at("person").value = "";
  for (const name of ["counts", "people", "context", "offers"]) at(name).replaceChildren();
}

async function offerPeople() {
  const { told } = await ask("/api/v1/users?limit=100");
  at("people").replaceChildren(...told.items.map((one) => made("option", one.name || "", { value: one.user_id })));
  if (!told.items.length) say("Nobody is known yet: take conversations in with `kith run FILE`, or `kith run data/sample`.");
  else if (!at("person").value) at("person").value = told.items[0].user_id;
}

function offer(item) {
  const line = made("li");
  const bar = made("div", undefined, { className: "bar", role: "img", ariaLabel: "what its score is made of" });
  const why = made("p", undefined, { className: "why" });
  const whole = item.reasons.reduce((sum, one) => sum + Math.max(0, one.share), 0) || 1;
  item.reasons.forEach((reason, place) => {
    const [part, mark, told] = [made("i"), made("b"), made("span")];
    part.style.flexGrow = Math.max(0, reason.share) / whole;
    part.style.background = mark.style.background = COLOURS[Math.min(place, COLOURS.length - 1)];
    told.append(mark, `${reason.text} (${reason.share.toFixed(3)})`);
    bar.append(part);
    why.append(told);
  });
  line.append(made("span", item.score.toFixed(3), { className: "score" }), made("strong", item.title), bar, why);
  return line;
}

async function answer(event) {
  event.preventDefault();
  const button = at("try").querySelector("button");
  const person = encodeURIComponent(at("person").value).replace(/\./g, "%2E");
  const words = at("query").value.trim();
  const query = words ? `&query=${encodeURIComponent(words)}` : "";
  button.disabled = true;
  try {
    const began = performance.now();
    const [context, offers] = await Promise.all([
      ask(`/api/v1/users/${person}/context?max_tokens=800${query}`),
      ask(`/api/v1/users/${person}/recommendations?limit=5`),
    ]);
    const spent = Math.round(performance.now() - began);
    const { tokens, max_tokens: most, text, degraded } = context.told;
    at("budget").textContent = `${tokens} of ${most} tokens · ${context.kept || "worked out"} · both in ${spent} ms${degraded.length ? ` · without ${degraded.join(", ")}` : ""}`;
    at("context").textContent = text || "Nothing is known that helps here.";
    const items = offers.told.items;
    at("shown").textContent = items.length ? "Shares add up to the score." : "There are no campaigns to show.";
    at("offers").replaceChildren(...items.map(offer));
    at("answer").hidden = false;
    say("");
  } catch (error) {
    at("answer").hidden = true;
    fail(error);
  } finally {
    button.disabled = false;
  }
}

at("try").addEventListener("submit", answer);
at("door").addEventListener("submit", (event) => {
  event.preventDefault();
  key = at("key").value.trim();
  at("key").value = "";
  forget();
  showStored();
});
at("dashboard").href = `${location.protocol}//${location.hostname}:8501`;
showStores();
showAll();
setInterval(() => { if (!document.hidden) showStores(); }, EVERY);
