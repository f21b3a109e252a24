// In every page in development: reloads it when the application has changed,
// updates style sheets in place, and shows problems over the page. It uses no
// inline style and no HTML from text, so that the page's
// Content-Security-Policy can be as strict as in production.
(() => {
  "use strict";

  const version = "{{version}}"; // of the application that rendered this page
  let leaving = false;
  let events;

  const connect = () => {
    events = new EventSource("/dev/events");
    events.addEventListener("state", (event) => follow(JSON.parse(event.data)));
    events.addEventListener("styles", (event) => restyle(JSON.parse(event.data)));
  };

  const follow = (state) => {
    const problems = state.problems ?? [];
    const step = document.querySelector("[data-dev-step]");
    if (step && state.step) {
      step.textContent = state.step;
    }
    if (problems.length === 0 && state.version !== version) {
      leave();
      return;
    }
    const list = document.querySelector("[data-dev-problems]");
    if (!list) {
      overlay(problems);
    } else if (list.dataset.devProblems !== state.report) {
      leave();
    }
  };

  const leave = () => {
    if (!leaving) {
      leaving = true;
      location.reload();
    }
  };

  // --- Styles

  const plain = (address) => new URL(address, location.href).pathname.replace(/-[0-9A-Za-z]{8}(?=\.css$)/, "");

  const restyle = (addresses) => {
    for (const link of document.querySelectorAll('link[rel="stylesheet"]')) {
      const fresh = addresses.find((address) => plain(address) === plain(link.href));
      if (!fresh || new URL(fresh, location.href).href === link.href) {
        continue;
      }
      const next = link.cloneNode();
      next.href = fresh;
      next.addEventListener("load", () => link.remove());
      next.addEventListener("error", () => next.remove());
      link.after(next);
    }
  };

  // --- Problems

  let shown;

  const overlay = (problems) => {
    shown?.remove();
    shown = undefined;
    if (problems.length === 0 || !document.body) {
      return;
    }
    shown = document.createElement("div");
    shown.dataset.devOverlay = "";
    const shadow = shown.attachShadow({ mode: "open" });
    const style = document.createElement("link");
    style.rel = "stylesheet";
    style.href = "/dev/overlay.css";
    const frame = element("section", "overlay");
    frame.setAttribute("role", "alert");
    for (const problem of problems) {
      const article = element("article", "problem");
      article.append(element("h2", "", problem.title), element("pre", "", problem.text));
      frame.append(article);
    }
    frame.append(element("p", "hint", "Fix and save the file, and this message goes away."));
    shadow.append(style, frame);
    document.body.append(shown);
  };

  const element = (name, className, text) => {
    const made = document.createElement(name);
    if (className) {
      made.className = className;
    }
    if (text) {
      made.textContent = text;
    }
    return made;
  };

  // --- Browsers limit the connections to one server: hidden pages hold none.

  const attend = () => {
    if (document.visibilityState === "hidden") {
      events?.close();
      events = undefined;
    } else if (!events) {
      connect();
    }
  };
  document.addEventListener("visibilitychange", attend);
  addEventListener("pagehide", () => {
    events?.close();
    events = undefined;
  });
  addEventListener("pageshow", attend);
  attend();
})();
