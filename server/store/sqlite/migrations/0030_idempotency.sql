CREATE TABLE `idempotency` (
	`tenant` text NOT NULL,
	`key` text NOT NULL,
	`name` text NOT NULL,
	`fingerprint` text NOT NULL,
	`at` integer NOT NULL,
	`status` integer,
	`body` text,
	PRIMARY KEY(`tenant`, `key`, `name`)
);
--> statement-breakpoint
CREATE INDEX `idempotency_by_time` ON `idempotency` (`at`);