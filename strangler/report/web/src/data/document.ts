// The document strangler.report.document.document writes: facts in columns, numbers instead of repeated names.

export const SCHEMA = "strangler.report";
export const VERSION = 4;

export interface Ragged {
  first: number[];
  items: number[];
}

export interface Finding {
  text: string;
  node: string;
  place: string;
}

export interface Cycle {
  names: string[];
  example: string[];
  deferred: boolean;
  cheapest: { importer: string; imported: string; place: string; uses: number }[];
}

export interface SharedTable {
  table: number;
  owner: string;
  writers: { app: string; count: number; place: string }[];
}

export interface Summary {
  root: string;
  frameworks: string[];
  size: Record<"modules" | "lines" | "test_modules" | "migration_modules" | "classes" | "functions" | "imports" | "calls", number>;
  /** Own tables, those of installed packages, and those that only a statement or a key names. */
  tables: [number, number, number];
  outside: Record<string, number>;
  ledger: Record<"total" | "resolved" | "external" | "builtin" | "ambiguous" | "opaque", number>;
  findings: Finding[];
  cycles: Cycle[];
  shared: SharedTable[];
}

export interface ReportDocument {
  schema: string;
  version: number;
  summary: Summary;
  groups: { name: string[]; service: number[] };
  modules: { name: string[]; group: number[]; app: number[]; file: number[]; lines: number[]; usedBy: number[]; uses: number[] };
  tables: { name: string[]; group: number[]; app: number[]; origin: number[]; model: string[]; file: number[]; line: number[] };
  columns: { table: number[]; name: number[]; type: number[]; primary: number[]; nullable: number[] };
  keys: { table: number[]; column: number[]; target: number[]; file: number[]; line: number[] };
  edgeKinds: EdgeKind[];
  edges: { source: number[]; target: number[]; kind: number[]; count: number[]; file: number[]; line: number[] };
  boxes: { kind: number[]; number: number[]; name: number[]; parent: number[]; x: number[]; y: number[]; width: number[]; height: number[] };
  routes: {
    method: number[]; path: string[]; handler: string[]; file: number[]; line: number[]; firstOwn: number[]; helpers: number[];
    functions: Ragged; reads: Ragged; writes: Ragged; laterReads: Ragged; laterWrites: Ragged;
  };
  entries: { kind: number[]; name: string[]; function: number[]; file: number[]; line: number[] };
  callKinds: string[];
  confidences: string[];
  functions: { module: number[]; name: string[]; file: number[]; line: number[]; effect: number[]; first: number[] };
  statements: {
    what: number[]; line: number[]; target: number[]; operation: number[]; kind: number[]; confidence: number[];
    loop: number[]; transactionFile: number[]; transactionLine: number[]; file: number[];
  };
  services: { name: string[]; modules: string[][]; tables: string[][] };
  rules: { service: number[]; path: string[]; methods: string[][]; phase: Phase[]; share: number[]; shadow: number[] };
  evidence: EvidenceColumns;
  cut: Cut | null;
  /** The parts that could leave, as `strangler suggest --first` ranks them; null where they were not weighed. */
  beginning: { name: string[]; tables: number[][]; routes: number[]; crossings: number[]; cost: number[]; vital: string[][] } | null;
  comparison: Comparison | null;
  migration: MigrationRecord | null;
  violations: Violations | null;
  skipped: { file: string[]; reason: string[] };
  files: string[];
  strings: string[];
}

export type Phase = "monolith" | "shadow" | "canary" | "v2" | "rolled back";

/** What can cross a boundary, wherever one draws it: strangler.report.document.evidence says what each column holds. */
export interface EvidenceColumns {
  modules: string[];
  tables: { table: number[]; module: number[]; known: number[]; bases: Ragged };
  uses: { function: number[]; mode: number[]; table: number[]; count: number[] };
  joins: { function: number[]; tables: Ragged };
  transactions: { function: number[]; file: number[]; line: number[]; tables: Ragged };
  imports: { importer: number[]; imported: number[] };
  calls: { caller: number[]; callee: number[]; effect: number[] };
  handlers: { function: number[]; module: number[] };
}

export interface ChangedEdges {
  kind: string[];
  source: string[];
  target: string[];
  place: string[];
}

/** What has changed since an earlier analysis; the lists may be cut short, `counts` are of new and gone nodes, new and gone edges. */
export interface Comparison {
  base: string;
  newNodes: string[];
  goneNodes: string[];
  newEdges: ChangedEdges;
  goneEdges: ChangedEdges;
  counts: [number, number, number, number];
  coupling: { source: string[]; target: string[]; before: number[]; after: number[] };
  before: number;
  after: number;
}

/** A step of a service's plan: what was seen of it, what must be seen, and how to get there. */
export interface Step {
  step: string;
  title: string;
  state: "done" | "open" | "unknown";
  found: string;
  gate: string;
  command: string;
}

export interface Decision {
  at: string;
  who: string;
  service: string;
  action: string;
  details: Record<string, string | number | boolean | null>;
}

/** How far each service is, and the latest decisions, the last one first: strangler.model.migration. */
export interface MigrationRecord {
  services: { service: string; steps: Step[] }[];
  decisions: Decision[];
}

/** What breaks the rules of the declared boundaries; `counts` are of new, expired, known and stale ones. */
export interface Violations {
  state: ("new" | "expired" | "known")[];
  rule: string[];
  source: string[];
  targets: string[];
  message: string[];
  place: string[];
  remedy: string[];
  reason: string[];
  expires: string[];
  counts: [number, number, number, number];
  rules: Record<string, string>;
  stale: { rule: string[]; subject: string[]; reason: string[] };
}

/** How often each term of the declared services' cut occurs, and how often by chance. */
export interface Cut {
  name: string[];
  count: number[];
  expected: number[];
}

export type EdgeKind = "depends" | "reads" | "writes" | "references";

/** The document in the page's data slot: JSON in gzip in base64. Throws when it is of another version. */
export async function unpacked(text: string): Promise<ReportDocument> {
  const binary = atob(text);
  const packed = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index++) packed[index] = binary.charCodeAt(index);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return checked(await new Response(stream).json());
}

export function checked(found: ReportDocument): ReportDocument {
  if (found.schema !== SCHEMA || found.version !== VERSION) {
    throw new Error(`the page holds ${found.schema} version ${found.version}, and shows ${SCHEMA} version ${VERSION}`);
  }
  return found;
}
