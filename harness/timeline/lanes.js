"use strict";

const laneHeight = 32;
const labels = 190; // pixels
const margin = 8;
const axisHeight = 22;
/** From 15 s to a day, in microseconds. */
const clockSizes = [15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 10800, 21600, 43200, 86400].map((s) => s * 1e6);

/** Lanes draws the lanes on a canvas: those in view, and of them what is in view. */
class Lanes {
  /** @param {HTMLElement} box @param {Model} model */
  constructor(box, model) {
    this.box = box;
    this.model = model;
    this.canvas = /** @type {HTMLCanvasElement} */ (box.querySelector("canvas"));
    this.tall = /** @type {HTMLElement} */ (box.querySelector(".tall"));
    this.tall.style.height = `${axisHeight + model.data.lanes.length * laneHeight}px`;
    this.chosen = -1;
    /** The axis: steps or time. */
    this.axis = "steps";
    /** What is in view of it. @type {number} */
    this.from = 0;
    /** @type {number} */
    this.to = this.end();
    const states = model.data.spans.filter((s) => s.kind === "state").map((s) => s.name);
    this.states = [...new Set(states)];
    this.kills = model.data.kind.flatMap((kind, n) => (kind === "kill" ? [n] : []));
    const frame = () => {
      this.asked = false;
      this.draw();
    };
    /** Draws before the next frame. */
    this.ask = () => {
      if (!this.asked) requestAnimationFrame(frame);
      this.asked = true;
    };
    this.asked = false;
    box.addEventListener("scroll", this.ask);
    new ResizeObserver(this.ask).observe(box);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", this.ask);
    box.addEventListener(
      "wheel",
      (e) => {
        if (e.ctrlKey || e.metaKey) this.zoom(e.deltaY > 0 ? 1.25 : 0.8, this.valueAt(e.offsetX));
        else if (e.deltaX || e.shiftKey) this.pan(((e.deltaX || e.deltaY) / this.width()) * (this.to - this.from));
        else return;
        e.preventDefault();
      },
      { passive: false },
    );
  }

  width() {
    return Math.max(50, this.box.clientWidth - labels - 2 * margin);
  }

  /** Where a step is on the axis. @param {number} step */
  value(step) {
    return this.axis === "steps" ? step : this.model.times[step];
  }

  /** The end of the axis. */
  end() {
    return this.axis === "steps" ? this.model.length : Math.max(1, this.model.data.end);
  }

  whole() {
    this.from = 0;
    this.to = this.end();
    this.ask();
  }

  /** @param {number} value */
  x(value) {
    return labels + margin + ((value - this.from) / (this.to - this.from)) * this.width();
  }

  /** @param {number} x */
  valueAt(x) {
    return this.from + ((x - labels - margin) / this.width()) * (this.to - this.from);
  }

  /** @param {number} by @param {number} [around] */
  zoom(by, around = this.chosen >= 0 ? this.value(this.chosen) : (this.from + this.to) / 2) {
    const least = this.axis === "steps" ? 10 : 1e4;
    const length = Math.min(this.end(), Math.max(least, (this.to - this.from) * by));
    const share = (around - this.from) / (this.to - this.from);
    this.from = around - share * length;
    this.to = this.from + length;
    this.pan(0);
  }

  /** @param {number} by */
  pan(by) {
    const length = this.to - this.from;
    this.from = Math.max(0, Math.min(this.end() - length, this.from + by));
    this.to = this.from + length;
    this.ask();
  }

  /** Brings a step into view. @param {number} step */
  mark(step) {
    this.chosen = step;
    const value = this.value(step);
    if (value < this.from || value > this.to) this.pan(value - (this.from + this.to) / 2);
    const top = axisHeight + this.model.data.lane[step] * laneHeight;
    if (top - axisHeight < this.box.scrollTop || top + laneHeight > this.box.scrollTop + this.box.clientHeight) {
      this.box.scrollTop = top - this.box.clientHeight / 2;
    }
    this.ask();
  }

  /** The step at a place of the canvas, or -1. @param {number} x @param {number} y */
  stepAt(x, y) {
    const lane = Math.floor((y + this.box.scrollTop - axisHeight) / laneHeight);
    const steps = this.model.byLane[lane];
    if (y < axisHeight || x < labels || !steps) return -1;
    let best = -1;
    let least = 9;
    for (let k = this.first(steps, this.valueAt(x - 9)); k < steps.length; k++) {
      const away = Math.abs(this.x(this.value(steps[k])) - x);
      if (this.value(steps[k]) > this.valueAt(x + 9)) break;
      if (away < least) [best, least] = [steps[k], away];
    }
    return best;
  }

  /** The first of a lane's steps that is not before a value. @param {number[]} steps @param {number} value */
  first(steps, value) {
    return placeOf(steps, value, (n) => this.value(n));
  }

  draw() {
    const { box, canvas, model } = this;
    const scale = window.devicePixelRatio || 1;
    const [width, height] = [box.clientWidth, box.clientHeight];
    if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    const c = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    c.setTransform(scale, 0, 0, scale, 0, 0);
    c.clearRect(0, 0, width, height);
    c.font = "12px system-ui, sans-serif";
    c.textBaseline = "middle";
    this.style = getComputedStyle(document.documentElement);
    const top = Math.max(0, Math.floor((box.scrollTop - axisHeight) / laneHeight));
    const bottom = Math.min(model.data.lanes.length, top + Math.ceil(height / laneHeight) + 1);
    c.save();
    c.beginPath();
    c.rect(0, axisHeight, width, height);
    c.clip();
    for (const kind of ["life", "state", "outage"]) {
      for (const s of model.data.spans) if (s.kind === kind && s.lane >= top && s.lane < bottom) this.drawSpan(c, s);
    }
    this.drawCuts(c, top, bottom);
    this.drawMoments(c);
    for (let lane = top; lane < bottom; lane++) this.drawLane(c, lane, width);
    if (this.chosen >= 0) this.drawArrows(c);
    c.restore();
    this.drawAxis(c, width, height);
  }

  /** @param {string} name */
  colour(name) {
    return /** @type {CSSStyleDeclaration} */ (this.style).getPropertyValue(`--${name}`);
  }

  /** The middle of a lane. @param {number} lane */
  y(lane) {
    return axisHeight + lane * laneHeight + laneHeight / 2 - this.box.scrollTop;
  }

  /** @param {CanvasRenderingContext2D} c @param {Span} s */
  drawSpan(c, s) {
    const from = Math.max(labels, this.x(this.value(s.from)));
    const to = Math.min(labels + margin + this.width(), s.to < 0 ? this.x(this.end()) : this.x(this.value(s.to)));
    if (to <= from) return;
    c.fillStyle = this.colour(s.kind === "state" ? `state-${this.states.indexOf(s.name) % 6}` : s.kind);
    c.fillRect(from, this.y(s.lane) - 14, to - from, 28);
    if (s.kind === "state" && to - from > 30) {
      c.save();
      c.beginPath();
      c.rect(from, this.y(s.lane) - 14, to - from - 2, 28);
      c.clip();
      c.fillStyle = this.colour("ink");
      c.font = "11px system-ui, sans-serif";
      c.fillText(s.name, from + 3, this.y(s.lane) - 7);
      c.restore();
    }
  }

  /** A kill is a line through what it cuts: every lane. @param {CanvasRenderingContext2D} c @param {number} top @param {number} bottom */
  drawCuts(c, top, bottom) {
    c.strokeStyle = this.colour("fault");
    c.setLineDash([3, 3]);
    for (const n of this.kills) {
      const x = this.x(this.value(n));
      if (x < labels || x > labels + margin + this.width()) continue;
      c.beginPath();
      c.moveTo(x, this.y(top) - laneHeight);
      c.lineTo(x, this.y(bottom));
      c.stroke();
    }
    c.setLineDash([]);
  }

  /** Where nothing saves the run any more, and where two runs go apart. @param {CanvasRenderingContext2D} c */
  drawMoments(c) {
    for (const [step, text, up] of /** @type {[number, string, number][]} */ ([
      [this.model.data.noReturn || -1, "no return", 24],
      [this.model.apart, "apart", 10],
    ])) {
      if (step < 0) continue;
      const x = this.x(this.value(step));
      if (x < labels || x > labels + margin + this.width()) continue;
      c.fillStyle = this.colour("link");
      c.fillRect(x - 10, axisHeight, 1.5, this.box.clientHeight);
      c.fillText(text, x - 6, this.box.clientHeight - up);
    }
  }

  /** @param {CanvasRenderingContext2D} c @param {number} lane @param {number} width */
  drawLane(c, lane, width) {
    const { model } = this;
    const y = this.y(lane);
    const { group, name, side } = model.data.lanes[lane];
    c.fillStyle = this.colour("rule");
    const begins = lane === 0 || model.data.lanes[lane - 1].group !== group;
    c.fillRect(0, y - laneHeight / 2, width, begins ? 2 : 0.5);
    c.fillStyle = this.colour("ink");
    const label = signs[side ?? 0] + name;
    c.fillText(shortened(c, label, labels - (group === "external systems" ? 84 : 24)), 12, y);
    if (group === "external systems") {
      c.fillStyle = this.colour("soft");
      c.fillText("outside", 12 + Math.min(c.measureText(label).width, labels - 84) + 6, y);
    }
    const steps = model.byLane[lane];
    let [last, lastKind] = [-9, -1];
    for (let k = this.first(steps, this.from); k < steps.length && this.value(steps[k]) <= this.to; k++) {
      const n = steps[k];
      const x = this.x(this.value(n));
      const kind = model.data.mark[n];
      if (kind === lastKind && x - last < 3) continue; // it would be drawn over the one before
      [last, lastKind] = [x, kind];
      this.drawMark(c, x, y + 5, kind);
    }
  }

  /** Marks differ in shape, and in colour. @param {CanvasRenderingContext2D} c @param {number} x @param {number} y @param {number} mark */
  drawMark(c, x, y, mark) {
    c.fillStyle = c.strokeStyle = this.colour(marks[mark]);
    c.lineWidth = 1.6;
    c.beginPath();
    switch (marks[mark]) {
      case "plain":
        c.fillRect(x - 0.75, y - 4, 1.5, 8);
        return;
      case "effect":
        c.arc(x, y, 4.2, 0, 7);
        c.fill();
        return;
      case "failed":
        c.moveTo(x - 4, y - 4);
        c.lineTo(x + 4, y + 4);
        c.moveTo(x + 4, y - 4);
        c.lineTo(x - 4, y + 4);
        c.stroke();
        return;
      case "fault":
        c.moveTo(x, y + 6);
        c.lineTo(x - 6, y - 5);
        c.lineTo(x + 6, y - 5);
        c.fill();
        return;
    }
    c.moveTo(x, y - 5);
    c.lineTo(x + 5, y);
    c.lineTo(x, y + 5);
    c.lineTo(x - 5, y);
    c.fill();
  }

  /** From what woke the controller to that, on to the chosen request and to what that did outside; and from a write to the controller that it woke. @param {CanvasRenderingContext2D} c */
  drawArrows(c) {
    const { data, times } = this.model;
    const n = this.chosen;
    c.strokeStyle = c.fillStyle = this.colour("link");
    c.lineWidth = 1.5;
    c.strokeRect(this.x(this.value(n)) - 8, this.y(data.lane[n]) - 6, 16, 22);
    if (data.by[n] >= 0) this.arrow(c, n, data.by[n], n, data.lane[n]);
    for (const first of [this.model.reconcileOf(n)[0], this.model.wokenBy(n)]) {
      const waker = data.woken[first];
      if (waker !== undefined && data.lane[waker] !== data.by[first]) this.arrow(c, waker, data.lane[waker], first, data.by[first]);
    }
    const name = data.lanes[data.lane[n]].name;
    for (let k = n + 1; k < data.at.length && times[k] === times[n] && data.mark[n] === 1; k++) {
      if (data.kind[k] === "state" && data.lanes[data.lane[k]].name === name) {
        this.arrow(c, n, data.lane[n], k, data.lane[k]);
        break;
      }
    }
  }

  /** @param {CanvasRenderingContext2D} c @param {number} from @param {number} lane @param {number} to @param {number} toLane */
  arrow(c, from, lane, to, toLane) {
    const [x0, y0, x1] = [this.x(this.value(from)), this.y(lane) + 5, this.x(this.value(to))];
    const y1 = this.y(toLane) + (toLane > lane ? -6 : 15);
    c.beginPath();
    c.moveTo(x0, y0);
    c.lineTo(x1, y1);
    c.stroke();
    const turn = Math.atan2(y1 - y0, x1 - x0);
    c.beginPath();
    c.moveTo(x1, y1);
    c.lineTo(x1 - 7 * Math.cos(turn - 0.4), y1 - 7 * Math.sin(turn - 0.4));
    c.lineTo(x1 - 7 * Math.cos(turn + 0.4), y1 - 7 * Math.sin(turn + 0.4));
    c.fill();
  }

  /** @param {CanvasRenderingContext2D} c @param {number} width @param {number} height */
  drawAxis(c, width, height) {
    c.fillStyle = this.colour("soft");
    c.fillText(this.axis === "steps" ? "step" : "virtual time", 12, axisHeight / 2);
    const wanted = (this.to - this.from) / Math.max(1, this.width() / 110);
    const unit = 10 ** Math.floor(Math.log10(wanted));
    const round = [1, 2, 5, 10].map((k) => k * unit);
    const sizes = this.axis === "steps" ? round.filter((n) => n >= 1) : [...round.filter((n) => n <= 1e7), ...clockSizes];
    const size = sizes.find((s) => s >= wanted) ?? sizes[sizes.length - 1];
    for (let v = Math.ceil(this.from / size) * size; v <= this.to; v += size) {
      const x = this.x(v);
      c.fillStyle = this.colour("rule");
      c.fillRect(x, axisHeight - 4, 1, 4);
      c.fillStyle = this.colour("soft");
      c.fillText(this.axis === "steps" ? String(v) : clock(v), x + 3, axisHeight / 2, width - x);
    }
    c.fillStyle = this.colour("rule");
    c.fillRect(0, axisHeight - 0.5, width, 1);
    c.fillRect(labels - 4, 0, 1, height);
  }
}

/** A text that is cut where it is too wide. @param {CanvasRenderingContext2D} c @param {string} text @param {number} width */
function shortened(c, text, width) {
  if (c.measureText(text).width <= width) return text;
  let length = text.length;
  while (length > 1 && c.measureText(text.slice(0, length) + "…").width > width) length--;
  return text.slice(0, length) + "…";
}
