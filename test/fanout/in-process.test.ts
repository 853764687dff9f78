import { createInProcessFanout } from '../../server/fanout/in-process.ts'
import { fanoutContract } from '../contract/fanout.ts'

fanoutContract('the in-process fan-out', async () => {
  const fanout = createInProcessFanout()
  return { fanouts: [fanout], close: fanout.close }
})
