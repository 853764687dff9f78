export type Person = {
  readonly id: string
  readonly name: string
  /** What they do at the observatory. */
  readonly role: string
}

/** Everybody who may be signed in on the demo's site: the people of the observatory, and some of its guests. */
export const people: readonly Person[] = [
  { id: 'mina', name: 'Mina Okafor', role: 'Astronomer, runs the open nights' },
  { id: 'sam', name: 'Sam Whitfield', role: 'Keeper of the great refractor' },
  { id: 'zoe', name: 'Zoë Brännström', role: 'Front desk and bookings' },
  { id: 'tomas', name: 'Tomáš Dvořák', role: 'Workshop, gears and mirrors' },
  { id: 'ines', name: 'Inês Carvalho', role: 'School visits' },
  { id: 'yusuf', name: 'يوسف الحداد', role: 'Historian of star maps' },
  { id: 'layla', name: 'ليلى منصور', role: 'Volunteer, variable stars' },
  { id: 'haruka', name: '小林 遥', role: 'Astrophotographer' },
  { id: 'oksana', name: 'Оксана Коваленко', role: 'Meteor watch' },
  { id: 'devi', name: 'देवी शर्मा', role: 'Volunteer, dome crew' },
  { id: 'jo', name: 'Jo 🔭', role: 'Guest, first telescope' },
  { id: 'max', name: 'Maximiliane von Hohenfels-Brandenstein zu Altmühltal', role: 'Patron of the tower' },
  { id: 'pepe', name: 'José Ñíguez', role: 'Guest, brings the children' },
]
