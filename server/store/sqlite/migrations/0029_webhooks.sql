CREATE TABLE `webhook_checks` (
	`tenant` text NOT NULL,
	`room` text NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`tenant`, `room`, `at`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `webhook_checks_by_time` ON `webhook_checks` (`at`);--> statement-breakpoint
CREATE TABLE `webhook_events` (
	`tenant` text NOT NULL,
	`webhook` text NOT NULL,
	`room` text NOT NULL,
	`rev` integer NOT NULL,
	`event` text NOT NULL,
	`seq` integer,
	`at` integer NOT NULL,
	PRIMARY KEY(`tenant`, `webhook`, `room`, `rev`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `webhook_holds` (
	`tenant` text NOT NULL,
	`webhook` text NOT NULL,
	`room` text NOT NULL,
	`attempts` integer NOT NULL,
	`next_at` integer NOT NULL,
	`why` text NOT NULL,
	PRIMARY KEY(`tenant`, `webhook`, `room`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `webhooks` (
	`tenant` text NOT NULL,
	`id` text NOT NULL,
	`url` text NOT NULL,
	`events` text NOT NULL,
	`secrets` text NOT NULL,
	`created_at` integer NOT NULL,
	`delivered_at` integer,
	`dropped` integer DEFAULT 0 NOT NULL,
	`dropped_at` integer,
	`disabled_at` integer,
	`disabled_why` text,
	`leased_by` text,
	`leased_until` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`tenant`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `users` ADD `unread_told_at` integer;