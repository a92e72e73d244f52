"use strict";
// The page's only script: slices, options that follow the facts, and a worklist that keeps itself fresh.

const byId = (name) => document.getElementById(name);

const startViewer = (viewer) => {
  const url = viewer.dataset.url;
  const [series, slice, outlines, picture, place, stage] =
    ["series", "slice", "outlines", "picture", "place", "stage"].map(byId);
  const kept = new Map(); // address -> promise of an object URL; most recent last
  const MOST_KEPT = 80;
  let list = [];
  let asked = "";

  const address = (number) => `${url}/${series.value}/${number}?outlines=${outlines.checked}`;
  const fetched = (key) => {
    if (!kept.has(key)) {
      const promise = fetch(key).then((answer) => {
        if (!answer.ok) throw new Error(String(answer.status));
        return answer.blob();
      }).then((blob) => URL.createObjectURL(blob));
      promise.catch(() => kept.delete(key));
      kept.set(key, promise);
      while (kept.size > MOST_KEPT) {
        const oldest = kept.keys().next().value;
        kept.get(oldest).then((made) => { if (picture.src !== made) URL.revokeObjectURL(made); }, () => {});
        kept.delete(oldest);
      }
    }
    return kept.get(key);
  };
  const show = async () => {
    const number = Number(slice.value);
    const count = list[series.value].slices;
    const key = address(number);
    asked = key;
    place.textContent = `${number + 1} of ${count} …`;
    try {
      const made = await fetched(key);
      if (asked !== key) return;
      picture.src = made;
      picture.hidden = false;
      picture.alt = `Slice ${number + 1} of ${count}, ${list[series.value].title}, ${outlines.checked ? "with" : "without"} outlines`;
      place.textContent = `${number + 1} of ${count}`;
      for (const near of [number + 1, number - 1]) if (near >= 0 && near < count) fetched(address(near));
    } catch (error) {
      if (asked === key) place.textContent = "no picture; open the page again";
    }
  };
  const move = (step) => {
    const wanted = Math.min(Math.max(Number(slice.value) + step, 0), Number(slice.max));
    if (wanted === Number(slice.value)) return;
    slice.value = wanted;
    show();
  };
  const choose = () => {
    const chosen = list[series.value];
    slice.max = chosen.slices - 1;
    slice.value = chosen.start;
    show();
  };

  series.addEventListener("change", choose);
  slice.addEventListener("input", show);
  outlines.addEventListener("change", show);
  byId("back").addEventListener("click", () => move(-1));
  byId("forth").addEventListener("click", () => move(1));
  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    move(Math.sign(event.deltaY));
  }, { passive: false });
  viewer.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "o" || event.key === "O") {
      outlines.checked = !outlines.checked;
      show();
      return;
    }
    const steps = { ArrowUp: -1, ArrowLeft: -1, ArrowDown: 1, ArrowRight: 1, PageUp: -5, PageDown: 5, Home: -1e6, End: 1e6 };
    if (event.target === stage && event.key in steps) {
      event.preventDefault();
      move(steps[event.key]);
    }
  });

  fetch(url).then(async (answer) => {
    if (!answer.ok) throw new Error(await answer.text());
    list = await answer.json();
    list.forEach((one, number) => series.add(new Option(`${one.title}${one.outlined ? "" : ", no outlines"}`, number)));
    if (list.length) choose();
    else place.textContent = "no series";
  }).catch((error) => { place.textContent = error.message || "no slices"; });
};

const startFacts = (form) => {
  const options = byId("options");
  const status = byId("options-status");
  let waiting = null;
  let latest = 0;
  const follow = async () => {
    const mine = ++latest;
    options.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.dataset.options, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      const text = await answer.text();
      if (mine !== latest) return;
      if (!answer.ok) throw new Error(text);
      options.innerHTML = text; // of our own server, every value escaped
      const preview = options.querySelector(".preview");
      status.textContent = preview ? preview.textContent : "Options as with the facts that are kept.";
    } catch (error) {
      if (mine !== latest) return;
      const told = document.createElement("p");
      told.className = "problem";
      told.textContent = `The options do not follow the facts: ${error.message}`;
      options.replaceChildren(told); // old options beside new facts would mislead
      status.textContent = told.textContent;
    }
    options.removeAttribute("aria-busy");
  };
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(follow, 250);
  });
};

const startWorklist = (list) => {
  setInterval(async () => {
    if (document.hidden || list.contains(document.activeElement)) return;
    const answer = await fetch(window.location.href).catch(() => null);
    if (!answer || !answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("worklist");
    if (fresh && !list.contains(document.activeElement)) list.replaceChildren(...fresh.children);
  }, Number(list.dataset.refresh) * 1000);
};

for (const [name, start] of [["viewer", startViewer], ["facts-form", startFacts], ["worklist", startWorklist]]) {
  const element = byId(name);
  if (element) start(element);
}
