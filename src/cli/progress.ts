import { formatBytes, formatCount, formatNumber, formatSpan } from './units.ts';

/** How far a run has come. */
export interface ProgressSnapshot {
  readonly phase: 'reading' | 'resolving' | 'copying' | 'attesting' | 'writing' | 'done';
  /** Distinct images found so far. */
  readonly images: number;
  readonly resolved: number;
  readonly toCopy: number;
  readonly copied: number;
  readonly toScan: number;
  readonly scanned: number;
  readonly toAttest: number;
  readonly attested: number;
  /** Sent so far. */
  readonly bytes: number;
  /** Known so far to be sent in all. */
  readonly totalBytes: number;
  readonly requests: number;
}

/** How a piece of a line is painted. */
type Tone = 'plain' | 'strong' | 'quiet' | 'done' | 'accent';

interface Piece {
  readonly text: string;
  readonly tone: Tone;
}

interface Stage {
  readonly label: string;
  /** From 0 to 1, if it can be told. */
  readonly share: number | undefined;
  readonly count: string;
}

const SPINNER = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
const SPINNER_STEP_MS = 120;
const LABEL_WIDTH = 10;
const WIDEST_BAR = 40;
const NARROWEST_BAR = 8;
/** Before that a rate says nothing about the time left. */
const TOO_EARLY_MS = 2000;
const CODES: Readonly<Record<Tone, string>> = {
  plain: '',
  strong: '1',
  quiet: '2',
  done: '32',
  accent: '36',
};

/** The two lines of a run in progress, neither wider than the terminal less one column; `rate` is in bytes a second. */
export function renderProgress(
  snapshot: ProgressSnapshot,
  elapsedMs: number,
  columns: number,
  rate: number,
  { color = false }: { readonly color?: boolean } = {},
): string[] {
  const width = Math.max(columns - 1, 0);
  const stage = stageOf(snapshot);
  const spinner = SPINNER[Math.floor(elapsedMs / SPINNER_STEP_MS) % SPINNER.length] ?? '';
  const head: Piece[] = [
    { text: `${spinner} `, tone: 'accent' },
    { text: stage.label.padEnd(LABEL_WIDTH), tone: 'strong' },
  ];
  const room = width - 2 - LABEL_WIDTH - stage.count.length - 2;
  const bar =
    stage.share === undefined || room < NARROWEST_BAR ? [] : drawBar(stage.share, Math.min(room, WIDEST_BAR));
  const gap: readonly Piece[] = bar.length > 0 ? [{ text: '  ', tone: 'plain' }] : [];
  const first = [...head, ...bar, ...gap, { text: stage.count, tone: 'plain' as const }];
  // Under the bar, unless there is hardly room for one.
  const indent = ' '.repeat(bar.length > 0 ? 2 + LABEL_WIDTH : 2);
  const details = fitting(detailsOf(snapshot, elapsedMs, rate), width - indent.length);
  const second: readonly Piece[] = [{ text: details === '' ? '' : indent + details, tone: 'quiet' }];
  return [first, second].map((pieces) => paint(cut(pieces, width), color)).filter((line) => line !== '');
}

/** The line that stays when a run is over. */
export function summary(
  snapshot: ProgressSnapshot,
  elapsedMs: number,
  { color = false }: { readonly color?: boolean } = {},
): string {
  const { images, scanned, copied, attested, bytes, requests } = snapshot;
  const parts = [formatCount(images, 'image')];
  if (scanned > 0) parts.push(`${formatNumber(scanned)} scanned`);
  if (copied > 0) parts.push(`${formatNumber(copied)} copied${bytes > 0 ? ` (${formatBytes(bytes)})` : ''}`);
  if (attested > 0) parts.push(`${formatNumber(attested)} attested`);
  parts.push(formatCount(requests, 'request'), formatSpan(elapsedMs));
  return paint(
    [
      { text: '✓ ', tone: 'done' },
      { text: parts[0] ?? '', tone: 'strong' },
      { text: ` · ${parts.slice(1).join(' · ')}`, tone: 'quiet' },
    ],
    color,
  );
}

function stageOf(snapshot: ProgressSnapshot): Stage {
  const { phase, images, resolved, toCopy, copied, bytes, totalBytes } = snapshot;
  const { toScan, scanned, toAttest, attested } = snapshot;
  switch (phase) {
    case 'reading':
      return { label: 'Reading', share: undefined, count: formatCount(images, 'image') };
    case 'resolving':
      return {
        label: 'Resolving',
        share: ratio(resolved, images),
        count: `${fraction(resolved, images)} images`,
      };
    case 'copying': {
      // Images are copied as their scans end, and scanning is what takes long.
      if (scanned < toScan)
        return {
          label: 'Scanning',
          share: ratio(scanned, toScan),
          count: `${fraction(scanned, toScan)} images`,
        };
      // An image counts when it is whole; bytes move sooner.
      const share = totalBytes > 0 ? ratio(bytes, totalBytes) : ratio(copied, toCopy);
      return { label: 'Copying', share, count: `${fraction(copied, toCopy)} images` };
    }
    case 'attesting':
      return {
        label: 'Attesting',
        share: ratio(attested, toAttest),
        count: `${fraction(attested, toAttest)} attestations`,
      };
    case 'writing':
      return { label: 'Writing', share: 1, count: formatCount(images, 'image') };
    default:
      return { label: 'Done', share: 1, count: formatCount(images, 'image') };
  }
}

/** What else there is to say, the most wanted first. */
function detailsOf(snapshot: ProgressSnapshot, elapsedMs: number, rate: number): string[] {
  const { phase, bytes, totalBytes, requests } = snapshot;
  const details: string[] = [];
  if (phase === 'copying') {
    if (totalBytes > 0) details.push(`${formatBytes(bytes)} of ${formatBytes(totalBytes)}`);
    if (rate >= 1) details.push(`${formatBytes(rate)}/s`);
    const left = totalBytes - bytes;
    if (rate >= 1 && left > 0 && elapsedMs >= TOO_EARLY_MS) {
      // Whole seconds: tenths would only flicker.
      details.push(`${formatSpan(Math.max(Math.ceil(left / rate), 1) * 1000).replace('.0', '')} left`);
    }
  }
  if (requests > 0) details.push(formatCount(requests, 'request'));
  if (phase !== 'copying' && elapsedMs >= TOO_EARLY_MS)
    details.push(formatSpan(Math.floor(elapsedMs / 1000) * 1000).replace('.0', ''));
  return details;
}

/** As many of the details as there is room for. */
function fitting(details: readonly string[], room: number): string {
  let text = '';
  for (const detail of details) {
    const longer = text === '' ? detail : `${text} · ${detail}`;
    if (longer.length > room) break;
    text = longer;
  }
  return text;
}

/** A line in halves of a column: ━━━╸━━━, of which the rest is quiet. */
function drawBar(share: number, width: number): Piece[] {
  const halves = Math.round(share * width * 2);
  const filled = '━'.repeat(Math.floor(halves / 2)) + (halves % 2 === 1 ? '╸' : '');
  return [
    { text: filled, tone: share >= 1 ? 'done' : 'accent' },
    { text: '─'.repeat(width - filled.length), tone: 'quiet' },
  ];
}

function cut(pieces: readonly Piece[], width: number): Piece[] {
  let room = width;
  return pieces.map(({ text, tone }) => {
    const kept = text.slice(0, Math.max(room, 0));
    room -= kept.length;
    return { text: kept, tone };
  });
}

function paint(pieces: readonly Piece[], color: boolean): string {
  const painted = pieces.map(({ text, tone }) =>
    color && tone !== 'plain' && text !== '' ? `\u001b[${CODES[tone]}m${text}\u001b[0m` : text,
  );
  return painted.join('').replace(/ +$/, '');
}

function ratio(part: number, whole: number): number {
  return whole > 0 ? Math.min(part / whole, 1) : 0;
}

function fraction(part: number, whole: number): string {
  const total = formatNumber(whole);
  return `${formatNumber(part).padStart(total.length)}/${total}`;
}
