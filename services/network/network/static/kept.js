// Contacts that were written without a network: sent once, from whatever page is open; what is not taken stays here.
const line = document.getElementById("kept");
const mine = `contact:${line.dataset.person}:`;
const form = document.querySelector("form[data-offline]");
const here = form && new URL(form.action).pathname.replace(/\/contacts$/, ""); // what is of this case its own form sends

// What lies before the contact's own key: an earlier release kept one for a case, without a key.
const pathOf = (key) => key.slice(mine.length).split(":")[0];

function waiting() {
  return Object.keys(localStorage).filter((key) => key.startsWith(mine) && pathOf(key) !== here);
}

async function taken(key) {
  const fields = JSON.parse(localStorage.getItem(key)).filter(([name]) => name !== "csrf");
  const body = new URLSearchParams([...fields, ["csrf", line.dataset.csrf]]);
  try {
    return (await fetch(`${pathOf(key)}/contacts`, { method: "POST", body })).ok;
  } catch {
    return null;
  }
}

function say(words, key) {
  const path = pathOf(key);
  const link = document.createElement("a");
  link.href = `${path}#contact`;
  link.textContent = path.split("/").pop().slice(0, 8);
  const told = document.createElement("p");
  told.append(`${words} `, link);
  line.append(told);
}

async function send() {
  line.replaceChildren();
  for (const key of waiting()) {
    const answer = await taken(key);
    if (answer) localStorage.removeItem(key);
    say(answer === null ? line.dataset.waits : answer ? line.dataset.sent : line.dataset.refused, key);
  }
}

let sending = send();
addEventListener("online", () => (sending = sending.then(send)));
