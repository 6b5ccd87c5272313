// The tour of five steps, each beside what it is about; offered until it was taken or refused once.
const invitation = document.getElementById("invitation");
const steps = [...guide.querySelectorAll("section")];
const next = document.getElementById("tour-next"), back = document.getElementById("tour-back");

function tour(number) {
  for (const [at, step] of steps.entries()) {
    step.hidden = at !== number;
    for (const shown of document.querySelectorAll(step.dataset.at)) shown.classList.toggle("pointed", at === number);
  }
  back.disabled = number === 0;
  next.textContent = number === steps.length - 1 ? next.dataset.end : next.dataset.next;
  if (!guide.open) guide.showModal();
  next.focus();
}

function remembered() {
  localStorage.setItem("tour", "seen");
  invitation.hidden = true;
  for (const shown of document.querySelectorAll(".pointed")) shown.classList.remove("pointed");
}

const stepShown = () => steps.findIndex((step) => !step.hidden);
const forward = () => stepShown() === steps.length - 1 ? guide.close() : tour(stepShown() + 1);
const backward = () => { if (stepShown() > 0) tour(stepShown() - 1); };
next.addEventListener("click", forward);
back.addEventListener("click", backward);
document.getElementById("tour-close").addEventListener("click", () => guide.close());
document.getElementById("tour-open").addEventListener("click", () => tour(0));
document.getElementById("tour-later").addEventListener("click", remembered);
guide.addEventListener("close", remembered);
guide.addEventListener("keydown", (event) => ({ArrowRight: forward, ArrowLeft: backward})[event.key]?.());
invitation.hidden = !rows || localStorage.getItem("tour") === "seen";
