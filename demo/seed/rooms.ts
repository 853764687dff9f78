import { bySite, type SeedRoom, talk } from './conversation.ts'
import { nightLog } from './night-log.ts'
import { people } from './people.ts'

const longWord = 'Spiegelschleifmaschinenantriebswellenlagerschmierölkännchen'

/** The rooms of the observatory as of `now`. */
export function rooms(now: number): SeedRoom[] {
  const said = (daysAgo: number, time: string, ...lines: Parameters<typeof talk>[3]) =>
    talk(now, daysAgo, time, lines)
  return [
    {
      key: 'night log',
      name: 'Night log',
      members: people.map(({ id }) => id),
      lines: nightLog(now),
      unread: { jo: 140, max: 23, pepe: 4 },
    },
    {
      key: 'mina, sam',
      members: ['mina', 'sam'],
      lines: [
        ...said(
          9,
          '11:20',
          ['mina', 'Morning! Did the school from Brackwater confirm?'],
          [
            'sam',
            'They did: 24 children, two teachers, and a question about dinosaurs that Inês wants to answer herself.',
          ],
          ['mina', 'Of course she does.'],
        ),
        ...said(
          4,
          '22:48',
          ['sam', 'You should come up. Seeing is the best I have had this year.'],
          ['mina', 'Now?'],
          ['sam', 'Now. The Cassini Division is a pencil line.'],
          ['mina', 'Putting my boots on'],
          ['sam', '🪐', { reactions: { '😍': ['mina'] } }],
        ),
        ...said(
          1,
          '18:10',
          ['mina', 'Is the dome motor still making that noise?'],
          ['sam', 'Only between north and north-east. Tomáš thinks it is the third roller.'],
          ['mina', 'Thirty people tonight, so please let it be the third roller.'],
          ['sam', 'It was the third roller. Greased it. It hums now, in a friendly way.'],
          ['mina', 'You are a star ⭐', { answers: 1, reactions: { '😂': ['sam'] } }],
          ['sam', 'Main sequence, at best.'],
        ),
      ],
    },
    {
      key: 'open night',
      name: 'Open night, Friday',
      members: ['mina', 'sam', 'zoe', 'ines', 'layla', 'haruka', 'tomas'],
      lines: [
        ...said(
          6,
          '09:05',
          ['zoe', 'Bookings are open. Posters are up at the library and the bakery.'],
          ['zoe', 'The bakery wants to know whether “galaxy buns” are acceptable. I said yes.'],
          ['ines', 'YES', { answers: 1, reactions: { '🥐': ['zoe', 'sam', 'tomas'], '❤️': ['mina'] } }],
        ),
        ...said(
          3,
          '16:30',
          [
            'zoe',
            '28 booked so far, two of them in wheelchairs, one birthday (she is turning nine and has a list of questions).',
          ],
          [
            'mina',
            'Then the lift table stays down and we bring the small refractor to the terrace for the wheelchairs. Who takes the terrace?',
          ],
          ['layla', 'سأكون عند المنظار الصغير من الساعة الثامنة، ومعي البطاقات النجمية.'],
          ['mina', 'شكرًا ليلى! 🌙', { answers: 1, reactions: { '🙏': ['layla'] } }],
          [
            'haruka',
            '私は写真のコーナーをやります。みなさんのスマホで月を撮れるようにアダプターを持って行きますね。',
          ],
          [
            'tomas',
            'Ladder is repaired. It creaks, but it is an honest creak.',
            { reactions: { '👍': ['mina', 'zoe', 'sam', 'haruka'], '🎉': ['ines'] } },
          ],
        ),
        ...said(
          1,
          '17:02',
          ['zoe', '31 now. I closed the form.'],
          [
            'mina',
            '**Plan for the evening**\n- *20:00* doors, tea, the talk (15 minutes, I promise)\n- *20:30* Saturn in the great refractor, groups of six\n- *21:15* terrace: double stars with @ليلى منصور, phone photos with @小林 遥\n- *22:00* the Milky Way, lamps off, nobody speaks for one minute',
            { reactions: { '👍': ['sam', 'zoe', 'layla'], '🌌': ['haruka', 'ines'] } },
          ],
          [
            'sam',
            'Nobody speaks for one minute. I am looking forward to that one.',
            { answers: 1, reactions: { '😂': ['mina', 'zoe'] } },
          ],
          [
            'ines',
            'If clouds come I have the meteorite box. Children may hold the iron one (3.4 kg, closed shoes!).',
          ],
          bySite(
            {
              title: 'Bookings are closed',
              text: '*31 guests* will come on Friday. Seven asked for a seat near the door, and two for the lift table.',
              link: { url: 'https://quiet-hill.example/open-night/friday', label: 'The list of guests' },
            },
            { reactions: { '🎉': ['zoe', 'tomas'] } },
          ),
        ),
      ],
      unread: { mina: 2, sam: 1, haruka: 3 },
    },
    {
      key: 'meteor watch',
      name: 'Meteor watch 🌠',
      members: ['oksana', 'mina', 'jo', 'layla', 'pepe'],
      lines: [
        ...said(
          12,
          '23:15',
          ['oksana', 'За годину 17 метеорів, два дуже яскраві. Один залишив слід на кілька секунд!'],
          ['jo', 'I saw the bright one!! Green, right?'],
          ['oksana', 'Green at the start, then orange. Magnesium first, then sodium.'],
          ['jo', '🤯'],
          ['pepe', '¡Los niños están locos de alegría! They have stopped asking for the tablet.'],
        ),
        ...said(
          2,
          '21:40',
          [
            'oksana',
            'Counting sheet: https://quiet-hill.example/meteors/counting-sheet?night=friday&format=table#how-to-fill-it-in',
          ],
          ['oksana', 'Bring a blanket, a red lamp, and somebody to stay awake with.'],
          ['jo', 'Can I bring my telescope?'],
          [
            'oksana',
            'For meteors you only need eyes. But bring it, we will look at the Pleiades when nothing falls.',
          ],
        ),
      ],
      unread: { mina: 1, pepe: 4 },
    },
    {
      key: 'comet',
      members: ['haruka', 'mina', 'layla'],
      lines: said(
        5,
        '05:12',
        ['haruka', '撮れました！彗星の尾が三度以上あります。'],
        ['haruka', '40 frames of 30 s, stacked. The tail goes past the edge of the picture.'],
        ['mina', 'This is going on the front page of everything.', { answers: 1 }],
        ['layla', 'ما أجملها! هل يمكنني طباعتها لغرفة الأطفال؟'],
        ['haruka', 'もちろん 😊'],
        ['mina', '😍😍😍'],
      ),
    },
    {
      key: 'anniversary',
      name: 'The hundred-and-thirtieth birthday of the great refractor, with speeches and (perhaps) a brass band',
      members: ['max', 'mina', 'yusuf', 'zoe'],
      lines: said(
        8,
        '14:00',
        [
          'max',
          'Dear all, I should like to pay for the band. My grandmother polished that brass, and brass deserves brass.',
        ],
        [
          'mina',
          'Maximiliane, that is very kind. We would need to place them so that nobody leans on the pier.',
        ],
        ['yusuf', 'وجدتُ الرسالة الأصلية من صانع العدسة، بتاريخ ١٨٩٤. سأقرأ منها فقرة قصيرة.'],
        ['zoe', 'I need final numbers by the 1st. Also: does a brass band drink tea?'],
        ['max', 'In my experience a brass band drinks everything.'],
      ),
      unread: { mina: 1 },
    },
    {
      key: 'workshop',
      name: 'Workshop',
      members: ['tomas', 'sam', 'devi', 'mina'],
      lines: said(
        7,
        '10:30',
        [
          'tomas',
          `I found the little oil can again. It has a label, in the hand of whoever built the grinding machine: ${longWord}.`,
        ],
        ['devi', 'यह शब्द तो पूरी दीवार से लंबा है 😄'],
        ['sam', 'Does it pour?'],
        ['tomas', 'It pours.'],
        [
          'devi',
          'Settings for the drive, so that they are written down somewhere:\n```\nrate = 15.041067 "/s\nbacklash_ra = 12\nbacklash_dec = 9\nguide = <none>\n```',
        ],
        ['tomas', 'Thank you. And `guide = <none>` is a way of life.'],
      ),
    },
    {
      key: 'schools',
      name: 'School visits',
      members: ['ines', 'zoe', 'pepe', 'mina'],
      lines: said(
        10,
        '12:15',
        [
          'ines',
          'Questions from 4b, word for word:\n– Is the Sun a star on its day job?\n– What is behind the sky?\n– Can a black hole eat a smell?\n– Who cleans the Moon?',
        ],
        ['zoe', 'I would also like to know who cleans the Moon.'],
        ['pepe', 'Mi hija dice que la Luna se limpia sola, como los gatos.'],
        ['ines', 'That goes on the wall. 🐈🌕'],
      ),
    },
    {
      key: 'mina, zoe',
      members: ['mina', 'zoe'],
      lines: said(
        3,
        '08:45',
        [
          'zoe',
          'A man rang and asked whether we can move the Moon a bit to the left for his wedding photos.',
        ],
        ['mina', 'What did you say?'],
        ['zoe', 'That we can move him a bit to the right.'],
        ['mina', '👏👏👏'],
      ),
    },
    {
      key: 'mina, yusuf',
      members: ['yusuf', 'mina'],
      lines: said(
        6,
        '19:20',
        ['yusuf', 'مساء الخير مينا، وصلت نسخة خريطة الصوفي اليوم.'],
        ['mina', 'مساء النور! Can we show it on Friday?'],
        ['yusuf', 'نعم، لكن تحت الزجاج فقط. الورق قديم جدًا (more than 300 years).'],
        ['mina', 'I will find glass. ממש תודה… no wait, wrong alphabet. شكرًا!'],
      ),
      unread: { mina: 0 },
    },
    {
      key: 'mina, haruka',
      members: ['haruka', 'mina'],
      lines: said(
        11,
        '20:05',
        ['haruka', '明日の夜、晴れそうですね。'],
        ['mina', 'I can read “tomorrow” and “clear”. I am in.'],
        ['haruka', '完璧です 👍'],
      ),
    },
    {
      key: 'mina, jo',
      members: ['jo', 'mina'],
      lines: said(
        2,
        '12:00',
        [
          'jo',
          'Hi Mina, I was the one with the upside-down finder on Tuesday 🙈 Thank you for not laughing.',
        ],
        ['mina', 'Everybody’s finder is upside down once. Mine was for a year.'],
        ['jo', 'Would a 25 mm eyepiece be a good first one to buy?'],
        [
          'mina',
          'Borrow one of ours first. 25, 15 and 10 are in the blue box; try all three on the Moon and you will know.',
        ],
      ),
      unread: { jo: 1 },
    },
    {
      key: 'sam, tomas',
      members: ['sam', 'tomas'],
      lines: said(
        2,
        '07:50',
        ['tomas', 'Třetí váleček je opotřebovaný. I will turn a new one.'],
        ['sam', 'How long?'],
        ['tomas', 'Two evenings and one good record.'],
      ),
      unread: { sam: 1 },
    },
    {
      key: 'mina, max',
      members: ['max', 'mina'],
      lines: said(
        14,
        '15:30',
        ['max', 'My dear Mina, may I bring eleven cousins?'],
        ['mina', 'Eleven is fine. Do they know that the stairs are a spiral?'],
        ['max', 'They are a spiral family.'],
      ),
    },
    {
      key: 'ines, pepe',
      members: ['ines', 'pepe'],
      lines: said(
        4,
        '13:10',
        ['pepe', '¿A qué hora llegamos mañana?'],
        ['ines', 'Às dez, e tragam casacos. Na cúpula faz sempre frio.'],
        ['pepe', 'Perfecto, gracias Inês.'],
      ),
    },
    {
      key: 'notes of mina',
      members: ['mina'],
      lines: [
        ...said(
          20,
          '09:00',
          ['mina', 'Red lamp batteries: AAA, four.'],
          [
            'mina',
            'Talk for Friday: start with the question of the girl who asked where the dark comes from.',
          ],
        ),
        ...said(1, '13:30', ['mina', 'Ask Sam about the roller BEFORE people come.']),
      ],
    },
    {
      key: 'notes of sam',
      members: ['sam'],
      lines: said(15, '23:58', ['sam', 'Grease: the green tin, not the blue one. Never the blue one.']),
    },
  ]
}
