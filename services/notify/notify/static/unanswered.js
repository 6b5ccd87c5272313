// Says when there is something that this page does not show, and when nobody can say so.
import { watch } from "/static/web/watch.js";

const shown = new Set([...document.querySelectorAll("[data-message]")].map((item) => item.dataset.message));

watch("/escalations/open", (told) => {
  const open = new Set(told.open);
  return [...open].filter((id) => !shown.has(id)).length + [...shown].filter((id) => !open.has(id)).length;
});
