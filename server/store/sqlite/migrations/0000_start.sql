CREATE TABLE `hosts` (
	`host` text PRIMARY KEY NOT NULL,
	`tenant` text NOT NULL,
	FOREIGN KEY (`tenant`) REFERENCES `tenants`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `members` (
	`tenant` text NOT NULL,
	`room` text NOT NULL,
	`user` text NOT NULL,
	`role` text NOT NULL,
	`read_seq` integer NOT NULL,
	`read_at` integer,
	`joined_seq` integer NOT NULL,
	`left_seq` integer,
	`muted` integer NOT NULL,
	PRIMARY KEY(`tenant`, `room`, `user`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `members_by_user` ON `members` (`tenant`,`user`);--> statement-breakpoint
CREATE TABLE `messages` (
	`tenant` text NOT NULL,
	`room` text NOT NULL,
	`seq` integer NOT NULL,
	`rev` integer NOT NULL,
	`id` text NOT NULL,
	`author` text NOT NULL,
	`kind` text NOT NULL,
	`text` text NOT NULL,
	`hash` text NOT NULL,
	`created_at` integer NOT NULL,
	`edited_at` integer,
	`deleted_at` integer,
	PRIMARY KEY(`tenant`, `room`, `seq`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX `messages_by_id` ON `messages` (`tenant`,`id`,`room`);--> statement-breakpoint
CREATE INDEX `messages_changed` ON `messages` (`tenant`,`room`,`rev`) WHERE "messages"."rev" > "messages"."seq";--> statement-breakpoint
CREATE TABLE `meta` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `rooms` (
	`tenant` text NOT NULL,
	`id` text NOT NULL,
	`kind` text NOT NULL,
	`name` text,
	`key` text,
	`head` integer NOT NULL,
	`rev` integer NOT NULL,
	`last_seq` integer NOT NULL,
	`last_at` integer NOT NULL,
	`member_count` integer NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`tenant`, `id`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `rooms_by_key` ON `rooms` (`tenant`,`key`);--> statement-breakpoint
CREATE TABLE `tenants` (
	`id` text PRIMARY KEY NOT NULL,
	`secrets` text NOT NULL,
	`origins` text NOT NULL,
	`directory` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `user_words` (
	`tenant` text NOT NULL,
	`word` text NOT NULL,
	`user` text NOT NULL,
	PRIMARY KEY(`tenant`, `word`, `user`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `words_by_user` ON `user_words` (`tenant`,`user`);--> statement-breakpoint
CREATE TABLE `users` (
	`tenant` text NOT NULL,
	`id` text NOT NULL,
	`name` text NOT NULL,
	`avatar_url` text,
	`folded` text NOT NULL,
	`last_seen_at` integer,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`tenant`, `id`)
);
--> statement-breakpoint
CREATE INDEX `users_by_name` ON `users` (`tenant`,`folded`,`id`);
