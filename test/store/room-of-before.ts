/** A row of each table that a room has, as the first versions of both databases wrote it. */
export const roomOfBefore = `
  INSERT INTO rooms (tenant, id, kind, head, rev, last_seq, last_at, member_count, created_at)
  VALUES ('site', 'team', 'group', 7, 2, 7, 1, 1, 1);
  INSERT INTO members (tenant, room, "user", role, read_seq, joined_seq, muted)
  VALUES ('site', 'team', 'mina', 'owner', 0, 0, '0')`
