CREATE TABLE `links` (
	`tenant` text NOT NULL,
	`room` text NOT NULL,
	`id` text NOT NULL,
	`code` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`max_uses` integer,
	`used` integer NOT NULL,
	PRIMARY KEY(`tenant`, `room`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX `links_by_code` ON `links` (`code`,`tenant`);