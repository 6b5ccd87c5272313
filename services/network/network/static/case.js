// Contacts written down without a network are kept on this device, and each is sent once when it is back.
const form = document.querySelector("form[data-offline]");
const path = form && new URL(form.action).pathname.replace(/\/contacts$/, "");
const here = `contact:${form?.dataset.person}:${path}`;
const SHOWS_IT_AGAIN = [404, 409, 422];
let typing = location.pathname !== path; // shown again with what was typed, or somebody writes

function told(words) {
  form.querySelector("[role=status]").textContent = words;
}

// Each under its key: the next one that is written takes another place. An earlier release kept one, without a key.
const slot = () => `${here}:${form.elements.key.value}`;
const waiting = () => Object.keys(localStorage).filter((name) => name === here || name.startsWith(`${here}:`));

function keep(why) {
  localStorage.setItem(slot(), JSON.stringify([...new FormData(form)]));
  form.reset();
  form.elements.key.value = crypto.randomUUID();
  typing = false;
  told(why);
}

async function send() {
  let answer;
  try {
    answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  } catch {
    return keep(form.dataset.offline);
  }
  if (answer.ok || SHOWS_IT_AGAIN.includes(answer.status)) localStorage.removeItem(slot());
  else keep(form.dataset.refused);
  if (answer.ok) location.assign(answer.url);
  else if (SHOWS_IT_AGAIN.includes(answer.status)) form.submit(); // with what was typed; the key makes the repeat harmless
}

function filled(fields) {
  for (const [name, value] of fields) {
    const found = form.elements[name];
    if (name === "csrf" || !found) continue;
    for (const each of found instanceof RadioNodeList ? found : [found]) {
      if (["checkbox", "radio"].includes(each.type)) each.checked ||= each.value === value;
      else if (each.type !== "hidden" || name === "key") each.value = value;
    }
  }
}

function opened() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let each = target; each; each = each.parentElement) if (each.tagName === "DETAILS") each.open = true;
  target?.scrollIntoView();
}

addEventListener("hashchange", opened);
opened();

// The first that waits; the page that shows it as sent sends the next.
function sendKept() {
  const [first] = waiting();
  if (!first || typing) return;
  filled(JSON.parse(localStorage.getItem(first)));
  if (first !== slot()) {
    localStorage.setItem(slot(), localStorage.getItem(first));
    localStorage.removeItem(first);
  }
  form.closest("details").open = true;
  send();
}

if (form) {
  form.addEventListener("input", () => (typing = true));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  addEventListener("online", sendKept);
  if (navigator.onLine) sendKept();
}
