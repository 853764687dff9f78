CREATE TABLE `webhook_log` (
	`no` integer PRIMARY KEY NOT NULL,
	`tenant` text NOT NULL,
	`events` text NOT NULL
);
