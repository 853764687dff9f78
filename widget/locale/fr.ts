/** French, in the familiar form: people who chat on a site say tu to each other. Machine-written: see docs/languages.md. */
import type { Strings } from './en.ts'
import { pluralIn } from './plural.ts'

const plural = pluralIn('fr')
const did = (who: string | undefined) => (who === undefined ? 'Tu as' : `${who} a`)
/** Whom, before the verb where it is the reader. */
const didTo = (who: string | undefined, whom: string | undefined) =>
  whom === undefined ? (who === undefined ? 'Tu t’as' : `${who} t’a`) : did(who)
const to = (whom: string | undefined) => (whom === undefined ? '' : ` ${whom}`)

export const strings: Strings = {
  language: 'fr',

  chat: 'Chat',
  open: 'Ouvrir le chat',
  openUnread: (n, shown) =>
    plural(n, {
      one: `Ouvrir le chat, ${shown} message non lu`,
      other: `Ouvrir le chat, ${shown} messages non lus`,
    }),
  close: 'Fermer le chat',
  loading: 'Chargement…',
  connectionFailed: 'Le chat n’est pas disponible pour le moment',
  partMissing: 'Une partie n’a pas pu être chargée.',
  noConnection: 'Il n’y a pas de connexion.',
  retry: 'Réessayer',
  reload: 'Recharger la page',
  moreThan: (_n, shown) => `${shown}+`,
  back: 'Retour aux conversations',

  rooms: 'Conversations',
  newRoom: 'Nouvelle conversation',
  filterRooms: 'Rechercher une conversation',
  notes: 'Notes personnelles',
  youSaid: (text) => `Toi : ${text}`,
  someoneSaid: (name, text) => `${name} : ${text}`,
  draft: 'Brouillon :',
  deleted: 'Ce message a été supprimé',
  noMessagesYet: 'Pas encore de messages',
  unread: (n, shown) => plural(n, { one: `${shown} non lu`, other: `${shown} non lus` }),
  andMore: (n, shown) => plural(n, { one: `${shown} autre`, other: `${shown} autres` }),
  members: (n, shown) => plural(n, { one: `${shown} personne`, other: `${shown} personnes` }),
  online: 'En ligne',

  messagesIn: (room) => `Messages dans ${room}`,
  newMessages: 'Nouveaux messages',
  jumpToLatest: 'Aller au dernier message',
  jumpToNew: (n, shown) =>
    plural(n, { one: `${shown} nouveau message, y aller`, other: `${shown} nouveaux messages, y aller` }),
  countNew: (n, shown) => plural(n, { one: `${shown} nouveau`, other: `${shown} nouveaux` }),
  you: 'Toi',
  sending: 'Envoi en cours',
  waiting: 'En attente de connexion',
  slowed: 'Beaucoup à la fois : envoi dans un instant',
  delayed: 'Serveur occupé : envoi dans un instant',
  sent: 'Envoyé',
  seen: 'Vu',
  failed: 'Non envoyé',
  unconfirmed: 'Pas encore confirmé',
  edited: 'modifié',
  edit: 'Modifier',
  discard: 'Supprimer',
  messageActions: 'Actions sur le message',
  more: 'Plus',
  reply: 'Répondre',
  copyText: 'Copier le texte',
  copyLink: 'Copier le lien',
  copied: 'Copié',
  deleteKey: 'Suppr',
  deleteQuestion: 'Supprimer ce message ?',
  deleteHint: 'Tout le monde dans la conversation verra qu’il y en avait un.',
  editing: 'Modifier le message',
  save: 'Enregistrer',
  replyingTo: (name) => `Réponse à ${name}`,
  replyingToYou: 'Réponse à vous-même',
  inReplyTo: (name, text) => `en réponse à ${name} : ${text}`,
  jumpBack: 'Retour à la réponse',
  tooOld: 'Il est trop ancien pour être modifié.',
  gone: 'Le message a été supprimé.',
  notEdited: (why) => `Non modifié. ${why}`,
  notDeleted: (why) => `Non supprimé. ${why}`,
  seenBy: (names) => `Vu par ${names}`,
  seenByNobody: 'Personne ne l’a encore vu',
  typing: (names) => `${names} écrit…`,
  typingBoth: (names) => `${names} écrivent…`,
  typingMany: 'Plusieurs personnes écrivent…',
  loadingOlder: 'Chargement des messages précédents',

  system: {
    renamed: (who, name) =>
      name ? `${did(who)} nommé le groupe « ${name} »` : `${did(who)} retiré le nom du groupe`,
    added: (who, whom) => `${didTo(who, whom)} ajouté${to(whom)}`,
    removed: (who, whom) => `${didTo(who, whom)} retiré${to(whom)}`,
    left: (who) => `${did(who)} quitté le groupe`,
    promoted: (who, whom) => `${didTo(who, whom)} confié le groupe${whom === undefined ? '' : ` à ${whom}`}`,
    demoted: (who, whom) =>
      `${didTo(who, whom)} retiré la gestion du groupe${whom === undefined ? '' : ` à ${whom}`}`,
  },

  message: 'Message',
  messageTo: (room) => `Message à ${room}`,
  send: 'Envoyer',
  noFiles: 'Les fichiers ne peuvent pas être envoyés ici.',
  charactersLeft: (n, shown) => plural(n, { one: `${shown} restant`, other: `${shown} restants` }),
  charactersOver: (n, shown) =>
    plural(n, { one: `${shown} caractère de trop`, other: `${shown} caractères de trop` }),

  searchPeople: 'Rechercher des personnes',
  people: 'Personnes',
  remove: (name) => `Retirer ${name}`,
  nameYou: (name) => `${name} (toi)`,
  groupName: 'Nom du groupe (facultatif)',
  startDirect: (name) => `Écrire à ${name}`,
  startGroup: 'Créer le groupe',
  startNotes: 'Ouvrir tes notes',
  cancel: 'Annuler',

  // Choosing an emoji
  emoji: 'Émojis',
  searchEmoji: 'Chercher un émoji',
  recentEmoji: 'Récents',
  skinTone: 'Couleur de peau',
  noEmoji: (query) => `Aucun émoji ne s’appelle « ${query} »`,

  pickRoom: 'Tes conversations',
  pickRoomHint: 'Choisis-en une à lire, ou commences-en une nouvelle.',
  noRooms: 'Pas encore de conversations',
  noRoomsHint: 'Commences-en une : une recherche suffit pour trouver quelqu’un.',
  noRoomFound: (query) => `Aucune conversation ne s’appelle « ${query} »`,
  noRoomFoundHint: 'Essaie un nom plus court, ou commence une nouvelle conversation.',
  noPeople: (query) => `Personne ne s’appelle « ${query} »`,
  morePeople:
    'Il y a beaucoup de personnes à parcourir. Saisis une plus grande partie du nom, ou continue la recherche.',
  lookFurther: 'Continuer la recherche',
  emptyRoom: 'Dis bonjour',
  emptyRoomHint: (room) => `La conversation commence par ton premier message à ${room}.`,
  emptyNotes: 'Un endroit rien qu’à toi',
  emptyNotesHint: 'Note des liens, des idées et des rappels. Toi seul peux les voir.',
  noAccess: 'Cette conversation n’est pas disponible',
  noAccessHint: 'Elle a été supprimée, ou tu n’en fais pas partie.',
  noPerson: 'Cette personne est injoignable',
  allRooms: 'Afficher toutes les conversations',
  signedOut: 'Tu es déconnecté',
  signedOutHint: 'Connecte-toi au site pour discuter.',
  notConnected: (why) => `Le chat n’est pas disponible pour le moment. ${why}`,
  notLoaded: 'Le chargement a échoué',
  notLoadedBecause: (why) => `Le chargement a échoué. ${why}`,
  offline: 'Pas de connexion. Les messages partiront à son retour.',
  reconnecting: 'Connexion…',
  backOnline: 'De nouveau connecté',

  faults: {
    bad_request: 'La demande n’était pas correcte.',
    unauthorized: 'Tu n’es pas connecté.',
    token_expired: 'Ta session a expiré.',
    forbidden: 'Tu n’as pas le droit de faire cela.',
    not_found: 'Ce n’est plus là.',
    conflict: 'Ce nom est déjà pris.',
    too_large: 'C’est trop long.',
    rate_limited: 'C’était beaucoup à la fois. Attends un instant.',
    unsupported: 'Ce serveur ne sait pas faire cela.',
    overloaded: 'Le serveur est occupé. Réessaie dans un instant.',
    internal: 'Le serveur a rencontré un problème.',
    offline: 'Il n’y a pas de connexion.',
    no_token: 'Ta connexion au site n’a pas pu être vérifiée.',
    setup: 'Il n’est pas bien configuré sur ce site.',
  },

  announce: {
    reply: (name, text) => `${name} vous a répondu : ${text}`,
    deleted: 'Message supprimé',
    edited: 'Message modifié',
    message: (name, text) => `${name} : ${text}`,
    messages: (n, shown, room) =>
      plural(n, {
        one: `${shown} nouveau message dans ${room}`,
        other: `${shown} nouveaux messages dans ${room}`,
      }),
    failed: (text) => `Non envoyé : ${text}`,
  },
  showMore: 'Afficher plus',
  showLess: 'Afficher moins',
}
