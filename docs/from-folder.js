/* Lets the search work in pages that are opened from a folder, where browsers start no workers: the worker's program runs
   in a hidden frame instead, which takes and sends messages as a worker does. */
if (location.protocol === "file:") {
  window.Worker = class {
    constructor(address) {
      this.waiting = [];
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      this.frame.addEventListener("load", () => this.start(new URL(address, location)), { once: true });
      document.documentElement.append(this.frame);
    }

    start(address) {
      this.inside = this.frame.contentWindow;
      this.inside.postMessage = (data) => setTimeout(() => this.onmessage?.({ data: structuredClone(data) }));
      const program = this.inside.document.createElement("script");
      program.src = address;
      program.addEventListener("load", () => {
        this.waiting.splice(0).forEach((data) => this.inside.onmessage({ data }));
        this.runs = true;
      });
      program.addEventListener("error", (event) => this.onerror?.(event));
      this.inside.document.head.append(program);
    }

    postMessage(data) {
      const copy = structuredClone(data);
      if (this.runs) this.inside.onmessage({ data: copy });
      else this.waiting.push(copy);
    }

    terminate() {
      this.frame.remove();
    }
  };
}
