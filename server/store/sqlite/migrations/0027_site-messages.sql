ALTER TABLE `messages` ADD `site` text;--> statement-breakpoint
ALTER TABLE `rooms` ADD `data` text;--> statement-breakpoint
ALTER TABLE `users` ADD `data` text;