// Ways to draw the boundaries of a system, each followed to what it costs.

import type { Model } from "../data/model";
import { draw, type Drawn } from "./crossings";
import { Evidence } from "./evidence";
import { moved, readMove, type Move } from "./moves";
import { declared, type Shares } from "./shares";

export interface Draft {
  moves: readonly Move[];
  shares: Shares;
  drawn: Drawn;
}

export class Drafts {
  /** What strangler.toml declares. */
  readonly declared: Draft;
  private readonly evidence: Evidence;
  private last: { texts: readonly string[]; draft: Draft };

  constructor(readonly model: Model) {
    this.evidence = new Evidence(model);
    const shares = declared(model);
    this.declared = { moves: [], shares, drawn: draw(this.evidence, shares) };
    this.last = { texts: [], draft: this.declared };
  }

  /** What is declared, changed by moves as the address writes them; the last one is remembered. */
  after(texts: readonly string[]): Draft {
    if (!texts.length) return this.declared;
    if (texts.join("\n") !== this.last.texts.join("\n")) {
      const moves = texts.map((text) => readMove(this.model, text)).filter((move): move is Move => move !== null);
      this.last = { texts, draft: this.with(moves) };
    }
    return this.last.draft;
  }

  with(moves: readonly Move[]): Draft {
    const shares = moved(this.model, this.declared.shares, moves);
    return { moves, shares, drawn: draw(this.evidence, shares) };
  }
}
