export { jsonValues } from './json-stream.ts';
export {
  documentsBefore,
  EVENT_ID,
  type Event,
  getScalarValue,
  MAX_DEPTH,
  parseYaml,
  readEvents,
  SCALAR_STYLE,
  type ScalarEvent,
  YamlFault,
} from './yaml.ts';
