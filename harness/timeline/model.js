"use strict";

/**
 * @typedef {{group: string, name: string, side?: number}} Lane
 * @typedef {{lane: number, from: number, to: number, name: string, kind: string}} Span
 * @typedef {{object: number, fields: [string, string][]}} Change
 * @typedef {{
 *   name: string, title: string, failure?: string, failedLine?: number, besideFailure?: string, script: string[], end: number,
 *   lanes: Lane[], texts: string[], objects: string[],
 *   at: number[], lane: number[], by: number[], text: number[], kind: string[], number: number[], line: number[], mark: number[],
 *   reconcile: number[], woken: Record<string, number>,
 *   beside?: string, side?: number[], twin?: number[], twinBy?: number[], noReturn?: number,
 *   spans: Span[], changes: Record<string, Change>
 * }} RunData
 * @typedef {{search: string, lane: number, kind: string, fold: boolean, apart: boolean}} Filter
 */

/** How an event is drawn, by its mark. */
const marks = ["plain", "effect", "failed", "fault", "happened"];

/** What stands before what both runs have, the left one alone, and the right one alone, as in a diff. */
const signs = ["", "− ", "+ "];

/** Model is the run: its events are numbered from 0 and called steps. */
class Model {
  /** @param {RunData} data */
  constructor(data) {
    this.data = data;
    this.length = data.at.length;
    /** Virtual time of each step, in microseconds. */
    this.times = new Float64Array(this.length);
    let now = 0;
    for (let n = 0; n < this.length; n++) this.times[n] = now += data.at[n];
    /** The steps of each lane. @type {number[][]} */
    this.byLane = data.lanes.map(() => []);
    data.lane.forEach((lane, n) => {
      this.byLane[lane].push(n);
      if (data.twin && data.twin[n] >= 0) this.byLane[data.twin[n]].push(n);
    });
    /** The first request of the reconcile that a step woke. */
    this.woke = new Map(Object.entries(data.woken).map(([first, waker]) => [waker, Number(first)]));
    /** The first step that only one of two runs has, -1 if there is none. */
    this.apart = data.side ? data.side.findIndex((side) => side > 0) : -1;
    /** How many steps like it follow in its lane, for the first of these; 0 for the others. */
    this.alike = new Int32Array(this.length).fill(1);
    /** The last of those. */
    this.lastAlike = Int32Array.from(this.alike.keys());
    this.foldAlike();
    /** The kinds that there are, in order. */
    this.kinds = [...new Set(data.kind)].sort();
  }

  /** Counts a lane's looks that say the same one after the other. */
  foldAlike() {
    for (const steps of this.byLane) {
      let first = -1;
      for (const n of steps) {
        if (
          first >= 0 &&
          this.data.mark[n] === 0 &&
          this.data.text[n] === this.data.text[first] &&
          this.data.by[n] === this.data.by[first]
        ) {
          this.alike[first]++;
          this.alike[n] = 0;
          this.lastAlike[first] = n;
        } else {
          first = this.data.mark[n] === 0 ? n : -1;
        }
      }
    }
  }

  /** The requests of the reconcile that made a request, from its first one on; none if none did. @param {number} n */
  reconcileOf(n) {
    const { lane, by, reconcile } = this.data;
    if (!reconcile[n]) return [];
    const steps = this.byLane[lane[n]];
    const same = (/** @type {number} */ k) => by[k] === by[n] && reconcile[k] === reconcile[n];
    const at = placeOf(steps, n, (k) => k);
    let [first, last] = [at, at];
    while (first > 0 && (same(steps[first - 1]) || !reconcile[steps[first - 1]])) first--;
    while (last + 1 < steps.length && (same(steps[last + 1]) || !reconcile[steps[last + 1]])) last++;
    return steps.slice(first, last + 1).filter(same);
  }

  /** The first request of the reconcile that a step woke, or -1. @param {number} n */
  wokenBy(n) {
    return this.woke.get(n) ?? -1;
  }

  /** @param {number} n */
  text(n) {
    return this.data.texts[this.data.text[n]];
  }

  /** The request's name, such as press-01#7, or the lane's. @param {number} n */
  who(n) {
    const name = this.lane(this.data.lane[n]);
    return this.data.number[n] > 0 ? `${name}#${this.data.number[n]}` : name;
  }

  /** A lane's name. @param {number} lane */
  lane(lane) {
    return this.data.lanes[lane].name;
  }

  /** What stands before a step of one of two runs: a sign, as in a diff. @param {number} n */
  sign(n) {
    return this.data.side ? signs[this.data.side[n]].padEnd(2) : "";
  }

  /** Whether a step, or one of the three around it, is in one of two runs only. @param {number} n */
  isNearApart(n) {
    const { side } = this.data;
    return Boolean(side && side.slice(Math.max(0, n - 3), n + 4).some((s) => s > 0));
  }

  /** Whether a step is drawn in a lane, or is a request of the controller whose lane it is. @param {number} n @param {number} lane */
  isIn(n, lane) {
    const { data } = this;
    return [data.lane[n], data.by[n], data.twin?.[n], data.twinBy?.[n]].includes(lane);
  }

  /** The steps that a filter lets through. @param {Filter} filter */
  filtered(filter) {
    const words = filter.search.toLowerCase();
    const steps = [];
    for (let n = 0; n < this.length; n++) {
      if (filter.apart ? !this.isNearApart(n) : filter.fold && !words && this.alike[n] === 0) continue;
      if (filter.lane >= 0 && !this.isIn(n, filter.lane)) continue;
      if (filter.kind && this.data.kind[n] !== filter.kind) continue;
      if (words && !`${this.who(n)} ${this.text(n)}`.toLowerCase().includes(words)) continue;
      steps.push(n);
    }
    return steps;
  }

  /** The step that stands for one that is folded away. @param {number} n */
  shown(n) {
    const steps = this.byLane[this.data.lane[n]];
    let k = steps.indexOf(n);
    while (k > 0 && this.alike[steps[k]] === 0) k--;
    return steps[k];
  }

  /** What an object was like after a step: its fields by their paths. @param {number} object @param {number} step */
  objectAt(object, step) {
    /** @type {Map<string, string>} */
    const fields = new Map();
    for (const [n, change] of Object.entries(this.data.changes)) {
      if (Number(n) > step || change.object !== object) continue;
      for (const [path, value] of change.fields) {
        if (path === "") fields.clear();
        for (const known of fields.keys()) if (known.startsWith(path + ".") || known.startsWith(path + "[")) fields.delete(known);
        if (value === "null") fields.delete(path);
        else fields.set(path, value);
      }
    }
    return [...fields].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** The object that a lane is about, as it was stored last by a step of it; -1 if none was. @param {number} lane @param {number} step */
  objectOf(lane, step) {
    let found = -1;
    for (const n of this.byLane[lane]) {
      if (n > step) break;
      if (this.data.changes[n]) found = this.data.changes[n].object;
    }
    return found;
  }
}

/** Virtual time as a clock shows it. @param {number} microseconds */
function clock(microseconds) {
  const seconds = microseconds / 1e6;
  const h = Math.floor(seconds / 3600);
  const m = Math.floor(seconds / 60) % 60;
  const s = Math.round((seconds % 60) * 1e6) / 1e6;
  return (h ? `${h}h` : "") + (h || m ? `${m}m` : "") + `${s}s`;
}

/** The place of the first of some sorted things whose value is not below a given one. @param {number[]} sorted @param {number} least @param {(n: number) => number} value */
function placeOf(sorted, least, value) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value(sorted[middle]) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
