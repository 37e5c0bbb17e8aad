"use strict";

const rowHeight = 22;

/** List is the events in words: a listbox that has only the rows in view. */
class List {
  /** @param {HTMLElement} box @param {Model} model @param {(step: number) => void} choose */
  constructor(box, model, choose) {
    this.box = box;
    this.model = model;
    this.choose = choose;
    /** @type {number[]} */
    this.steps = [];
    this.chosen = -1;
    this.tall = /** @type {HTMLElement} */ (box.querySelector(".tall"));
    box.addEventListener("scroll", () => this.draw());
    new ResizeObserver(() => this.draw()).observe(box);
    window.addEventListener("beforeprint", () => this.draw(true));
    window.addEventListener("afterprint", () => this.draw());
  }

  /** Shows some steps. @param {number[]} steps */
  show(steps) {
    this.steps = steps;
    this.tall.style.height = `${steps.length * rowHeight}px`;
    this.draw();
  }

  /** The place of a step in the list, or where it would be. @param {number} step */
  place(step) {
    return placeOf(this.steps, step, (n) => n);
  }

  /** Marks a step as the chosen one, and brings it into view. @param {number} step */
  mark(step) {
    this.chosen = step;
    const top = this.place(step) * rowHeight;
    if (top < this.box.scrollTop || top + rowHeight > this.box.scrollTop + this.box.clientHeight) {
      this.box.scrollTop = top - this.box.clientHeight / 2;
    }
    this.draw();
  }

  /** The step so many rows from the chosen one. @param {number} rows */
  from(rows) {
    const place = this.place(this.chosen);
    const hidden = this.steps[place] !== this.chosen; // the row at its place is the next one already
    const at = place + (hidden && rows > 0 ? rows - 1 : rows);
    return this.steps[Math.max(0, Math.min(this.steps.length - 1, at))];
  }

  /** Draws the rows in view, or all of them. @param {boolean} [all] */
  draw(all) {
    const first = all ? 0 : Math.max(0, Math.floor(this.box.scrollTop / rowHeight) - 5);
    const last = all ? this.steps.length : Math.min(this.steps.length, first + Math.ceil(this.box.clientHeight / rowHeight) + 10);
    const rows = [];
    for (let k = first; k < last; k++) rows.push(this.row(k));
    this.box.replaceChildren(this.tall, ...rows);
    const active = rows.find((row) => row.getAttribute("aria-selected") === "true");
    if (active) this.box.setAttribute("aria-activedescendant", active.id);
    else this.box.removeAttribute("aria-activedescendant");
  }

  /** @param {number} k */
  row(k) {
    const { model } = this;
    const n = this.steps[k];
    const row = document.createElement("div");
    row.id = `step-${n}`;
    row.className = `event ${marks[model.data.mark[n]]}${model.data.side?.[n] ? ` side-${model.data.side[n]}` : ""}`;
    row.style.top = `${k * rowHeight}px`;
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", String(n === this.chosen));
    row.setAttribute("aria-posinset", String(k + 1));
    row.setAttribute("aria-setsize", String(this.steps.length));
    const last = model.lastAlike[n];
    const several = this.folded && last > n;
    const who = model.who(n) + (several ? `–${model.data.number[last]}` : "");
    const times = several ? `  ×${model.alike[n]}${model.times[last] > model.times[n] ? `, until ${clock(model.times[last])}` : ""}` : "";
    row.textContent = `${model.sign(n)}${clock(model.times[n]).padStart(13)}  ${who}  ${model.text(n)}${times}`;
    row.addEventListener("click", () => this.choose(n));
    return row;
  }

  /** Whether looks that say the same are one row. */
  folded = true;
}
