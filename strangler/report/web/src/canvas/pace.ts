// How often a map that moves is drawn anew, and not only its last picture moved.

/** A drawing that takes less is made in every frame, in milliseconds. */
const CHEAP = 4;
/** What costs less is drawn even where pictures show enough; painting, which is not measured, takes some times as long. */
const NOTHING = 1;
/** Else drawing takes one part in so many of the time. */
const SHARE = 12;
/** A frame that comes later than this after a drawing was late because of it. */
const LATE = 22;

/** After so many late frames of a movement the machine has enough to do. */
const BUSY = 2;

export class Pace {
  private before = -Infinity;
  private late = 0;
  private at = -Infinity;
  private cost = 0;
  private awaited = false;

  /** The map was drawn in the frame that began at a time, and that took so long: what is painted afterwards is not in it. */
  drawn(at: number, took: number): void {
    this.at = at;
    this.cost = took;
    this.awaited = true;
  }

  /** A frame of a movement begins. */
  frame(now: number): void {
    const gap = now - this.before;
    if (gap > LATE && gap < 10 * LATE) this.late++;
    this.before = now;
  }

  /** Whether frames come late, so that each should cost as little as can be. */
  get isBusy(): boolean {
    return this.late >= BUSY;
  }

  /** The map lies still. */
  rest(): void {
    this.late = 0;
    this.before = -Infinity;
  }

  /** Whether the frame that begins now may draw; where pictures show enough it need not, unless that costs next to nothing. */
  mayDraw(now: number, enough = false): boolean {
    if (this.awaited) {
      const gap = now - this.at;
      if (gap > LATE && gap < 10 * LATE) this.cost = Math.max(this.cost, gap);
      this.awaited = false;
    }
    return this.cost < (enough ? NOTHING : CHEAP) || (!enough && now - this.at > SHARE * this.cost);
  }
}
