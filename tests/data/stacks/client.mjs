// Posts files by Node's fetch: `node client.mjs URL FOLDER`; prints the status of each, null for none.
import { readFileSync } from "node:fs";

const [url, folder] = process.argv.slice(2);
const headers = { "Content-Type": "application/json", Authorization: "Bearer police-key" };

function slowly(body, whole) {
  const half = Math.floor(body.length / 2);
  return new ReadableStream({
    async start(control) {
      control.enqueue(body.subarray(0, half));
      await new Promise((done) => setTimeout(done, 200));
      if (!whole) return control.error(new Error("broken off"));
      control.enqueue(body.subarray(half));
      control.close();
    },
  });
}

async function post(what) {
  const body = readFileSync(`${folder}/${what}.json`);
  try {
    const sent = what === "slow" || what === "broken" ? { body: slowly(body, what === "slow"), duplex: "half" } : { body };
    return (await fetch(url, { method: "POST", headers, ...sent })).status;
  } catch {
    return null;
  }
}

const told = {};
for (const what of ["good", "bad", "large", "slow", "broken"]) told[what] = await post(what);
console.log(JSON.stringify(told));
