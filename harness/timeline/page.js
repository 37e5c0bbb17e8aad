"use strict";

(() => {
  /** @param {string} id */
  const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
  const field = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (byId(id));
  const model = new Model(JSON.parse(byId("run").textContent ?? ""));
  const { data } = model;
  const lanes = new Lanes(byId("lanes"), model);
  const list = new List(byId("list"), model, (step) => choose(step));
  let chosen = -1;

  byId("title").textContent = `${data.name}: ${data.title}`;
  byId("verdict").textContent = `${data.failure ? "Failed" : "Held"}: ${model.length} steps in ${clock(data.end)} of virtual time`;
  byId("verdict").classList.toggle("failed", Boolean(data.failure));
  if (data.failure) {
    byId("failure").hidden = false;
    /** @type {HTMLElement} */ (byId("failure").querySelector("pre")).textContent = data.failure;
  }
  if (data.beside) {
    byId("verdict").textContent +=
      `; beside it, marked +, is ${data.beside}: ${model.apart < 0 ? "they are the same" : `they go apart at step ${model.apart}`}`;
    byId("apart-label").hidden = false;
    field("axis").disabled = true; // each of the two has its own time
    field("fold").disabled = true;
    field("fold").checked = false;
    if (Boolean(data.failure) !== Boolean(data.besideFailure))
      byId("verdict").textContent += data.failure ? ", and that one holds" : ", and that one fails";
  }
  option("lane", "-1", "all");
  data.lanes.forEach(({ group, name, side }, n) => option("lane", String(n), `${signs[side ?? 0]}${name} (${group})`));
  option("kind", "", "all");
  for (const kind of model.kinds) option("kind", kind, kind);
  /** The commands of the scenario by their lines; what a block tells below ---- is left out. */
  const lines = new Map();
  let told = false;
  data.script.forEach((text, n) => {
    if (!told) {
      const li = document.createElement("li");
      li.value = n + 1;
      li.textContent = text || " ";
      if (n + 1 === data.failedLine) {
        li.classList.add("failed");
        li.textContent += "   ← it fails here";
      }
      lines.set(n + 1, li);
    }
    told = text === "----" || (told && text !== "");
  });
  byId("lines").replaceChildren(...lines.values());

  /** @param {string} select @param {string} value @param {string} text */
  function option(select, value, text) {
    byId(select).append(new Option(text, value));
  }

  function filter() {
    list.folded = field("fold").checked && !data.beside && field("search").value.trim() === "";
    list.show(
      model.filtered({
        search: field("search").value.trim(),
        lane: Number(field("lane").value),
        kind: field("kind").value,
        apart: model.apart >= 0 && field("apart").checked,
        fold: list.folded,
      }),
    );
    if (chosen >= 0) list.mark(list.folded ? model.shown(chosen) : chosen);
    remember();
  }

  /** @param {number} step */
  function choose(step) {
    if (!(step >= 0 && step < model.length)) return;
    chosen = step;
    lanes.mark(step);
    list.mark(list.folded ? model.shown(step) : step);
    details(step);
    for (const li of byId("lines").querySelectorAll(".running")) {
      li.classList.remove("running");
      li.removeAttribute("aria-current");
    }
    const running = lines.get(data.line[step]);
    if (running) {
      running.classList.add("running");
      running.setAttribute("aria-current", "step");
      byId("lines").scrollTop = running.offsetTop - byId("lines").offsetTop - byId("lines").clientHeight / 2;
    }
    remember();
  }

  /** Chooses a step, and takes the filters off that hide it. @param {number} step */
  function reveal(step) {
    const shown = list.folded ? model.shown(step) : step;
    if (list.steps[list.place(shown)] !== shown) {
      for (const [id, all] of [
        ["search", ""],
        ["lane", "-1"],
        ["kind", ""],
      ])
        field(id).value = all;
      if (!model.isNearApart(step)) field("apart").checked = false;
      filter();
    }
    choose(step);
  }

  /** @param {number} step */
  function details(step) {
    const lane = data.lanes[data.lane[step]];
    const change = data.changes[step];
    const rows = [
      ["when", `${clock(model.times[step])}, step ${step}`],
      ["where", `${lane.name} (${lane.group})`],
      ["what", model.text(step)],
    ];
    if (data.side) rows.push(["in", ["both runs", `${data.name} only`, `${data.beside} only`][data.side[step]]]);
    if (data.noReturn && step === data.noReturn) rows.push(["no return", "from this step on nothing saves the run"]);
    if (data.number[step] > 0)
      rows.push(["request", `${model.who(step)} of ${data.by[step] >= 0 ? data.lanes[data.by[step]].name : "nobody"}`]);
    const [first, ...others] = model.reconcileOf(step);
    if (first !== undefined) {
      const last = others.length ? ` to ${others[others.length - 1]}` : "";
      rows.push([
        "reconcile",
        `number ${data.reconcile[step]} of ${lane.name} by ${data.lanes[data.by[step]].name}: ${last ? "steps" : "step"} ${first}${last}`,
      ]);
      rows.push(["woken by", said(data.woken[first]) ?? "no news of that instant: by a timer, or by what another object did"]);
    }
    const wakes = model.wokenBy(step);
    if (wakes >= 0) rows.push(["wakes", /** @type {string} */ (said(wakes))]);
    if (!data.beside && model.alike[step] > 1) rows.push(["repeated", `×${model.alike[step]}, one after the other`]);
    /** @type {HTMLElement[]} */
    const parts = [definitions(rows)];
    const object = change ? change.object : model.objectOf(data.lane[step], step);
    if (change) parts.push(heading(`Changed in ${data.objects[change.object]}`), definitions(change.fields, true));
    if (object >= 0) parts.push(heading(`${data.objects[object]} at this moment`), definitions(model.objectAt(object, step)));
    byId("details").replaceChildren(...parts);
    byId("details").scrollTop = 0;
  }

  /** What a step is, in a line. @param {number | undefined} step */
  function said(step) {
    return step === undefined ? undefined : `${model.who(step)} ${model.text(step)} (step ${step})`;
  }

  /** @param {string} text */
  function heading(text) {
    const h = document.createElement("h3");
    h.textContent = text;
    return h;
  }

  /** @param {string[][]} rows @param {boolean} [inserted] */
  function definitions(rows, inserted) {
    const dl = document.createElement("dl");
    for (const [name, value] of rows) {
      const [dt, dd] = [document.createElement("dt"), document.createElement("dd")];
      dt.textContent = name;
      dd.textContent = value === "null" ? "(gone)" : value;
      if (inserted) {
        const ins = document.createElement("ins");
        ins.append(...dd.childNodes);
        dd.append(ins);
      }
      dl.append(dt, dd);
    }
    return dl;
  }

  /** The address names the moment, and what is shown. */
  function remember() {
    const address = new URLSearchParams();
    if (chosen >= 0) address.set("step", String(chosen));
    if (lanes.axis !== "steps") address.set("axis", lanes.axis);
    for (const id of ["search", "lane", "kind"]) if (field(id).value && field(id).value !== "-1") address.set(id, field(id).value);
    if (!field("fold").checked && !data.beside) address.set("fold", "no");
    if (!field("apart").checked) address.set("apart", "no");
    history.replaceState(null, "", `#${address}`);
  }

  function restore() {
    const address = new URLSearchParams(location.hash.slice(1));
    for (const id of ["search", "lane", "kind"]) field(id).value = address.get(id) ?? (id === "lane" ? "-1" : "");
    for (const id of ["lane", "kind"]) {
      const select = /** @type {HTMLSelectElement} */ (byId(id));
      if (select.selectedIndex < 0) select.selectedIndex = 0; // there is no such lane or kind
    }
    field("fold").checked = address.get("fold") !== "no" && !data.beside;
    field("apart").checked = address.get("apart") !== "no";
    field("axis").value = lanes.axis = address.get("axis") === "time" && !data.beside ? "time" : "steps";
    lanes.whole();
    const moments = [data.noReturn ?? 0, data.failure && !data.beside ? model.length - 1 : 0, Math.max(0, model.apart)];
    const step = Number(address.get("step") ?? moments.find((n) => n > 0) ?? 0);
    chosen = -1;
    filter();
    choose(Math.max(0, Math.min(model.length - 1, Math.floor(step) || 0)));
  }

  function axis() {
    lanes.axis = field("axis").value;
    lanes.whole();
    remember();
  }

  for (const id of ["search", "lane", "kind", "fold", "apart"]) byId(id).addEventListener("input", filter);
  byId("controls").addEventListener("submit", (e) => e.preventDefault());
  byId("axis").addEventListener("input", axis);
  byId("in").addEventListener("click", () => lanes.zoom(0.5));
  byId("out").addEventListener("click", () => lanes.zoom(2));
  byId("all").addEventListener("click", () => lanes.whole());
  window.addEventListener("hashchange", restore);

  const keys = /** @type {Record<string, () => void>} */ ({
    ArrowDown: () => choose(list.from(1)),
    ArrowUp: () => choose(list.from(-1)),
    ArrowRight: () => choose(list.from(1)),
    ArrowLeft: () => choose(list.from(-1)),
    PageDown: () => choose(list.from(10)),
    PageUp: () => choose(list.from(-10)),
    Home: () => choose(list.steps[0]),
    End: () => choose(list.steps[list.steps.length - 1]),
    "/": () => field("search").focus(),
    t: () => {
      if (data.beside) return;
      field("axis").value = lanes.axis === "steps" ? "time" : "steps";
      axis();
    },
    "+": () => lanes.zoom(0.5),
    "-": () => lanes.zoom(2),
    f: () => data.failure && reveal(model.length - 1),
    n: () => data.noReturn && reveal(data.noReturn),
    d: () => model.apart >= 0 && reveal(model.apart),
  });
  document.addEventListener("keydown", (e) => {
    const typing = e.target instanceof Element && e.target.matches("input[type=search], select");
    if (e.key === "Escape" && typing) byId("list").focus();
    if (typing || e.ctrlKey || e.metaKey || e.altKey || !Object.hasOwn(keys, e.key)) return;
    if (e.target instanceof Element && ["lines", "details", "lanes"].includes(e.target.id) && e.key.length > 1) return; // it scrolls
    e.preventDefault();
    keys[e.key]();
  });

  const canvas = /** @type {HTMLCanvasElement} */ (byId("lanes").querySelector("canvas"));
  const tip = byId("tip");
  canvas.addEventListener("mousemove", (e) => {
    const step = lanes.stepAt(e.offsetX, e.offsetY);
    tip.hidden = step < 0;
    if (step < 0) return;
    tip.textContent = `${clock(model.times[step])}  ${model.who(step)}  ${model.text(step)}`;
    tip.style.left = `${Math.min(e.clientX + 12, window.innerWidth - tip.offsetWidth - 4)}px`;
    tip.style.top = `${e.clientY + 16}px`;
  });
  canvas.addEventListener("mouseleave", () => (tip.hidden = true));
  canvas.addEventListener("click", (e) => {
    choose(lanes.stepAt(e.offsetX, e.offsetY));
    byId("list").focus();
  });

  restore();
  byId("list").focus({ preventScroll: true });
})();
