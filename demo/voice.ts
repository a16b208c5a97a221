import type { Paper } from './paint.ts';

/** How the demo speaks: whole lines, on one paper. */
export interface Voice {
  readonly paper: Paper;
  readonly say: (...lines: readonly string[]) => void;
  /** Between two commands. */
  readonly rule: () => void;
  /** A title, and what it is about. */
  readonly heading: (title: string, rest: string) => void;
}

const RULE = 80;

/** A voice that writes. */
export function voiceOf(paper: Paper, write: (text: string) => void): Voice {
  const say = (...lines: readonly string[]): void => write(lines.map((line) => `${line}\n`).join(''));
  return {
    paper,
    say,
    rule: () => say('', paper.paint('─'.repeat(Math.min(paper.width, RULE)), 'quiet')),
    heading: (title, rest) =>
      say('', `${paper.paint(title, 'strong')}  ${paper.paint(rest, 'quiet')}`.trimEnd(), ''),
  };
}
