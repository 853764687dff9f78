CREATE TABLE `sign_outs` (
	`tenant` text NOT NULL,
	`user` text NOT NULL,
	`at` integer NOT NULL,
	`tokens_from` integer,
	`is_disabled` integer NOT NULL,
	`is_enabled` integer NOT NULL,
	PRIMARY KEY(`tenant`, `user`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `sign_outs_by_time` ON `sign_outs` (`at`);--> statement-breakpoint
CREATE INDEX `sign_outs_disabled` ON `sign_outs` (`at`) WHERE "sign_outs"."is_disabled";