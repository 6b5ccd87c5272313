// The genogram as a picture, for a report: drawn by the browser from the same SVG, no name of anybody in a file name.
const button = document.getElementById("copy");

async function copied() {
  const picture = new Image();
  picture.src = button.dataset.svg;
  await picture.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [2 * picture.naturalWidth, 2 * picture.naturalHeight];
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
}

button?.addEventListener("click", () => {
  const says = document.getElementById("copied");
  copied().then(() => (says.textContent = button.dataset.done), () => (says.textContent = button.dataset.not));
});
