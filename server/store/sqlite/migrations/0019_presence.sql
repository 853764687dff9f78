ALTER TABLE `users` ADD `presence` text;--> statement-breakpoint
ALTER TABLE `users` ADD `do_not_disturb` integer DEFAULT false NOT NULL;