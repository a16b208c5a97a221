import type { Location } from './json-path.ts';

/** Writes a location as people read it, as in `spec.containers[0].image`. */
export function formatPath(location: Location): string {
  let path = '';
  for (const step of location) {
    if (typeof step === 'number') path += `[${step}]`;
    else if (/^[A-Za-z_][\w-]*$/.test(step)) path += path === '' ? step : `.${step}`;
    else path += `[${JSON.stringify(step)}]`;
  }
  return path;
}

/** Writes the JSONPath of a location and of its likes in the other items of its lists, as in `$.spec.containers[*].image`. */
export function formatJsonPath(location: Location): string {
  const steps = location.map((step) => {
    if (typeof step === 'number') return '[*]';
    if (/^[A-Za-z_]\w*$/.test(step)) return `.${step}`;
    return `['${step.replace(/['\\]/g, '\\$&')}']`;
  });
  return `$${steps.join('')}`;
}
