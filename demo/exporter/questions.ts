import { columns, type Paper, shortDigests } from '../paint.ts';
import { BASE_LABEL, OLD_AFTER } from './images.ts';
import type { Voice } from '../voice.ts';
import type { Answer, Prometheus } from './prometheus.ts';

/** Something one asks Prometheus. */
export interface Question {
  readonly words: string;
  /** PromQL, a row each. */
  readonly query: readonly string[];
  /** Its answers in words, a row each. */
  draw(answers: readonly Answer[]): string[];
}

const WIDTH = 84;

/** Share of the containers, those of Pods aside, whose image is built on a base. */
export const SHARE: Question = {
  words: "What share of the containers is built on Chainguard's images? (Pods aside.)",
  query: [
    '100 * count(',
    '  container_image_container_info{kind!="Pod"}',
    '    * on (digest) group_left (value)',
    `      container_image_label{key="${BASE_LABEL}"}`,
    ') / count(container_image_container_info{kind!="Pod"})',
  ],
  draw: (answers) => answers.map(({ value }) => `${value.toFixed(1)} %`),
};

/** Images that were built long ago. */
export const OLD: Question = {
  words: `Which images were built more than ${OLD_AFTER} days ago?`,
  query: [
    '(',
    '  time() - max by (digest, image) (container_image_container_info)',
    '             * on (digest) group_left () container_image_created',
    `) / 86400 > ${OLD_AFTER}`,
  ],
  draw: (answers) => {
    const sorted = answers.toSorted((one, other) => other.value - one.value);
    const rows = sorted.map(({ labels, value }) => [
      `${Math.floor(value)} days`,
      shortDigests(String(labels['image'])),
    ]);
    return columns(rows, { width: WIDTH, right: [0] });
  },
};

/** Workloads whose image could not be pulled today. */
export const BROKEN: Question = {
  words: 'Which workloads would not start on a new node?',
  query: [
    'container_image_container_info{kind!="Pod"}',
    '  * on (image) group_left (reason)',
    '    container_image_lookup_status{reason!="ok"}',
  ],
  draw: (answers) => {
    const rows = answers.map(({ labels: { kind, namespace, name, image, reason } }) => [
      `${String(kind)} ${String(namespace)}/${String(name)}`,
      String(image),
      String(reason),
    ]);
    return columns(rows, { width: WIDTH });
  },
};

/** Shows what Prometheus answers to the questions that the exporter is there for. */
export async function showQuestions(
  prometheus: Prometheus | undefined,
  { paper, say, heading }: Voice,
): Promise<void> {
  if (!prometheus) {
    heading('Questions to Prometheus', 'skipped: it is not on PATH (apt-get install prometheus)');
    return;
  }
  heading('Questions to Prometheus', 'a real one, scraping the exporter');
  await prometheus.waitFor('container_image_container_info');
  say(...(await askAndDraw(SHARE, prometheus, paper)));
  say('', ...(await askAndDraw(OLD, prometheus, paper)));
}

/** Draws a question with what Prometheus answers. */
export async function askAndDraw(
  question: Question,
  prometheus: Prometheus,
  paper: Paper,
): Promise<string[]> {
  return [
    question.words,
    '',
    ...question.query.map((row) => `  ${paper.paint(row, 'accent')}`),
    '',
    ...drawAnswers(question, await ask(question, prometheus), paper),
  ];
}

/** Draws only the answer to a question that was drawn before. */
export async function askAgain(question: Question, prometheus: Prometheus, paper: Paper): Promise<string[]> {
  return drawAnswers(question, await ask(question, prometheus), paper);
}

async function ask({ query, words }: Question, prometheus: Prometheus): Promise<readonly Answer[]> {
  const answers = await prometheus.ask(query.join('\n'));
  if (answers.length === 0) throw new Error(`Prometheus has no answer: ${words}`);
  return answers;
}

function drawAnswers(question: Question, answers: readonly Answer[], paper: Paper): string[] {
  return question.draw(answers).map((row) => `  ${paper.paint('→', 'quiet')} ${paper.paint(row, 'strong')}`);
}
