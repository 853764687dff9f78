ALTER TABLE `members` ADD `posted_at` integer;--> statement-breakpoint
ALTER TABLE `rooms` ADD `picture_url` text;--> statement-breakpoint
ALTER TABLE `rooms` ADD `post` text;--> statement-breakpoint
ALTER TABLE `rooms` ADD `slow_mode` integer;