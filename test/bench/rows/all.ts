import type { Row } from '../result.ts'
import { arranged } from './arranged.ts'
import { burst } from './burst.ts'
import { connects } from './connects.ts'
import { crowd } from './crowd.ts'
import { durable } from './durable.ts'
import { history } from './history.ts'
import { idle } from './idle.ts'
import { lone } from './lone.ts'
import { migration } from './migration.ts'
import { nodes } from './nodes.ts'
import { nodesScale } from './nodes-scale.ts'
import { pairs } from './pairs.ts'
import { postgres } from './postgres.ts'
import { reactions } from './reactions.ts'
import { scanner } from './scanner.ts'
import { start } from './start.ts'
import { storm } from './storm.ts'
import { webhooks } from './webhooks.ts'

/** By the names that `npm run bench -- <name>` takes. */
export const rows: Readonly<Record<string, Row>> = {
  burst,
  lone,
  crowd,
  pairs,
  nodes,
  'nodes-scale': nodesScale,
  durable,
  postgres,
  history,
  reactions,
  migration,
  arranged,
  connects,
  idle,
  storm,
  start,
  scanner,
  webhooks,
}
