import type { LogEntry } from '../store/logEntry.ts';

/** Raised when a table changes its meaning. */
export const archiveVersion = 1;

/** The tables of a session's archive; server/ARCHIVE.md says what is in them. */
export const archiveSchema = `
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE session (
  id TEXT PRIMARY KEY, org_id TEXT, title TEXT, repo TEXT, state TEXT, origin TEXT, branch TEXT, authors TEXT,
  created_at TEXT, updated_at TEXT, last INTEGER
);
CREATE TABLE events (
  seq INTEGER PRIMARY KEY, at TEXT NOT NULL, type TEXT NOT NULL, turn_id TEXT, actor TEXT NOT NULL,
  data TEXT NOT NULL, more TEXT
);
CREATE INDEX events_type ON events (type, turn_id);
CREATE TABLE context (n INTEGER PRIMARY KEY, role TEXT, message TEXT NOT NULL);
CREATE TABLE keys (key TEXT NOT NULL, type TEXT NOT NULL, n INTEGER NOT NULL, field TEXT, value TEXT NOT NULL,
  PRIMARY KEY (key, n)) WITHOUT ROWID;
CREATE INDEX keys_field ON keys (key, field);

CREATE VIEW prompts AS
  SELECT seq, at, json_extract(data, '$.promptId') AS prompt_id, json_extract(data, '$.author.name') AS author,
    json_extract(data, '$.text') AS text, json_extract(data, '$.attachments') AS attachments
  FROM events WHERE type = 'prompt.queued';
CREATE VIEW messages AS
  SELECT seq, at, turn_id, json_extract(data, '$.messageId') AS message_id, json_extract(data, '$.text') AS text
  FROM events WHERE type = 'message.done';
CREATE VIEW tools AS
  SELECT e.seq, e.at, e.turn_id, json_extract(e.data, '$.callId') AS call_id, json_extract(s.data, '$.tool') AS tool,
    json_extract(s.data, '$.input') AS input, json_extract(e.data, '$.ok') AS ok,
    json_extract(e.data, '$.summary') AS summary, json_extract(e.data, '$.output') AS output
  FROM events e LEFT JOIN events s ON s.type = 'tool.started' AND s.turn_id IS e.turn_id
    AND json_extract(s.data, '$.callId') = json_extract(e.data, '$.callId')
  WHERE e.type = 'tool.finished';
CREATE VIEW turns AS
  SELECT s.turn_id, s.at AS started_at, e.at AS finished_at, json_extract(s.data, '$.model') AS model,
    json_extract(e.data, '$.outcome') AS outcome, json_extract(e.data, '$.usage.inputTokens') AS input_tokens,
    json_extract(e.data, '$.usage.outputTokens') AS output_tokens
  FROM events s LEFT JOIN events e ON e.type = 'turn.finished' AND e.turn_id = s.turn_id
  WHERE s.type = 'turn.started';
CREATE VIEW steps AS
  SELECT row_number() OVER (ORDER BY n) AS step, json_extract(value, '$.turnId') AS turn_id,
    strftime('%Y-%m-%dT%H:%M:%fZ', json_extract(value, '$.atMs') / 1000.0, 'unixepoch') AS at,
    json_extract(value, '$.model') AS model, json_extract(value, '$.prompts') AS prompts,
    json_extract(value, '$.context.length') AS context_messages,
    json_extract(value, '$.context.version') AS context_version,
    json_extract(value, '$.usage.inputTokens') AS input_tokens,
    json_extract(value, '$.usage.cachedInputTokens') AS cached_input_tokens,
    json_extract(value, '$.usage.outputTokens') AS output_tokens,
    json_extract(value, '$.requests[0].bytes') AS request_bytes,
    json_extract(value, '$.requests[0].sha256') AS request_sha256
  FROM keys WHERE key = 'steps';
CREATE VIEW artifacts AS
  SELECT seq, at, turn_id, json_extract(data, '$.artifactId') AS artifact_id, json_extract(data, '$.kind') AS kind,
    json_extract(data, '$.name') AS name, json_extract(data, '$.bytes') AS bytes,
    json_extract(data, '$.sha256') AS sha256
  FROM events WHERE type = 'artifact.created';
`;

export type EventRow = {
  seq: number;
  at: string;
  type: string;
  turn_id: string | null;
  actor: string;
  data: string;
  more: string | null;
};

/** `at`, `seq` and the session stand elsewhere; whatever an event has besides the columns is in `more`. */
export function eventRow({ seq, atMs, json }: LogEntry): EventRow {
  const { sessionId: _, type, turnId, actor, data, ...more } = JSON.parse(json) as Record<string, unknown>;
  return {
    seq,
    at: new Date(atMs).toISOString(),
    type: String(type),
    turn_id: turnId === undefined ? null : String(turnId),
    actor: JSON.stringify(actor),
    data: JSON.stringify(data),
    more: Object.keys(more).length === 0 ? null : JSON.stringify(more),
  };
}

export function logEntry(sessionId: string, row: EventRow): LogEntry {
  const { seq, at, type, turn_id, actor, data, more } = row;
  const head = JSON.stringify({ sessionId, type, ...(turn_id === null ? {} : { turnId: turn_id }) });
  const json = `${head.slice(0, -1)},"actor":${actor},"data":${data}${more ? `,${more.slice(1, -1)}` : ''}}`;
  return { seq, atMs: Date.parse(at), json };
}
