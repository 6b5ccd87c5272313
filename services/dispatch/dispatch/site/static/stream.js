// What the server tells a board. Tabs of one officer share a stream: over HTTP/1.1 a browser opens six connections to a
// server, and a stream keeps one. The tab that holds the lock passes on what it hears, the next takes over when it closes.
// A stream that fell silent (a tablet slept, the network changed) does not say so: it is opened anew from the last event.
"use strict";
const LATE = 5000, LOST = 12000, AGAIN = 2000;

class Stream {
  /** `acts` by the name of an event; `closed` when the server will not be asked again; `after` is the last event known. */
  constructor({address, after, shared}, acts, closed) {
    Object.assign(this, {address, after, acts, closed, heard: Date.now(), tried: 0, first: false, whole: false});
    for (const name of ["pageshow", "online"]) addEventListener(name, () => this.wake());
    document.addEventListener("visibilitychange", () => document.hidden || this.wake());
    this.channel = "BroadcastChannel" in window && navigator.locks ? new BroadcastChannel(shared) : null;
    if (!this.channel) return this.open();
    this.channel.onmessage = ({data}) => this.overhear(data);
    navigator.locks.request(shared, () => this.lead());
  }

  lead() {
    this.first = true;
    this.open();
    return new Promise(() => {}); // the lock goes with the tab
  }

  open() {
    this.close();
    this.tried = Date.now();
    this.whole = true;
    this.source = new EventSource(`${this.address}&after=${encodeURIComponent(this.after)}`);
    for (const name of Object.keys(this.acts))
      this.source.addEventListener(name, ({data, lastEventId}) => this.hear({name, data, id: lastEventId}));
    this.source.onerror = ({target}) => {
      if (target === this.source && target.readyState === EventSource.CLOSED) setTimeout(() => this.closed(), AGAIN);
    };
  }

  close() {
    this.source?.close();
    this.source = null;
  }

  hear(told) {
    if (this.first) this.channel?.postMessage(told);
    this.take(told);
  }

  // What another tab heard. What it was told before this one was there must be asked for.
  overhear(told) {
    if (!this.first) this.close();
    this.take(told);
    if (this.whole) return;
    this.whole = true;
    this.acts.reset();
  }

  take({name, data, id}) {
    this.heard = Date.now();
    if (id) this.after = id;
    this.acts[name](data);
  }

  get silence() {
    return Math.max(0, Date.now() - this.heard); // by the clock of the wall: the other may stand still while a tablet sleeps
  }

  wake() {
    if (this.silence >= LATE) this.open();
  }

  watch() {
    if (this.silence >= LOST && Date.now() - this.tried >= LOST) this.open();
  }
}
