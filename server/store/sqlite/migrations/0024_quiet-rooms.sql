ALTER TABLE `rooms` ADD `quiet_from` integer;--> statement-breakpoint
ALTER TABLE `rooms` ADD `quiet_to` integer;