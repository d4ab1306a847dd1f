/**
 * HTTP: one request to a port of this machine, over a connection of its own unless an agent is given.
 */
import { type Agent, request } from 'node:http';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

export interface HttpQuestion {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly agent?: Agent;
  readonly host?: string;
}

export function ask(
  port: number,
  path: string,
  { method = 'GET', headers = {}, agent, host = '127.0.0.1' }: HttpQuestion = {},
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const asking = request({ host, port, path, method, headers, agent: agent ?? false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
      response.on('error', reject);
    });
    asking.on('error', reject).end();
  });
}
