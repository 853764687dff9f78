CREATE TABLE `usage` (
	`tenant` text NOT NULL,
	`user` text NOT NULL,
	`what` text NOT NULL,
	`since` integer NOT NULL,
	`used` integer NOT NULL,
	PRIMARY KEY(`tenant`, `user`, `what`)
) WITHOUT ROWID;
