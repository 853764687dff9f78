/** Arabic. Verbs of others take no gender where another word can be found. Machine-written: see docs/languages.md. */
import type { Strings } from './en.ts'
import { type Forms, pluralIn } from './plural.ts'

const plural = pluralIn('ar')
/** With the number before the word: what Arabic counts without one keeps it, so that a badge can be followed. */
const count = (n: number, shown: string, { one, few, many }: Record<'one' | 'few' | 'many', string>) => {
  const forms: Forms = { one: `${shown} ${one}`, few: `${shown} ${few}`, other: `${shown} ${many}` }
  return plural(n, forms)
}
const messages = { one: 'رسالة جديدة', few: 'رسائل جديدة', many: 'رسالة جديدة' }
const unread = { one: 'رسالة غير مقروءة', few: 'رسائل غير مقروءة', many: 'رسالة غير مقروءة' }
/** Who did something, as a noun of the deed: "by Sam". */
const by = (who: string | undefined) => (who === undefined ? 'بواسطتك' : `بواسطة ${who}`)

export const strings: Strings = {
  language: 'ar',

  chat: 'الدردشة',
  open: 'فتح الدردشة',
  openUnread: (n, shown) => `فتح الدردشة، ${count(n, shown, unread)}`,
  close: 'إغلاق الدردشة',
  loading: 'جارٍ التحميل…',
  connectionFailed: 'الدردشة غير متاحة الآن',
  partMissing: 'تعذّر تحميل جزء منها.',
  noConnection: 'لا يوجد اتصال.',
  retry: 'إعادة المحاولة',
  reload: 'إعادة تحميل الصفحة',
  moreThan: (_n, shown) => `${shown}+`,
  back: 'العودة إلى المحادثات',

  rooms: 'المحادثات',
  newRoom: 'محادثة جديدة',
  filterRooms: 'البحث في المحادثات',
  notes: 'ملاحظات لنفسك',
  youSaid: (text) => `أنت: ${text}`,
  someoneSaid: (name, text) => `${name}: ${text}`,
  draft: 'مسودة:',
  deleted: 'حُذفت هذه الرسالة',
  noMessagesYet: 'لا رسائل بعد',
  unread: (_n, shown) => `${shown} غير مقروءة`,
  andMore: (n, shown) => count(n, shown, { one: 'شخص آخر', few: 'أشخاص آخرون', many: 'شخصًا آخر' }),
  members: (n, shown) => count(n, shown, { one: 'شخص', few: 'أشخاص', many: 'شخصًا' }),
  online: 'متصل الآن',

  messagesIn: (room) => `الرسائل في ${room}`,
  newMessages: 'رسائل جديدة',
  jumpToLatest: 'الانتقال إلى أحدث رسالة',
  jumpToNew: (n, shown) => `${count(n, shown, messages)}، الانتقال إليها`,
  countNew: (_n, shown) => `${shown} جديدة`,
  you: 'أنت',
  sending: 'جارٍ الإرسال',
  waiting: 'في انتظار الاتصال',
  slowed: 'رسائل كثيرة دفعة واحدة: تُرسل بعد لحظة',
  delayed: 'الخادم مشغول: تُرسل بعد لحظة',
  sent: 'أُرسلت',
  seen: 'شوهدت',
  failed: 'لم تُرسل',
  unconfirmed: 'لم تُؤكَّد بعد',
  edited: 'معدّلة',
  edit: 'تعديل',
  discard: 'حذف',
  seenBy: (names) => `شاهدها: ${names}`,
  seenByNobody: 'لم يشاهدها أحد بعد',
  typing: (names) => `${names} يكتب…`,
  typingBoth: (names) => `${names} يكتبان…`,
  typingMany: 'عدة أشخاص يكتبون…',
  loadingOlder: 'جارٍ تحميل الرسائل السابقة',

  system: {
    renamed: (who, name) =>
      name ? `تمت تسمية المجموعة «${name}» ${by(who)}` : `تمت إزالة اسم المجموعة ${by(who)}`,
    added: (who, whom) => (whom === undefined ? `تمت إضافتك ${by(who)}` : `تمت إضافة ${whom} ${by(who)}`),
    removed: (who, whom) => (whom === undefined ? `تمت إزالتك ${by(who)}` : `تمت إزالة ${whom} ${by(who)}`),
    left: (who) => (who === undefined ? 'غادرتَ المجموعة' : `غادر ${who} المجموعة`),
    promoted: (who, whom) =>
      whom === undefined ? `تم تعيينك مالكًا ${by(who)}` : `تم تعيين ${whom} مالكًا ${by(who)}`,
    demoted: (who, whom) =>
      whom === undefined ? `تم تعيينك عضوًا ${by(who)}` : `تم تعيين ${whom} عضوًا ${by(who)}`,
  },

  message: 'رسالة',
  messageTo: (room) => `رسالة إلى ${room}`,
  send: 'إرسال',
  noFiles: 'لا يمكن إرسال الملفات هنا.',
  charactersLeft: (_n, shown) => `بقي ${shown}`,
  charactersOver: (n, shown) => `أطول بمقدار ${count(n, shown, { one: 'حرف', few: 'أحرف', many: 'حرفًا' })}`,

  searchPeople: 'البحث عن أشخاص',
  people: 'الأشخاص',
  remove: (name) => `إزالة ${name}`,
  nameYou: (name) => `${name} (أنت)`,
  groupName: 'اسم المجموعة (اختياري)',
  startDirect: (name) => `مراسلة ${name}`,
  startGroup: 'إنشاء مجموعة',
  startNotes: 'فتح ملاحظاتك',
  cancel: 'إلغاء',

  pickRoom: 'محادثاتك',
  pickRoomHint: 'اختر محادثة لقراءتها أو ابدأ محادثة جديدة.',
  noRooms: 'لا محادثات بعد',
  noRoomsHint: 'ابدأ محادثة: تجد بالبحث كل من يمكنك مراسلته.',
  noRoomFound: (query) => `لا توجد محادثة باسم «${query}»`,
  noRoomFoundHint: 'جرّب اسمًا أقصر أو ابدأ محادثة جديدة.',
  noPeople: (query) => `لا يوجد أحد باسم «${query}»`,
  morePeople: 'هناك أشخاص كثيرون يجب البحث بينهم. اكتب المزيد من الاسم أو تابع البحث.',
  lookFurther: 'متابعة البحث',
  emptyRoom: 'ألقِ التحية',
  emptyRoomHint: (room) => `تبدأ المحادثة برسالتك الأولى إلى ${room}.`,
  emptyNotes: 'مكان لك وحدك',
  emptyNotesHint: 'دوّن الروابط والأفكار والتذكيرات. لا يراها أحد سواك.',
  noAccess: 'هذه المحادثة غير متاحة',
  noAccessHint: 'حُذفت أو لستَ عضوًا فيها.',
  noPerson: 'لا يمكن الوصول إلى هذا الشخص',
  allRooms: 'عرض كل المحادثات',
  signedOut: 'تم تسجيل خروجك',
  signedOutHint: 'سجّل الدخول إلى الموقع للدردشة.',
  notConnected: (why) => `الدردشة غير متاحة الآن. ${why}`,
  notLoaded: 'تعذّر التحميل',
  notLoadedBecause: (why) => `تعذّر التحميل. ${why}`,
  offline: 'لا يوجد اتصال. تُرسل الرسائل عند عودته.',
  reconnecting: 'جارٍ الاتصال…',
  backOnline: 'عاد الاتصال',

  faults: {
    bad_request: 'كان في الطلب خطأ.',
    unauthorized: 'لم تسجّل الدخول.',
    token_expired: 'انتهت صلاحية تسجيل دخولك.',
    forbidden: 'لا يُسمح لك بذلك.',
    not_found: 'لم يعد موجودًا.',
    conflict: 'يوجد شيء آخر بالاسم نفسه.',
    too_large: 'أطول من اللازم.',
    rate_limited: 'كان ذلك كثيرًا دفعة واحدة. انتظر لحظة.',
    unsupported: 'لا يستطيع هذا الخادم ذلك.',
    overloaded: 'الخادم مشغول. حاول مرة أخرى بعد لحظة.',
    internal: 'حدثت مشكلة في الخادم.',
    offline: 'لا يوجد اتصال.',
    no_token: 'تعذّر التحقق من تسجيل دخولك.',
    setup: 'لم تُضبط على هذا الموقع ضبطًا صحيحًا.',
  },

  announce: {
    message: (name, text) => `${name}: ${text}`,
    messages: (n, shown, room) => `${count(n, shown, messages)} في ${room}`,
    failed: (text) => `لم تُرسل: ${text}`,
  },
  showMore: 'عرض المزيد',
  showLess: 'عرض أقل',
}
