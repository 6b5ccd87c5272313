// A contact written down without a network is kept on this device, and sent once when it is back.
const form = document.querySelector("form[data-offline]");
const kept = `contact:${form?.dataset.person}:${location.pathname}`;
const SHOWS_IT_AGAIN = [404, 409, 422];

function told(words) {
  form.querySelector("[role=status]").textContent = words;
}

function keep(why) {
  localStorage.setItem(kept, JSON.stringify([...new FormData(form)]));
  told(why);
}

async function send() {
  let answer;
  try {
    answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  } catch {
    return keep(form.dataset.offline);
  }
  if (answer.ok || SHOWS_IT_AGAIN.includes(answer.status)) localStorage.removeItem(kept);
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

if (form) {
  const before = JSON.parse(localStorage.getItem(kept) ?? "null");
  if (before) {
    filled(before);
    form.closest("details").open = true;
  }
  form.elements.key.value ||= crypto.randomUUID();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  addEventListener("online", () => localStorage.getItem(kept) && send());
  if (before && navigator.onLine) send();
}
