CREATE TABLE `reactions` (
	`tenant` text NOT NULL,
	`room` text NOT NULL,
	`seq` integer NOT NULL,
	`emoji` text NOT NULL,
	`user` text NOT NULL,
	`rev` integer NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`tenant`, `room`, `seq`, `emoji`, `user`)
) WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `messages` ADD `reactions` text;