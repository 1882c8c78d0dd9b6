// How often a map that moves is drawn anew, and not only its last picture moved.

/** A drawing that takes less is made in every frame, in milliseconds. */
const CHEAP = 4;
/** Else drawing takes one part in so many of the time. */
const SHARE = 12;
/** A frame that comes later than this after a drawing was late because of it. */
const LATE = 22;

export class Pace {
  private at = -Infinity;
  private cost = 0;
  private awaited = false;

  /** The map was drawn in the frame that began at a time, and that took so long: what is painted afterwards is not in it. */
  drawn(at: number, took: number): void {
    this.at = at;
    this.cost = took;
    this.awaited = true;
  }

  /** Whether the frame that begins now may draw. */
  mayDraw(now: number): boolean {
    if (this.awaited) {
      const gap = now - this.at;
      if (gap > LATE && gap < 10 * LATE) this.cost = Math.max(this.cost, gap);
      this.awaited = false;
    }
    return this.cost < CHEAP || now - this.at > SHARE * this.cost;
  }
}
