import type { Line, Said } from './conversation.ts'
import { talk } from './conversation.ts'

const length = 5_000

/** What is looked at, and what is then said of it. */
const sights: readonly { objects: readonly string[]; remarks: readonly string[] }[] = [
  {
    objects: ['Saturn', 'Jupiter', 'Mars', 'Venus', 'the Moon'],
    remarks: [
      'worth the stairs',
      'steady as a painting',
      'boiling like soup',
      'better with the 15 mm',
      'a queue of eight, all patient',
      'low in the haze, but there',
      'somebody whispered “oh”',
      'everybody wanted a second turn',
      'a thin edge, very sharp',
      'moments of perfect stillness',
    ],
  },
  {
    objects: [
      'Albireo',
      'Epsilon Lyrae',
      'Mizar and Alcor',
      'Gamma Andromedae',
      'Castor',
      'Cor Caroli',
      'Eta Cassiopeiae',
    ],
    remarks: [
      'split cleanly',
      'split, if you believe in it',
      'lovely colours',
      'blue and gold, as promised',
      'clean at every third heartbeat',
      'one guest saw green, and who am I to argue',
    ],
  },
  {
    objects: [
      'M13',
      'M31',
      'M42',
      'M57',
      'M45',
      'M81 and M82',
      'M51',
      'M27',
      'M92',
      'the Double Cluster',
      'the Veil',
      'NGC 7789',
      'NGC 457',
      'the Coathanger',
      'the Owl Nebula',
      'Kemble’s Cascade',
      'the Crescent',
      'NGC 891',
    ],
    remarks: [
      'averted vision only',
      'finally without dew',
      'the children saw it before I did',
      'best of the season',
      'resolved to the core',
      'a ghost, but a friendly one',
      'needs a darker night',
      'fills the field and more',
      'gone behind the ash tree at half past',
      'drifting a little, the drive needs a nudge',
    ],
  },
  {
    objects: ['Mira', 'Algol', 'R Leonis', 'Chi Cygni', 'Delta Cephei', 'R Coronae'],
    remarks: [
      'brighter than last week',
      'fainter than the chart says',
      'down by half a magnitude',
      'just past its minimum',
      'as red as a stove',
      'no change, entered twice',
    ],
  },
]
const weather = [
  'Clear, no wind.',
  'Clear after ten.',
  'Thin cirrus in the west.',
  'Gusts, shutter half closed.',
  'Frost on the rail.',
  'Dew already.',
  'A hole in the clouds, we take it.',
  'Very dark, the valley is under fog.',
  'Moonlit, shadows everywhere.',
  'Warm, and it shows in the eyepiece.',
]
const asides: Record<string, readonly string[]> = {
  mina: [
    'Sketch is in the book.',
    'Please note the time of the next shadow transit.',
    'A guest asked whether stars get tired. Write that down somewhere.',
    'Lamps off, please, the whole stair.',
    'I am calling it a four out of five.',
  ],
  sam: [
    'Dome turned, motor fine.',
    'Refocused: the tube is still cooling.',
    'Counterweight moved back two notches.',
    'There is an owl on the shutter again. It stays.',
    'Lens cap was on. It was me. Moving on.',
  ],
  zoe: [
    'Tea is upstairs.',
    'Two late guests on the way up.',
    'Nästa grupp väntar i trappan.',
    'Guest book is full, started a new one 📖',
    'Someone left a mitten. Blue, very small.',
  ],
  tomas: [
    'Drive runs to the second.',
    'Převodovka drží. Jsem spokojen.',
    'I oiled the shutter chain.',
    'Tightened the finder, it had a life of its own.',
  ],
  ines: [
    'Twelve children, one meteorite, no casualties.',
    'Que noite linda!',
    'They want to see the one with the ring again.',
    'Somebody asked if the Moon knows us.',
  ],
  yusuf: [
    'هذا النجم يسميه الصوفي «الرِّدف».',
    'The old chart has it half a degree off. The sky moved, not the chart.',
    'سجلتُ الوقت: الحادية عشرة وعشر دقائق.',
  ],
  layla: [
    'Estimate: 5.2, by two comparison stars.',
    'قدّرتُ لمعانه بـ ٥٫٤.',
    'It faded by a tenth since Tuesday.',
    'السماء صافية تمامًا 🌌',
  ],
  haruka: [
    '60枚撮りました。',
    'One more sequence, please do not walk on the platform.',
    'きれい…',
    'Flat frames done.',
  ],
  oksana: [
    'Метеор! Через увесь Лебідь.',
    'Three sporadics in half an hour.',
    'Було дуже гарно.',
    'One bright one, magnitude −2, left a train.',
  ],
  devi: [
    'Dome crew here, gloves on.',
    'आज आसमान बहुत साफ़ है।',
    'Shutter closed and latched, twice checked.',
    'Who ate the emergency biscuits?',
  ],
  jo: ['I FOUND IT. By myself!! 🔭', 'Wrong star. But a nice one.', 'How do you all stay this warm?', '😮'],
  max: ['My grandmother saw it from this very chair.', 'Splendid.', 'The stairs grow longer every winter.'],
  pepe: [
    '¡Qué maravilla!',
    'The little one fell asleep under the telescope. Best night of the year.',
    'Gracias a todos, volvemos el viernes.',
  ],
}
const observers = Object.keys(asides)
const farewells = [
  'Closing. {n} objects, no complaints.',
  'Clouds. Closing at last.',
  'Cover on, power off, good night all.',
  'Done for tonight: {n} objects, {g} guests.',
  'Closing early, fog came up the hill.',
  'Good night. The key is back on its nail.',
]

/** A log of seven months of nights, always the same, and ending last night: enough to scroll for a long time. */
export function nightLog(now: number): Line[] {
  const chance = chanceFrom(1894)
  const nights: Line[][] = []
  for (let daysAgo = 1, count = 0; count < length; daysAgo++) {
    // Some nights have no sky.
    if (daysAgo > 1 && chance() < 0.15) continue
    const night = spread(talk(now, daysAgo, '20:10', aNight(chance)), now, chance)
    nights.unshift(night)
    count += night.length
  }
  const [oldest, ...rest] = nights.flat().slice(-length)
  return oldest
    ? [{ ...oldest, author: 'mina', text: 'First line of the new log. May it be a clear one.' }, ...rest]
    : []
}

function aNight(chance: () => number): Said[] {
  const pick = <T>(from: readonly T[]) => from[Math.floor(chance() * from.length)] as T
  const between = (low: number, high: number) => low + Math.floor(chance() * (high - low + 1))
  // Nobody says the same thing twice in one night.
  const said = new Set<string>()
  const once = (say: () => Said): Said => {
    for (let tries = 0; tries < 8; tries++) {
      const [author, text] = say()
      if (!said.has(text)) return said.add(text) && [author, text]
    }
    return say()
  }
  const observation = (): Said => {
    const { objects, remarks } = pick(sights)
    const text = `${pick(objects)} at ${pick([60, 96, 120, 180, 240])}×: ${pick(remarks)}.`
    return [
      pick(['mina', 'sam', 'layla', 'haruka', 'jo', 'ines']),
      text.charAt(0).toUpperCase() + text.slice(1),
    ]
  }
  const aside = (): Said => {
    const author = pick(observers)
    return [author, pick(asides[author] ?? [])]
  }
  const sky = `Dome open. ${pick(weather)} ${between(-6, 19)} °C, seeing ${between(1, 5)}/5.`
  const middle = Array.from({ length: between(16, 36) }, () => once(chance() < 0.55 ? observation : aside))
  const goodNight = pick(farewells)
    .replace('{n}', String(between(5, 21)))
    .replace('{g}', String(between(3, 40)))
  return [['sam', sky], ...middle, [pick(['sam', 'devi', 'mina']), goodNight]]
}

/** At a telescope minutes pass between one line and the next. */
function spread(night: readonly Line[], now: number, chance: () => number): Line[] {
  let later = 0
  return night.map((line) => {
    later += Math.floor(chance() ** 2 * 14) * 60_000
    return { ...line, at: Math.min(line.at + later, now) }
  })
}

/** Numbers from 0 to 1 that only look like chance (mulberry32): the demo is the same on every machine. */
function chanceFrom(start: number): () => number {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
