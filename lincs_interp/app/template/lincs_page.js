// What widgets cannot do from the kernel: refuse a file before it is sent, and say that the kernel is gone.
(() => {
  "use strict";

  // The words and the limit are the page's own (texts.html.j2); here are only the numbers.
  const told = () => document.querySelector("[data-lincs-limit]")?.dataset;
  const megabytes = size => (size / 1e6).toLocaleString("en", { maximumFractionDigits: size < 1e5 ? 4 : 1 });
  const sentence = (words, file) => words.replace("{size}", megabytes(file.size)).replace("{name}", () => file.name);

  // A status line is written anew by the kernel with its next word; until then it shows ours on top.
  const say = (button, words, role) => {
    const line = button?.closest(".lincs-file")?.querySelector(".lincs-status .widget-html-content");
    if (!line) return;
    line.querySelectorAll("[data-lincs-here]").forEach(old => old.remove());
    const said = document.createElement("p");
    said.setAttribute("role", role);
    said.className = role === "alert" ? "lincs-alert" : "lincs-held";
    said.dataset.lincsHere = "";
    said.textContent = words;
    line.prepend(said);
  };

  // The input of an upload button is no part of the document: its click is the one place to meet it. Listening in the
  // capturing phase comes before the widget's own listener, which would read and send the file.
  const click = HTMLInputElement.prototype.click;
  let button = null;
  document.addEventListener("click", event => { button = event.target.closest?.(".widget-upload") ?? button; }, true);
  HTMLInputElement.prototype.click = function () {
    if (this.type === "file" && !this.lincsButton) {
      this.lincsButton = button;
      this.addEventListener("change", event => {
        const [file, words] = [this.files[0], told()];
        if (!file || !words) return;
        if (file.size > Number(words.lincsLimit)) {
          event.stopImmediatePropagation();
          say(this.lincsButton, "⚠ " + sentence(words.lincsTooLarge, file), "alert");
        } else {
          say(this.lincsButton, sentence(words.lincsSending, file), "status");
        }
      }, true);
    }
    return click.call(this);
  };

  // A page whose kernel has ended looks alive and answers nothing.
  const every = 5000;
  const watch = async () => {
    const kernel = JSON.parse(document.getElementById("jupyter-config-data").textContent).kernelId;
    let gone = false;
    try {
      gone = (await fetch(`/api/kernels/${kernel}`)).status === 404;
    } catch {
      gone = true;
    }
    if (!gone) return setTimeout(watch, every);
    const bar = document.createElement("p");
    bar.id = "lincs-gone";
    bar.setAttribute("role", "alert");
    bar.textContent = "⚠ The program behind this page has ended, so the page no longer answers. Reload it; if it does not"
      + " come back, start lincs-interp app again.";
    document.querySelector("main").prepend(bar);
  };
  window.addEventListener("load", () => setTimeout(watch, every));
})();
