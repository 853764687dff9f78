/** A row of each table that a room has, as the first versions of both databases wrote it. */
export const roomOfBefore = `
  INSERT INTO rooms (tenant, id, kind, head, rev, last_seq, last_at, member_count, created_at)
  VALUES ('site', 'team', 'group', 7, 2, 7, 1, 1, 1);
  INSERT INTO members (tenant, room, "user", role, read_seq, joined_seq, muted)
  VALUES ('site', 'team', 'mina', 'owner', 0, 0, '0')`

/** What SQLite held before messages were keyed by the number of their room: one id at several places, and leftovers. */
export const messagesOfBefore = `
  INSERT INTO rooms (tenant, id, kind, head, rev, last_seq, last_at, member_count, created_at, roster)
  VALUES ('site', 'a', 'group', 4, 0, 2, 5, 1, 1, 3), ('other', 'team', 'group', 1, 0, 1, 9, 1, 1, 0);
  INSERT INTO members (tenant, room, user, role, read_seq, joined_seq, muted)
  VALUES ('site', 'a', 'mina', 'owner', 0, 0, 0), ('other', 'team', 'mina', 'owner', 0, 0, 0);
  INSERT INTO messages (tenant, room, seq, rev, id, author, kind, text, system, hash, created_at, edited_at, deleted_at)
  VALUES ('site', 'a', 1, 3, 'same', 'sam', 'text', 'edited', NULL, 'of the first', 5, 7, NULL),
    ('site', 'a', 2, 4, 'next', 'sam', 'text', '', NULL, 'of the next', 6, NULL, 8),
    ('site', 'team', 4, 4, 'same', 'sam', 'text', 'in the team', NULL, '', 5, NULL, NULL),
    ('site', 'team', 7, 7, 'added', 'sam', 'system', 'added', '{"event":"added","user":"lee"}', '', 6, NULL, NULL),
    ('other', 'team', 1, 1, 'same', 'sam', 'text', 'elsewhere', NULL, '', 9, NULL, NULL),
    ('gone', 'team', 1, 1, 'same', 'sam', 'text', 'of a room that was removed', NULL, '', 9, NULL, NULL)`
