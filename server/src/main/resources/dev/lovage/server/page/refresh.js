// Fetches the page again every few seconds and puts its content in place. It can be paused, stops while the window is
// hidden, and leaves the page alone while something in it is selected or focused by keyboard.
(() => {
  "use strict";
  let paused = false;
  const main = document.getElementById("main");
  const button = () => document.getElementById("pause");
  const show = () => {
    const pause = button();
    if (pause) {
      pause.hidden = false;
      pause.textContent = paused ? "Resume updates" : "Pause updates";
      pause.onclick = () => {
        paused = !paused;
        show();
      };
    }
  };
  const busy = () =>
    paused || document.hidden || String(getSelection()) !== "" ||
    (main.contains(document.activeElement) && document.activeElement !== main);
  const update = async () => {
    if (!busy()) {
      try {
        const answer = await fetch(location.href, { cache: "no-store" });
        if (answer.ok && !busy()) {
          const next = new DOMParser().parseFromString(await answer.text(), "text/html");
          main.replaceChildren(...next.getElementById("main").childNodes);
          main.classList.remove("stale");
          show();
        }
      } catch {
        main.classList.add("stale");
      }
    }
    setTimeout(update, 3000);
  };
  show();
  setTimeout(update, 3000);
})();
