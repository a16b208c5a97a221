import { appendFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';

/**
 * Loaded before the exporter, it writes each address that a connection is opened to into a file. What the program says
 * of itself would not be proof.
 */
const file = join(process.env['HOME'] ?? '', 'connections');
const connect = Reflect.get(Socket.prototype, 'connect');

Object.defineProperty(Socket.prototype, 'connect', {
  value(this: Socket, ...args: unknown[]): unknown {
    appendFileSync(file, `${JSON.stringify(args)}\n`);
    return Reflect.apply(connect, this, args);
  },
});
