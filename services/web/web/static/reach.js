// Asks the server, as long as a person has patience.
const PATIENCE_MS = 20e3;

/** What it answered, null when nobody did. What this page does wrong is thrown, never taken for the network's fault. */
export async function reach(address, how) {
  const limit = new AbortController(); // AbortSignal.timeout came with Safari 16
  setTimeout(() => limit.abort(), PATIENCE_MS);
  const request = new Request(address, { cache: "no-store", credentials: "omit", ...how, signal: limit.signal });
  try {
    return await fetch(request);
  } catch (error) {
    if (error instanceof TypeError || error.name === "AbortError") return null;
    throw error;
  }
}
