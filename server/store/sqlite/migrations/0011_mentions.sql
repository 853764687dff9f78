CREATE TABLE `mentions` (
	`tenant` text NOT NULL,
	`room` text NOT NULL,
	`user` text NOT NULL,
	`seq` integer NOT NULL,
	`edited_at` integer,
	PRIMARY KEY(`tenant`, `room`, `user`, `seq`)
) WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `messages` ADD `mentions` text;