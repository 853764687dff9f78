CREATE TABLE `erasures` (
	`tenant` text NOT NULL,
	`hash` text NOT NULL,
	`user` text,
	`at` integer NOT NULL,
	`room` text NOT NULL,
	`seq` integer NOT NULL,
	`done_at` integer,
	PRIMARY KEY(`tenant`, `hash`)
) WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `rooms` ADD `cut_at` integer;