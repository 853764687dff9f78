CREATE TABLE `__new_rooms` (
	`no` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`tenant` text NOT NULL,
	`id` text NOT NULL,
	`kind` text NOT NULL,
	`name` text,
	`key` text,
	`head` integer NOT NULL,
	`rev` integer NOT NULL,
	`roster` integer DEFAULT 0 NOT NULL,
	`last_seq` integer NOT NULL,
	`last_at` integer NOT NULL,
	`member_count` integer NOT NULL,
	`created_at` integer NOT NULL,
	CONSTRAINT "rooms_in_keys" CHECK(no <= 2147483647 AND head <= 2147483647)
);
--> statement-breakpoint
INSERT INTO `__new_rooms`("tenant", "id", "kind", "name", "key", "head", "rev", "roster", "last_seq", "last_at", "member_count", "created_at") SELECT "tenant", "id", "kind", "name", "key", "head", "rev", "roster", "last_seq", "last_at", "member_count", "created_at" FROM `rooms` ORDER BY rowid;--> statement-breakpoint
CREATE TABLE `__new_messages` (
	`key` integer PRIMARY KEY NOT NULL,
	`room` integer GENERATED ALWAYS AS (key >> 32) VIRTUAL,
	`seq` integer GENERATED ALWAYS AS (key & 4294967295) VIRTUAL,
	`rev` integer NOT NULL,
	`id` text NOT NULL,
	`author` text NOT NULL,
	`kind` text NOT NULL,
	`text` text NOT NULL,
	`system` text,
	`hash` text NOT NULL,
	`created_at` integer NOT NULL,
	`edited_at` integer,
	`deleted_at` integer
);
--> statement-breakpoint
INSERT INTO `__new_messages`("key", "rev", "id", "author", "kind", "text", "system", "hash", "created_at", "edited_at", "deleted_at") SELECT r."no" << 32 | m."seq", m."rev", m."id", m."author", m."kind", m."text", m."system", m."hash", m."created_at", m."edited_at", m."deleted_at" FROM `__new_rooms` r NOT INDEXED CROSS JOIN `messages` m ON m."tenant" = r."tenant" AND m."room" = r."id" ORDER BY r."no", m."seq";--> statement-breakpoint
DROP TABLE `messages`;--> statement-breakpoint
ALTER TABLE `__new_messages` RENAME TO `messages`;--> statement-breakpoint
DROP TABLE `rooms`;--> statement-breakpoint
ALTER TABLE `__new_rooms` RENAME TO `rooms`;--> statement-breakpoint
CREATE UNIQUE INDEX `rooms_by_id` ON `rooms` (`tenant`,`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `rooms_by_key` ON `rooms` (`tenant`,`key`);--> statement-breakpoint
CREATE UNIQUE INDEX `messages_by_id` ON `messages` (`id`,`room`);--> statement-breakpoint
CREATE INDEX `messages_changed` ON `messages` (`room`,`rev`) WHERE "messages"."rev" > "messages"."seq";